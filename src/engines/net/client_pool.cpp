#include "engines/net/client_pool.hpp"

#include <algorithm>
#include <utility>

namespace gatehouse::net {

ClientPool::ClientPool(async::Loop& loop, ClientPoolOptions options, Scratch& scratch, BufferTally& tally)
    : loop_(loop), options_(std::move(options)), scratch_(scratch), tally_(tally) {}

ClientPool::~ClientPool() {
  while (!all_.empty()) all_.back()->close();
}

Result<ClientConnection*> ClientPool::take(bool fresh, std::uint64_t holder) {
  out_of_descriptors_ = false;
  if (const auto free = options_.connections_max - std::min(options_.connections_max, busy_connections());
      free > 0 && !shares_.may_take(holder, free))
    return fail(Fault::forbidden, "this client holds " + std::to_string(shares_.held(holder)) + " connections to " + options_.endpoint.to_text() +
                                      ", and only " + std::to_string(free) + " are free");
  while (!fresh && !idle_.empty()) {
    auto* const connection = idle_.back();
    idle_.pop_back();
    if (!connection->fit_for_reuse()) {
      connection->close();
      continue;
    }
    shares_.take(connection->holder_ = holder);
    return connection;
  }
  if (all_.size() >= options_.connections_max) {
    if (idle_.empty())
      return fail(Fault::exhausted, "all " + std::to_string(all_.size()) + " connections to " + options_.endpoint.to_text() + " are in use");
    idle_.front()->close();
  }
  auto socket = TRY(connect_to(options_.endpoint, &out_of_descriptors_));
  ssl_st* session = nullptr;
  if (options_.tls) {
    session = options_.tls->connect(options_.name);
    if (session == nullptr) return fail(Fault::exhausted, "no TLS session for " + options_.name);
  }
  auto connection = std::make_unique<ClientConnection>(*this, std::move(socket), session);
  CHECK_OK(loop_.watch(connection->transport_.descriptor(), *connection));
  all_.push_back(connection.get());
  shares_.take(connection->holder_ = holder);
  return connection.release();  // owned by all_ until close()
}

void ClientPool::end_holding(ClientConnection& connection) noexcept { shares_.give_back(std::exchange(connection.holder_, Shares::nobody)); }

void ClientPool::give_back(ClientConnection& connection) {
  end_holding(connection);
  if (retired_ || idle_.size() >= options_.idle_max) return connection.close();
  idle_.push_back(&connection);
}

void ClientPool::retire() noexcept {
  retired_ = true;
  while (!idle_.empty()) idle_.back()->close();
}

void ClientPool::forget(ClientConnection& connection) noexcept {
  end_holding(connection);
  std::erase(idle_, &connection);
  std::erase(all_, &connection);
}

}  // namespace gatehouse::net

#include "engines/net/client_pool.hpp"

#include <algorithm>

namespace gatehouse::net {

ClientPool::ClientPool(async::Loop& loop, ClientPoolOptions options, std::span<char> scratch, BufferTally& tally)
    : loop_(loop), options_(std::move(options)), scratch_(scratch), tally_(tally) {}

ClientPool::~ClientPool() {
  while (!all_.empty()) all_.back()->close();
}

Result<ClientConnection*> ClientPool::take(bool fresh) {
  while (!fresh && !idle_.empty()) {
    auto* const connection = idle_.back();
    idle_.pop_back();
    if (connection->fit_for_reuse()) return connection;
    connection->close();
  }
  if (all_.size() >= options_.connections_max) {
    if (idle_.empty())
      return fail(Fault::exhausted, "all " + std::to_string(all_.size()) + " connections to " + options_.endpoint.to_text() + " are in use");
    idle_.front()->close();
  }
  auto socket = TRY(connect_to(options_.endpoint));
  ssl_st* session = nullptr;
  if (options_.tls) {
    session = options_.tls->connect(options_.name);
    if (session == nullptr) return fail(Fault::exhausted, "no TLS session for " + options_.name);
  }
  auto connection = std::make_unique<ClientConnection>(*this, std::move(socket), session);
  CHECK_OK(loop_.watch(connection->transport_.descriptor(), *connection));
  all_.push_back(connection.get());
  return connection.release();  // owned by all_ until close()
}

void ClientPool::give_back(ClientConnection& connection) {
  if (retired_ || idle_.size() >= options_.idle_max) return connection.close();
  idle_.push_back(&connection);
}

void ClientPool::retire() noexcept {
  retired_ = true;
  while (!idle_.empty()) idle_.back()->close();
}

void ClientPool::forget(ClientConnection& connection) noexcept {
  std::erase(idle_, &connection);
  std::erase(all_, &connection);
}

}  // namespace gatehouse::net

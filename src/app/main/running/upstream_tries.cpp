#include "app/main/running/upstream_tries.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "engines/net/socket.hpp"
#include "ground/base/error.hpp"

namespace gatehouse::main {

namespace upstream_tries {
namespace {

struct Attempt {
  std::size_t upstream;
  net::Endpoint endpoint;
  Descriptor socket;
  std::string wrong{};
};

void append_wrong(UpstreamTry& one, const Attempt& attempt) {
  if (attempt.wrong.empty()) return;
  one.wrong += fmt::format("{}nobody answers at {} ({})", one.wrong.empty() ? "" : "; ", attempt.endpoint.to_text(), attempt.wrong);
}

/// Waits until each attempt has come to an end, or the time is over.
void wait_for(std::vector<Attempt>& attempts, std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  std::vector<::pollfd> waiting;
  while (true) {
    waiting.clear();
    for (const auto& attempt : attempts)
      if (attempt.socket.open()) waiting.push_back({attempt.socket.get(), POLLOUT, 0});
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    if (waiting.empty() || left <= 0) return;
    if (::poll(waiting.data(), waiting.size(), static_cast<int>(left)) < 0 && errno != EINTR) return;
    for (auto& attempt : attempts) {
      const auto done = std::ranges::find_if(waiting, [&](const auto& each) { return each.fd == attempt.socket.get() && each.revents != 0; });
      if (!attempt.socket.open() || done == waiting.end()) continue;
      if (const auto error = net::connect_error(attempt.socket.get()); error != 0) attempt.wrong = system_text(error);
      attempt.socket = Descriptor();
    }
  }
}

}  // namespace
}  // namespace upstream_tries

std::vector<UpstreamTry> try_upstreams(const gateway::Snapshot& snapshot, std::chrono::milliseconds patience) {
  using namespace upstream_tries;
  std::vector<UpstreamTry> tries;
  std::vector<Attempt> attempts;
  for (const auto& upstream : snapshot.upstreams) {
    tries.push_back({upstream->name(), {}});
    const auto servers = upstream->servers().get();
    for (const auto& server : *servers) {
      auto socket = net::connect_to(server.endpoint);
      auto& attempt = attempts.emplace_back(Attempt{tries.size() - 1, server.endpoint, Descriptor()});
      if (socket) attempt.socket = std::move(*socket);
      else attempt.wrong = to_text(socket.error());
    }
  }
  wait_for(attempts, patience);
  for (auto& attempt : attempts) {
    if (attempt.socket.open()) attempt.wrong = fmt::format("no answer within {} ms", patience.count());
    append_wrong(tries[attempt.upstream], attempt);
  }
  return tries;
}

}  // namespace gatehouse::main

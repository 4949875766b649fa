// For tests: what is said to a TrialGate by its clients and its upstream, and a stage that decides as the test says.
#pragma once
#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "doors/gateway/trial_gate.hpp"

namespace gatehouse::gateway {

inline TrialGate::Setup open_gate() {
  TrialGate::Setup setup;
  setup.routes.push_back(open_route("all", "/{rest...}", {"GET", "HEAD", "POST", "PUT"}));
  return setup;
}

inline std::string ask(std::string_view target, std::string_view fields = {}) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nhost: a\r\n" + std::string(fields) + "\r\n";
}

inline constexpr std::string_view ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// Sends, and gives what has come back by then.
inline std::string exchange(TrialGate& gate, TrialSocket& client, std::string_view text) {
  client.got.clear();
  client.send(text);
  gate.turn();
  client.read();
  return client.got;
}
inline std::string told_server(TrialGate& gate, std::size_t server = 0) {
  gate.turn();
  REQUIRE(gate.servers.size() > server);
  return std::exchange(gate.servers[server]->got, {});
}
inline std::string answer(TrialGate& gate, TrialSocket& client, std::string_view text, std::size_t server = 0) {
  REQUIRE(gate.servers.size() > server);
  gate.servers[server]->send(text);
  gate.turn();
  client.read();
  return std::exchange(client.got, {});
}
/// What the client has got by now.
inline std::string heard(TrialGate& gate, TrialSocket& client) {
  gate.turn();
  client.read();
  return std::exchange(client.got, {});
}

inline std::string field_of(std::string_view message, std::string_view name) {
  const auto at = message.find("\r\n" + std::string(name) + ": ");
  if (at == message.npos) return {};
  const auto from = at + name.size() + 4;
  return std::string(message.substr(from, message.find("\r\n", from) - from));
}

/// Decides as the test says.
class TrialStage final : public Stage {
 public:
  using Judge = std::function<Verdict(Exchange&)>;
  explicit TrialStage(Judge judge) : judge_(std::move(judge)) {}
  [[nodiscard]] std::string_view name() const noexcept override { return "trial"; }
  [[nodiscard]] Verdict request(Exchange& exchange) const override { return judge_(exchange); }

 private:
  Judge judge_;
};

/// From now on every route of the gate asks this stage first.
inline void judge_by(TrialGate& gate, TrialStage::Judge judge) {
  const auto snapshot = std::const_pointer_cast<Snapshot>(gate.snapshot().value());  // made a moment ago, and nobody else has it
  snapshot->stages.push_back(std::make_unique<const TrialStage>(std::move(judge)));
  for (auto& route : snapshot->routes) route.stages.insert(route.stages.begin(), snapshot->stages.back().get());
  gate.worker->adopt(snapshot);
  gate.turn();
}

}  // namespace gatehouse::gateway

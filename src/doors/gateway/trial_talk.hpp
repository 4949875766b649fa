// For tests: what is said to a TrialGate by its clients and its upstream, and a stage that decides as the test says.
#pragma once
#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "doors/gateway/trial_gate.hpp"
#include "services/audit/audit.hpp"

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

/// What is on record of the request that was answered so.
inline audit::Decision decision_on(TrialGate& gate, std::string_view answered) {
  const auto id = audit::DecisionId::parse(field_of(answered, "gatehouse-decision"));
  REQUIRE(id);
  const auto decision = gate.services().audit.decisions().find(*id);
  REQUIRE(decision);
  return *decision;
}

/// Decides as the test says.
class TrialStage final : public Stage {
 public:
  using Judge = std::function<Verdict(Exchange&)>;
  explicit TrialStage(Judge of_requests, Judge of_answers = {}, bool again = false)
      : of_requests_(std::move(of_requests)), of_answers_(std::move(of_answers)), again_(again) {}
  [[nodiscard]] std::string_view name() const noexcept override { return "trial"; }
  [[nodiscard]] Verdict request(Exchange& exchange) const override { return of_requests_ ? of_requests_(exchange) : Verdict::pass(); }
  [[nodiscard]] Verdict response(Exchange& exchange) const override { return of_answers_ ? of_answers_(exchange) : Verdict::pass(); }
  [[nodiscard]] bool reads_answers(const RouteOptions&) const noexcept override { return static_cast<bool>(of_answers_); }
  [[nodiscard]] bool asked_again() const noexcept override { return again_; }

 private:
  Judge of_requests_, of_answers_;
  bool again_;
};

/// From now on every route of the gate asks these stages first, in that order.
inline void stages_first(TrialGate& gate, std::vector<std::unique_ptr<const TrialStage>> stages) {
  const auto snapshot = std::const_pointer_cast<Snapshot>(gate.snapshot().value());  // made a moment ago, and nobody else has it
  std::size_t place = 0;
  for (auto& stage : stages) {
    for (auto& route : snapshot->routes) route.stages.insert(route.stages.begin() + static_cast<std::ptrdiff_t>(place), stage.get());
    for (auto& route : snapshot->routes) route.reads_answers = route.asks_for_whole = route.reads_answers || stage->reads_answers(route.options);
    snapshot->stages.push_back(std::move(stage));
    ++place;
  }
  gate.worker->adopt(snapshot);
  gate.turn();
}
/// From now on every route of the gate asks this stage first.
inline void judge_by(TrialGate& gate, TrialStage::Judge judge) {
  std::vector<std::unique_ptr<const TrialStage>> stages;
  stages.push_back(std::make_unique<const TrialStage>(std::move(judge)));
  stages_first(gate, std::move(stages));
}
/// The same, by a stage that is asked again when a request has waited.
inline void judge_again_by(TrialGate& gate, TrialStage::Judge judge) {
  std::vector<std::unique_ptr<const TrialStage>> stages;
  stages.push_back(std::make_unique<const TrialStage>(std::move(judge), TrialStage::Judge{}, true));
  stages_first(gate, std::move(stages));
}
/// From now on the answers of every route are judged by this last, before they leave.
inline void judge_answers_by(TrialGate& gate, TrialStage::Judge judge) {
  std::vector<std::unique_ptr<const TrialStage>> stages;
  stages.push_back(std::make_unique<const TrialStage>(TrialStage::Judge{}, std::move(judge)));
  stages_first(gate, std::move(stages));
}

}  // namespace gatehouse::gateway

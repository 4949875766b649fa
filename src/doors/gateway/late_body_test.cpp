// A body that is long in coming: whether its request may still be sent is asked again when it begins.
#include "doors/gateway/trial_hold.hpp"
#include "doors/gateway/trial_keys.hpp"

using namespace gatehouse;
using namespace gatehouse::gateway;

namespace {
/// A route that takes keys and hands bodies on as they come.
struct LateBody {
  [[nodiscard]] static TrialGate::Setup limited() {
    auto setup = open_gate();
    setup.failures_max = 2;
    return setup;
  }
  void begin(std::string_view framing = "content-length: 5") {
    CHECK(exchange(trial.gate, trial.client,
                   "POST /x HTTP/1.1\r\nhost: a\r\nx-api-key: " + trial.keys.reader + "\r\n" + std::string(framing) + "\r\n\r\n")
              .empty());
    CHECK(trial.gate.servers.empty());
  }
  [[nodiscard]] std::string goes_on(std::string_view piece) { return exchange(trial.gate, trial.client, piece); }
  [[nodiscard]] static keys::PlanOptions ten_a_day() {
    keys::PlanOptions plan;
    plan.quota.day = 10;
    return plan;
  }
  TrialPlans trial{limited(), ten_a_day()};
  [[nodiscard]] std::uint64_t left() const {
    return *trial.keys.reader_live->left(trial.gate.setup.plans.at("free").quota, trial.gate.clock.now()).day;
  }
};
}  // namespace

TEST_CASE("a key that is revoked before the body of its request begins does not act any more, and is not charged") {
  LateBody late;
  late.begin();
  CHECK(late.left() == 9);
  late.trial.keys.reader_live->revoked = true;
  CHECK(late.goes_on("ab").starts_with("HTTP/1.1 401 "));
  CHECK(late.trial.gate.servers.empty());
  CHECK(late.left() == 10);
}

TEST_CASE("a key that is revoked before the body of its request begins does not act by a body that comes whole, either") {
  LateBody late;
  late.begin();
  late.trial.keys.reader_live->revoked = true;
  CHECK(late.goes_on("abcde").starts_with("HTTP/1.1 401 "));
  CHECK(late.trial.gate.servers.empty());
}

TEST_CASE("an address that is banned before the body of its request begins does not act any more") {
  LateBody late;
  late.begin();
  auto other = late.trial.gate.connect();
  for (int i = 0; i < 3; ++i) (void)exchange(late.trial.gate, other, ask("/x"));
  CHECK(late.goes_on("abcde").contains("urn:gatehouse:problem:address-banned"));
  CHECK(late.trial.gate.servers.empty());
}

TEST_CASE("a body that comes late, in pieces, arrives whole and in order, and its request is charged once") {
  LateBody late;
  std::string framing = "content-length: 5";
  std::vector<std::string> pieces{"a", "bc", "de"};
  std::string arrives = "\r\n\r\nabcde";
  SUBCASE("of known length") {}
  SUBCASE("in one piece") { pieces = {"abcde"}; }
  SUBCASE("in chunks") {
    framing = "transfer-encoding: chunked";
    pieces = {"1\r\na\r\n", "4\r\nbc", "de\r\n0\r\n\r\n"};
    arrives = "\r\n\r\n1\r\na\r\n2\r\nbc\r\n2\r\nde\r\n0\r\n\r\n";
  }
  SUBCASE("in chunks, of which the first is the last") {
    framing = "transfer-encoding: chunked";
    pieces = {"0\r\n\r\n"};
    arrives = "\r\n\r\n0\r\n\r\n";
  }
  late.begin(framing);
  std::string told;
  for (const auto& piece : pieces) {
    CHECK(late.goes_on(piece).empty());
    told += told_server(late.trial.gate);
  }
  CHECK(told.ends_with(arrives));
  CHECK(answer(late.trial.gate, late.trial.client, ok).ends_with("ok"));
  CHECK(late.left() == 9);
  CHECK(late.trial.gate.servers.size() == 1);
}

TEST_CASE("a body that comes late waits for a stage that has to ask somebody, and what came meanwhile follows it") {
  LateBody late;
  auto& gate = late.trial.gate;
  Hold hold;
  int asked = 0;
  judge_again_by(gate, [&](Exchange&) {
    if (++asked == 1) return Verdict::pass();
    return Verdict::wait([wait = hold.wait()]() -> Resume {
      wait();
      return [](Exchange*) { return Verdict::pass(); };
    });
  });
  late.begin();
  CHECK(late.goes_on("ab").empty());
  CHECK(late.goes_on("cd").empty());
  CHECK(gate.servers.empty());
  hold.let_go();
  gate.settle();
  CHECK(told_server(gate).ends_with("\r\n\r\nabcd"));
  CHECK(late.goes_on("e").empty());
  CHECK(told_server(gate) == "e");
  CHECK(asked == 2);
  CHECK(answer(gate, late.trial.client, ok).ends_with("ok"));
}

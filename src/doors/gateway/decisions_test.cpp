// What is on record about a refusal: whose doing it was, and the setting or the rule by which it was decided.
#include "doors/gateway/trial_keys.hpp"

using namespace gatehouse;
using namespace gatehouse::gateway;

namespace {
/// The decision about one request on a connection of its own.
audit::Decision decision_of(TrialGate& gate, std::string_view request) {
  auto client = gate.connect();
  return decision_on(gate, exchange(gate, client, request));
}
}  // namespace

TEST_CASE("what the caller did wrong is refused, also with 501 and 505; what the upstream or the gate did is failed") {
  using enum audit::Outcome;
  TrialGate gate(open_gate());
  const auto outcome = [&](std::string_view request, http::Status status) {
    const auto decision = decision_of(gate, request);
    CHECK(decision.status == status);
    return decision.outcome;
  };
  CHECK(outcome("TRACE /x HTTP/1.1\r\nhost: a\r\n\r\n", 501) == refused);
  CHECK(outcome("CONNECT a:443 HTTP/1.1\r\nhost: a\r\n\r\n", 501) == refused);
  CHECK(outcome("GET /x HTTP/2.5\r\nhost: a\r\n\r\n", 505) == refused);
  CHECK(outcome("POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n", 501) == refused);
  CHECK(outcome("DELETE /x HTTP/1.1\r\nhost: a\r\n\r\n", 405) == refused);
  gate.end_upstream(0);
  CHECK(outcome(ask("/x"), 502) == failed);
  judge_by(gate, [](Exchange&) { return Verdict(); });
  CHECK(outcome(ask("/x"), 500) == failed);
}

TEST_CASE("an upstream that goes on with interim answers is refused after sixteen, and the record names it and says so") {
  const auto interims = [](int count) {
    std::string all;
    for (int i = 0; i < count; ++i) all += "HTTP/1.1 102 Processing\r\n\r\n";
    return all;
  };
  TrialGate gate(open_gate());
  auto client = gate.connect();
  exchange(gate, client, ask("/x"));
  CHECK(answer(gate, client, interims(16) + std::string(ok)).ends_with("ok"));
  exchange(gate, client, ask("/x"));
  CHECK(answer(gate, client, interims(16)).empty());
  const auto decision = decision_on(gate, answer(gate, client, interims(1)));
  CHECK(decision.outcome == audit::Outcome::failed);
  CHECK(decision.status == 502);
  CHECK(decision.problem == http::ProblemKind::upstream_malformed);
  CHECK(decision.rule == "upstreams.api");
  CHECK(decision.facts.ends_with(": http.interim.too-many: more than 16 answers 1xx before the final one"));
}

TEST_CASE("a body that breaks off under an answer is on record with its rule, as the caller's doing") {
  auto setup = open_gate();
  setup.routes[0].body_bytes_max = 8;
  TrialGate gate(std::move(setup));
  auto client = gate.connect();
  CHECK(exchange(gate, client, "POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n4\r\nbody\r\n").empty());
  const auto begun = answer(gate, client, "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
  CHECK(begun.starts_with("HTTP/1.1 200 "));
  exchange(gate, client, "8\r\nmuch too\r\n");
  const auto decision = decision_on(gate, begun);
  CHECK(decision.outcome == audit::Outcome::refused);
  CHECK(decision.problem == http::ProblemKind::body_too_large);
  CHECK(decision.rule == "routes.all.body_max");
}

TEST_CASE("a refusal by a setting names the setting as the configuration does") {
  auto setup = open_gate();
  auto& route = setup.routes[0];
  std::string request = ask("/x");
  std::string rule;
  int before = 0;  // requests that pass first
  SUBCASE("body") {
    route.body_bytes_max = 8;
    request = "POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n", rule = "routes.all.body_max";
  }
  SUBCASE("encoded slash") { request = ask("/a%2Fb"), rule = "routes.all.encoded_slash"; }
  SUBCASE("authenticate") { route.authenticate = {Credential::api_key}, rule = "routes.all.authenticate"; }
  SUBCASE("rate of the route") {
    route.limits = limits::LimitOptions{.rate = settings::Rate{1, 1h}, .burst = 1, .concurrency = {}};
    before = 1, rule = "routes.all.limits.rate";
  }
  SUBCASE("rate of an address") {
    setup.limits.per_address = limits::AddressLimitOptions{.rate = settings::Rate{1, 1h}, .burst = 1, .concurrency = {}};
    before = 1, rule = "limits.per_address.rate";
  }
  SUBCASE("address") { setup.addresses.allow = {*http::AddressBlock::parse("192.0.2.0/24")}, rule = "addresses.allow"; }
  SUBCASE("no route") { route.path = "/other", rule = "route.none"; }
  TrialGate gate(std::move(setup));
  auto client = gate.connect();
  for (; before > 0; --before) {
    CHECK(exchange(gate, client, ask("/x")).empty());
    CHECK(answer(gate, client, ok).ends_with("ok"));
  }
  CHECK(decision_of(gate, request).rule == rule);
}

TEST_CASE("a refusal by a limit of a key or a plan names the setting as the configuration does") {
  auto setup = open_gate();
  keys::PlanOptions free;
  std::string rule;
  SUBCASE("rate of every key") {
    setup.limits.per_key = limits::LimitOptions{.rate = settings::Rate{1, 1h}, .burst = 1, .concurrency = {}};
    rule = "limits.per_key.rate";
  }
  SUBCASE("rate of the plan") { free.rate = settings::Rate{1, 1h}, free.burst = 1, rule = "plans.free.rate"; }
  SUBCASE("quota") { free.quota.day = 1, rule = "plans.free.quota.day"; }
  TrialPlans trial(std::move(setup), free);
  CHECK(trial.passed().ends_with("ok"));
  CHECK(decision_of(trial.gate, trial.request()).rule == rule);
}

TEST_CASE("of a target that cannot be read, neither a password nor a fragment is on record, and what is no secret stays") {
  TrialGate gate(open_gate());
  const auto path = [&](std::string_view target) { return decision_of(gate, "GET " + std::string(target) + " HTTP/1.1\r\nhost: a\r\n\r\n").path; };
  CHECK(path("http://joe:hunter2@a/x") == "http://a/x");
  CHECK(path("//joe:hunter2@a/x") == "//a/x");
  CHECK(path("http://joe:a@b:hunter2@a?x") == "http://a");
  CHECK(path("/x#access_token=hunter2") == "/x");
  CHECK(path("joe:hunter2@a:443") == "a:443");
  CHECK(path("/x%zz@y") == "/x%zz@y");
}

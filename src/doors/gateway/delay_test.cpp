// `over: delay` through a worker: what comes too early waits its turn, up to a bound in time and a bound in number.
#include "doors/gateway/trial_keys.hpp"

using namespace gatehouse;
using namespace gatehouse::gateway;

namespace {
/// One request a second, one at once; who would wait longer than that is refused.
TrialGate::Setup delaying_gate(Duration max_delay) {
  auto setup = open_gate();
  setup.routes[0].limits =
      limits::LimitOptions{.rate = settings::Rate{1, 1s}, .burst = 1, .over = limits::Over::delay, .max_delay = max_delay, .concurrency = {}};
  return setup;
}

/// A plan of one request a second, one at once, with that wait; the plan `paid` has no limit.
struct DelayingPlan {
  explicit DelayingPlan(Duration max_delay, limits::LimitsOptions others = TrialGate::Setup{}.limits)
      : gate(with_plan(max_delay, std::move(others))) {
    keys.emplace(gate, std::vector<keys::Plan>{{"free", gate.setup.plans["free"]}, {"paid", {}}});
  }
  static TrialGate::Setup with_plan(Duration max_delay, limits::LimitsOptions others) {
    auto setup = open_gate();
    setup.routes[0].authenticate = {Credential::api_key};
    setup.limits = std::move(others);
    auto& plan = setup.plans["free"];
    plan.rate = settings::Rate{1, 1s}, plan.burst = 1, plan.over = settings::Over::delay, plan.max_delay = max_delay;
    setup.plans["paid"] = {};
    return setup;
  }
  TrialGate gate;
  std::optional<TrialKeys> keys;
};
}  // namespace

TEST_CASE("a request above the rate waits until it fits and then goes on, one that would wait too long is refused at once") {
  TrialGate gate(delaying_gate(2s));
  auto first = gate.connect(), second = gate.connect(), third = gate.connect(), fourth = gate.connect();
  CHECK(exchange(gate, first, ask("/1")).empty());
  CHECK(answer(gate, first, ok).ends_with("ok"));
  CHECK(exchange(gate, second, ask("/2")).empty());
  CHECK(exchange(gate, third, ask("/3")).empty());
  const auto refused = exchange(gate, fourth, ask("/4"));
  CHECK(refused.starts_with("HTTP/1.1 429 "));
  CHECK(refused.contains("urn:gatehouse:problem:rate-limited"));
  CHECK_FALSE(field_of(refused, "retry-after").empty());
  CHECK(gate.services().delays.waiting() == 2);
  CHECK(told_server(gate).starts_with("GET /1 "));
  gate.pass(900ms);
  CHECK(told_server(gate).empty());
  gate.pass(200ms);
  CHECK(told_server(gate).starts_with("GET /2 "));
  CHECK(gate.services().delays.waiting() == 1);
  CHECK(answer(gate, second, ok).ends_with("ok"));
  CHECK(heard(gate, third).empty());
  gate.pass(1s);
  CHECK(told_server(gate).starts_with("GET /3 "));
  CHECK(answer(gate, third, ok).ends_with("ok"));
  CHECK(gate.services().delays.waiting() == 0);
  CHECK(gate.ended(audit::Counter::limit_delays) == 2);
  CHECK(gate.ended(audit::Counter::limit_refusals) == 1);
  gate.pass(5s);
  CHECK(exchange(gate, fourth, ask("/4")).empty());  // who was refused may come again
  CHECK(answer(gate, fourth, ok).ends_with("ok"));
}

TEST_CASE("a client that leaves while it is held back is told to nobody, and its place among the waiting is free") {
  TrialGate gate(delaying_gate(1min));
  auto first = gate.connect(), leaving = gate.connect();
  CHECK(exchange(gate, first, ask("/1")).empty());
  CHECK(answer(gate, first, ok).ends_with("ok"));
  (void)told_server(gate);
  CHECK(exchange(gate, leaving, ask("/left")).empty());
  CHECK(gate.services().delays.waiting() == 1);
  CHECK(gate.worker->busy() == 1);
  leaving.reset();
  gate.turn();
  CHECK(gate.services().delays.waiting() == 0);
  CHECK(gate.worker->busy() == 0);
  gate.pass(3s);
  CHECK(told_server(gate).empty());
  CHECK(exchange(gate, first, ask("/next")).empty());
  CHECK(told_server(gate).starts_with("GET /next "));
}

TEST_CASE("a client that only ends its own side while it is held back still gets its answer") {
  TrialGate gate(delaying_gate(1min));
  auto client = gate.connect();
  CHECK(exchange(gate, client, ask("/1")).empty());
  CHECK(answer(gate, client, ok).ends_with("ok"));
  (void)told_server(gate);
  CHECK(exchange(gate, client, ask("/2")).empty());
  client.half_close();
  gate.turn();
  CHECK(gate.services().delays.waiting() == 1);
  gate.pass(1100ms);
  CHECK(told_server(gate).starts_with("GET /2 "));
  CHECK(answer(gate, client, ok).ends_with("ok"));
}

TEST_CASE("no more requests are held back at once than the gate has places, whatever their limit allows") {
  auto setup = delaying_gate(1h);
  setup.delayed_max = 2;
  TrialGate gate(std::move(setup));
  auto first = gate.connect(), second = gate.connect(), third = gate.connect(), fourth = gate.connect();
  CHECK(exchange(gate, first, ask("/1")).empty());
  CHECK(answer(gate, first, ok).ends_with("ok"));
  CHECK(exchange(gate, second, ask("/2")).empty());
  CHECK(exchange(gate, third, ask("/3")).empty());
  CHECK(exchange(gate, fourth, ask("/4")).starts_with("HTTP/1.1 429 "));
  CHECK(gate.services().delays.waiting() == 2);
  gate.pass(1100ms);
  CHECK(answer(gate, second, ok).ends_with("ok"));
  CHECK(exchange(gate, fourth, ask("/4")).empty());  // the place of the one that went on
  CHECK(gate.services().delays.waiting() == 2);
}

TEST_CASE("a body that follows a request which is held back arrives after it, whole") {
  TrialGate gate(delaying_gate(5s));
  auto client = gate.connect();
  CHECK(exchange(gate, client, ask("/1")).empty());
  CHECK(answer(gate, client, ok).ends_with("ok"));
  (void)told_server(gate);
  CHECK(exchange(gate, client, "POST /2 HTTP/1.1\r\nhost: a\r\ncontent-length: 8\r\n\r\none ").empty());
  CHECK(exchange(gate, client, "two ").empty());
  CHECK(told_server(gate).empty());
  gate.pass(1100ms);
  CHECK(told_server(gate).ends_with("\r\n\r\none two "));
  CHECK(answer(gate, client, ok).ends_with("ok"));
}

TEST_CASE("a key above the rate of its plan waits its turn, at most as long as the plan says, and a key of another plan does not wait") {
  DelayingPlan plan(1s);
  auto& gate = plan.gate;
  auto first = gate.connect(), second = gate.connect(), third = gate.connect(), other = gate.connect();
  CHECK(exchange(gate, first, with_key("/1", plan.keys->reader)).empty());
  CHECK(answer(gate, first, ok).ends_with("ok"));
  (void)told_server(gate);
  CHECK(exchange(gate, second, with_key("/2", plan.keys->reader)).empty());
  CHECK(gate.services().delays.waiting() == 1);
  const auto refused = exchange(gate, third, with_key("/3", plan.keys->reader));
  CHECK(refused.starts_with("HTTP/1.1 429 "));
  CHECK(refused.contains("urn:gatehouse:problem:rate-limited"));
  CHECK(field_of(refused, "retry-after") == "2");
  CHECK(field_of(refused, "ratelimit") == "\"plan\";r=0;t=2");
  CHECK(exchange(gate, other, with_key("/other", plan.keys->writer)).empty());
  CHECK(told_server(gate).starts_with("GET /other "));
  CHECK(answer(gate, other, ok).ends_with("ok"));
  gate.pass(900ms);
  CHECK(told_server(gate).empty());
  gate.pass(200ms);
  CHECK(told_server(gate).starts_with("GET /2 "));
  CHECK(answer(gate, second, ok).ends_with("ok"));
  CHECK(gate.services().delays.waiting() == 0);
  CHECK(gate.ended(audit::Counter::limit_delays) == 1);
  CHECK(gate.ended(audit::Counter::limit_refusals) == 1);
}

TEST_CASE("a key that is taken back while its request is held back does not act any more") {
  DelayingPlan trial(2s);
  auto first = trial.gate.connect(), second = trial.gate.connect();
  CHECK(exchange(trial.gate, first, with_key("/1", trial.keys->reader)).empty());
  CHECK(exchange(trial.gate, second, with_key("/2", trial.keys->reader)).empty());
  CHECK(told_server(trial.gate).starts_with("GET /1 "));
  keys::KeyRingBuilder none(std::make_shared<const std::vector<keys::Plan>>());
  trial.gate.use_keys(none.finish().value());
  trial.gate.pass(1100ms);
  CHECK(heard(trial.gate, second).starts_with("HTTP/1.1 401 "));
  CHECK(told_server(trial.gate).empty());
}

TEST_CASE("a key that ends while its request waits for the route's rate does not act any more, and what it was charged is given back") {
  auto setup = delaying_gate(5s);
  setup.routes[0].authenticate = {Credential::api_key};
  setup.plans["free"].quota.day = 10;
  setup.plans["paid"] = {};
  TrialGate gate(std::move(setup));
  bool acts = false, revoked = false, forgotten = false;
  auto until = keys::never;
  SUBCASE("it expires") { until = unix_seconds(gate.clock.now()) + 1; }
  SUBCASE("it is revoked") { revoked = true; }
  SUBCASE("nobody knows it any more, nor its plan") { forgotten = true; }
  SUBCASE("it does not end") { acts = true; }
  TrialKeys keys(gate, std::vector<keys::Plan>{{"free", gate.setup.plans["free"]}, {"paid", {}}}, {}, until);
  const auto left = [&] { return keys.reader_live->left(gate.setup.plans["free"].quota, gate.clock.now()).day; };
  auto first = gate.connect(), second = gate.connect();
  CHECK(exchange(gate, first, with_key("/1", keys.reader)).empty());
  CHECK(answer(gate, first, ok).ends_with("ok"));
  CHECK(told_server(gate).starts_with("GET /1 "));
  CHECK(exchange(gate, second, with_key("/2", keys.reader)).empty());
  CHECK(gate.services().delays.waiting() == 1);
  CHECK(left() == 8);
  if (revoked) keys.reader_live->revoked = true;
  if (forgotten) {
    keys::KeyRingBuilder none(std::make_shared<const std::vector<keys::Plan>>());
    gate.use_keys(none.finish().value());
  }
  gate.pass(1100ms);
  CHECK(heard(gate, second).starts_with(acts ? "" : "HTTP/1.1 401 "));
  CHECK(told_server(gate).starts_with(acts ? "GET /2 " : ""));
  CHECK(left() == (acts ? 8 : 9));
  if (!acts) CHECK(told_server(gate).empty());
}

TEST_CASE("who waits for its plan and for its key waits once, for the longer of the two, in one place") {
  auto others = TrialGate::Setup{}.limits;
  others.per_key = limits::LimitOptions{.rate = settings::Rate{1, 2s}, .burst = 1, .over = limits::Over::delay, .max_delay = 5s, .concurrency = {}};
  DelayingPlan plan(5s, std::move(others));
  auto& gate = plan.gate;
  auto client = gate.connect();
  CHECK(exchange(gate, client, with_key("/1", plan.keys->reader)).empty());
  CHECK(answer(gate, client, ok).ends_with("ok"));
  (void)told_server(gate);
  CHECK(exchange(gate, client, with_key("/2", plan.keys->reader)).empty());
  CHECK(gate.services().delays.waiting() == 1);
  gate.pass(1100ms);
  CHECK(told_server(gate).empty());
  gate.pass(1s);
  CHECK(told_server(gate).starts_with("GET /2 "));
  CHECK(answer(gate, client, ok).ends_with("ok"));
  CHECK(gate.ended(audit::Counter::limit_delays) == 1);
}

TEST_CASE("what waits for its plan holds its place among the requests at once, and a client that leaves gives both back") {
  auto others = TrialGate::Setup{}.limits;
  others.per_key = limits::LimitOptions{.rate = {}, .burst = {}, .concurrency = 1};
  DelayingPlan plan(30s, std::move(others));
  auto& gate = plan.gate;
  auto leaving = gate.connect(), next = gate.connect();
  CHECK(exchange(gate, leaving, with_key("/1", plan.keys->reader)).empty());
  CHECK(answer(gate, leaving, ok).ends_with("ok"));
  CHECK(exchange(gate, leaving, with_key("/2", plan.keys->reader)).empty());
  CHECK(gate.services().delays.waiting() == 1);
  CHECK(exchange(gate, next, with_key("/3", plan.keys->reader)).contains("too-many-requests-at-once"));
  CHECK(gate.services().delays.waiting() == 1);
  leaving.reset();
  gate.turn();
  CHECK(gate.services().delays.waiting() == 0);
  (void)told_server(gate);
  gate.pass(5s);
  CHECK(exchange(gate, next, with_key("/4", plan.keys->reader)).empty());
  CHECK(told_server(gate, gate.servers.size() - 1).starts_with("GET /4 "));
}

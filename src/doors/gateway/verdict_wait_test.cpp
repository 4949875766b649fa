// Verdict::wait through a worker: the request is parked, its work runs on the pool, and what comes back decides, unless nobody waits any more.
#include <latch>

#include "doors/gateway/trial_hold.hpp"
#include "doors/gateway/trial_talk.hpp"

using namespace gatehouse;
using namespace gatehouse::gateway;

namespace {
/// A verdict of work that waits for `hold` and then comes to what `then` says.
template <class Then>
Verdict after(const Hold& hold, Then then) {
  return Verdict::wait([wait = hold.wait(), then]() -> Resume {
    wait();
    return [then](Exchange* exchange) -> Verdict { return then(*exchange); };
  });
}

Verdict pass_on(Exchange&) { return Verdict::pass(); }

http::Problem scope_problem() { return {.kind = http::ProblemKind::scope_missing, .told = "Not you.", .rule = "trial", .facts = {}, .headers = {}}; }
}  // namespace

TEST_CASE("a request whose work runs on the pool waits alone, and what the work comes to decides") {
  TrialGate gate(open_gate());
  Hold hold;
  std::function<Verdict(Exchange&)> outcome = pass_on;
  judge_by(gate, [&](Exchange& asked) { return asked.request().path.text() == "/slow" ? after(hold, outcome) : Verdict::pass(); });
  auto waiting = gate.connect(), other = gate.connect();
  const auto resumed = [&] {
    CHECK(exchange(gate, waiting, ask("/slow")).empty());
    CHECK(gate.servers.empty());
    CHECK(exchange(gate, other, ask("/fast")).empty());  // the loop does not wait
    CHECK(answer(gate, other, ok).ends_with("ok"));
    hold.let_go();
    gate.settle();
    return heard(gate, waiting);
  };
  SUBCASE("pass") {
    CHECK(resumed().empty());
    CHECK(told_server(gate).contains("GET /slow "));
    CHECK(answer(gate, waiting, ok).ends_with("ok"));
  }
  SUBCASE("refuse") {
    outcome = [](Exchange&) { return Verdict::refuse(scope_problem()); };
    CHECK(resumed().starts_with("HTTP/1.1 403 "));
  }
  SUBCASE("an error") {
    outcome = [](Exchange&) { return Verdict(fail(Fault::unavailable, "the disk is full")); };
    const auto said = resumed();
    CHECK(said.starts_with("HTTP/1.1 503 "));
    CHECK_FALSE(said.contains("disk"));
  }
  SUBCASE("no verdict") {
    outcome = [](Exchange&) { return Verdict(); };
    CHECK(resumed().starts_with("HTTP/1.1 500 "));
  }
  SUBCASE("an answer") {
    outcome = [](Exchange&) { return Verdict::answer({200, {{"content-type", "text/plain"}}, "from the gate"}); };
    CHECK(resumed().ends_with("from the gate"));
  }
  SUBCASE("more work") {
    outcome = [&](Exchange&) { return after(hold, pass_on); };
    CHECK(resumed().empty());
    gate.settle();
    CHECK(told_server(gate).contains("GET /slow "));
    CHECK(answer(gate, waiting, ok).ends_with("ok"));
  }
  SUBCASE("later") {
    outcome = [](Exchange&) { return Verdict::later(5s); };
    CHECK(resumed().empty());
    CHECK_FALSE(told_server(gate).contains("/slow"));
    gate.pass(6s);
    CHECK(told_server(gate).contains("GET /slow "));
    CHECK(answer(gate, waiting, ok).ends_with("ok"));
  }
  CHECK(gate.worker->busy() == 0);
  CHECK(exchange(gate, other, ask("/fast")).empty());
}

TEST_CASE("a body that comes while its request waits for work reaches the upstream whole, and a pipelined request its turn") {
  TrialGate gate(open_gate());
  Hold hold;
  judge_by(gate, [&](Exchange&) { return after(hold, pass_on); });
  auto client = gate.connect();
  CHECK(exchange(gate, client, "POST /a HTTP/1.1\r\nhost: a\r\ncontent-length: 8\r\n\r\none ").empty());
  CHECK(exchange(gate, client, "two " + ask("/b")).empty());
  CHECK(gate.servers.empty());
  hold.let_go();
  gate.settle();
  CHECK(told_server(gate).ends_with("\r\n\r\none two "));
  CHECK(answer(gate, client, ok).ends_with("ok"));
  gate.settle();
  CHECK(told_server(gate).starts_with("GET /b "));
  CHECK(answer(gate, client, ok).ends_with("ok"));
}

TEST_CASE("the verdict on a request whose client has left is nobody's: not even that of the request that is in its place now") {
  TrialGate gate(open_gate());
  Hold hold;
  bool first = true;
  std::size_t resumed = 0;
  judge_by(gate, [&](Exchange&) {
    if (!std::exchange(first, false)) return Verdict::pass();
    return after(hold, [&](Exchange&) {
      ++resumed;
      return Verdict::refuse(scope_problem());
    });
  });
  auto leaving = gate.connect();
  CHECK(exchange(gate, leaving, ask("/slow")).empty());
  CHECK(gate.worker->busy() == 1);
  SUBCASE("nobody is there") {
    leaving.reset();
    gate.turn();
    CHECK(gate.worker->busy() == 0);
    hold.let_go();
    gate.settle();
    CHECK(resumed == 0);
    CHECK(gate.servers.empty());
  }
  SUBCASE("another is there") {
    leaving.reset();
    gate.turn();
    auto next = gate.connect();
    CHECK(exchange(gate, next, ask("/next")).empty());  // in the exchange that the first has left
    hold.let_go();
    gate.settle();
    CHECK(resumed == 0);
    CHECK(heard(gate, next).empty());
    CHECK(told_server(gate).starts_with("GET /next "));
    CHECK(answer(gate, next, ok).ends_with("ok"));
  }
  SUBCASE("it has stayed") {
    hold.let_go();
    gate.settle();
    CHECK(resumed == 1);
    CHECK(heard(gate, leaving).starts_with("HTTP/1.1 403 "));
  }
  CHECK(gate.worker->busy() == 0);
}

TEST_CASE("a pool whose queue is full refuses what needs it with 503 and Retry-After, and nothing else") {
  auto setup = open_gate();
  setup.pool_queue = 2;
  TrialGate gate(std::move(setup));
  Hold hold, quick;
  quick.let_go();
  judge_by(gate, [&](Exchange& asked) { return asked.request().path.text() == "/work" ? after(quick, pass_on) : Verdict::pass(); });
  std::latch begun(1), drained(3);
  REQUIRE(gate.services().pool.submit([&begun, &drained, wait = hold.wait()] {
    begun.count_down();
    wait();
    drained.count_down();
  }));
  begun.wait();
  for (int i = 0; i < 2; ++i) REQUIRE(gate.services().pool.submit([&drained] { drained.count_down(); }));
  auto client = gate.connect();
  for (int i = 0; i < 3; ++i) {
    const auto refused = exchange(gate, client, ask("/work"));
    CHECK(refused.starts_with("HTTP/1.1 503 "));
    CHECK(refused.contains("urn:gatehouse:problem:overloaded"));
    CHECK(field_of(refused, "retry-after") == "1");
  }
  CHECK(gate.servers.empty());
  CHECK(exchange(gate, client, ask("/plain")).empty());
  CHECK(answer(gate, client, ok).ends_with("ok"));
  hold.let_go();
  drained.wait();
  CHECK(exchange(gate, client, ask("/work")).empty());
  gate.settle();
  CHECK(told_server(gate).contains("GET /work "));
  CHECK(answer(gate, client, ok).ends_with("ok"));
}

TEST_CASE("a request that waits for work keeps its snapshot over a reload, and is finished by a gate that drains") {
  TrialGate gate(open_gate());
  Hold hold;
  judge_by(gate, [&](Exchange&) { return after(hold, pass_on); });
  auto client = gate.connect();
  CHECK(exchange(gate, client, ask("/old")).empty());
  SUBCASE("reload") {
    gate.setup.routes[0].methods = {"HEAD"};
    gate.worker->adopt(gate.snapshot().value());
    gate.turn();
    hold.let_go();
    gate.settle();
    CHECK(told_server(gate).starts_with("GET /old "));
    CHECK(answer(gate, client, ok).ends_with("ok"));
    CHECK(exchange(gate, client, ask("/old")).starts_with("HTTP/1.1 405 "));
  }
  SUBCASE("drain") {
    gate.worker->drain(10s);
    gate.turn();
    hold.let_go();
    gate.settle();
    CHECK(told_server(gate).starts_with("GET /old "));
    CHECK(answer(gate, client, ok).contains("connection: close\r\n"));
  }
  SUBCASE("drain, and the time for it is over") {
    gate.worker->drain(10s);
    gate.turn();
    gate.pass(11s);
    client.read();
    CHECK(client.ended());
    CHECK(gate.worker->connections() == 0);
    hold.let_go();
    gate.settle();
    CHECK(gate.servers.empty());
  }
}

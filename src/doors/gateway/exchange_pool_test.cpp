// Exchanges are used again, and those of a flood are given back.
#include <latch>

#include "doors/gateway/trial_talk.hpp"

using namespace gatehouse;
using namespace gatehouse::gateway;

namespace {
/// Takes so many at once and gives all of them back.
void flood(ExchangePool& pool, std::size_t count) {
  std::vector<Exchange*> taken;
  for (std::size_t i = 0; i < count; ++i) taken.push_back(&pool.take());
  for (auto* const exchange : taken) pool.give(*exchange);
}

/// Time that passes a little at a time, as it does for a loop.
void pass(TrialGate& gate, Duration time) {
  for (const auto end = gate.clock.ticks() + time; gate.clock.ticks() < end;) gate.pass(500ms);
}

constexpr auto two_windows = 2 * ExchangePool::window + 3s;
}  // namespace

TEST_CASE("after a flood the spare exchanges are given back, but for the few of a gate at rest, and no turn frees more than its share") {
  TrialGate gate(open_gate());
  ExchangePool pool(*gate.worker);
  flood(pool, 3000);
  CHECK(pool.spare() == 3000);
  CHECK(pool.taken() == 0);
  pass(gate, ExchangePool::window / 2);
  CHECK(pool.spare() == 3000);
  for (int round = 0; round < 100; ++round) {
    const auto before = pool.spare();
    gate.clock.advance(500ms);
    gate.turn(1);
    REQUIRE(before - pool.spare() <= ExchangePool::freed_max);
  }
  CHECK(pool.spare() == ExchangePool::kept);
  pass(gate, two_windows);
  CHECK(pool.spare() == ExchangePool::kept);
}

TEST_CASE("what a load needs again and again is kept, however much it swings, and only the rest is given back") {
  TrialGate gate(open_gate());
  ExchangePool pool(*gate.worker);
  flood(pool, 2000);
  for (int i = 0; i < 100; ++i) {
    flood(pool, 500);
    gate.pass(500ms);
  }
  CHECK(pool.spare() >= 500);
  CHECK(pool.spare() <= 500 + ExchangePool::kept);
  const auto made = pool.spare();
  flood(pool, 500);
  CHECK(pool.spare() == made);  // nothing was made anew
}

TEST_CASE("exchanges that are in use stay, whatever is freed beside them") {
  TrialGate gate(open_gate());
  ExchangePool pool(*gate.worker);
  std::vector<Exchange*> used, others;
  for (int i = 0; i < 400; ++i) (i % 2 == 0 ? used : others).push_back(&pool.take());
  for (auto* const exchange : others) pool.give(*exchange);
  pass(gate, two_windows);
  CHECK(pool.spare() == ExchangePool::kept);
  CHECK(pool.taken() == used.size());
  for (auto* const exchange : used) {
    (void)exchange->memory().copy("still its own");
    pool.give(*exchange);
  }
  CHECK(pool.taken() == 0);
  pass(gate, two_windows);
  CHECK(pool.spare() == ExchangePool::kept);
}

TEST_CASE("an exchange whose client has left is not freed while its work on the pool is still to come back") {
  auto setup = open_gate();
  setup.pool_queue = 2 * ExchangePool::kept;
  TrialGate gate(std::move(setup));
  const auto go = std::make_shared<std::latch>(1);
  int resumed = 0;
  judge_by(gate, [&](Exchange&) {
    return Verdict::wait([go, &resumed]() -> Resume {
      go->wait();
      return [&resumed](Exchange*) {
        ++resumed;
        return Verdict::pass();
      };
    });
  });
  std::vector<TrialSocket> leaving;
  for (std::size_t i = 0; i < 2 * ExchangePool::kept; ++i) {
    leaving.push_back(gate.connect());
    CHECK(exchange(gate, leaving.back(), ask("/slow")).empty());
  }
  CHECK(gate.worker->busy() == leaving.size());
  const auto all = leaving.size();
  for (auto& client : leaving) client.reset();
  gate.turn();
  CHECK(gate.worker->busy() == 0);
  pass(gate, two_windows);
  CHECK(gate.worker->exchanges().spare() == all);
  go->count_down();
  gate.settle();
  CHECK(resumed == 0);
  pass(gate, two_windows);
  CHECK(gate.worker->exchanges().spare() == ExchangePool::kept);
}

#include <doctest/doctest.h>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <map>
#include <string>

#include "ground/async/loop.hpp"
#include "ground/async/pool.hpp"
#include "ground/base/random.hpp"

using namespace gatehouse;
using namespace gatehouse::async;

namespace {
struct Alarm final : Timer {
  int rang = 0;
  void expired() override { ++rang; }
};

std::uint64_t draw(Random& random) {
  std::uint64_t value = 0;
  random.fill({reinterpret_cast<std::uint8_t*>(&value), sizeof value});
  return value;
}
}  // namespace

TEST_CASE("a timer never fires early and at most one slot late, at every distance") {
  SeededRandom random(3);
  for (int round = 0; round < 200; ++round) {
    const Ticks start{std::chrono::seconds(draw(random) % 100'000)};
    Wheel wheel(start);
    Alarm alarm;
    const auto after = std::chrono::milliseconds(draw(random) % (round % 2 == 0 ? 3'000 : 8'000'000));
    auto now = start + std::chrono::milliseconds(draw(random) % 5'000);
    wheel.turn(now);
    wheel.arm(alarm, now, after);
    wheel.turn(now + after - 1ns);
    CHECK(alarm.rang == 0);
    wheel.turn(now + after + 2 * Wheel::slot);
    CHECK(alarm.rang == 1);
    CHECK_FALSE(alarm.armed());
  }
}

TEST_CASE("many timers of all distances each fire once, in small and in large steps") {
  SeededRandom random(9);
  const Ticks start{1h};
  Wheel wheel(start);
  std::vector<std::pair<Alarm, Duration>> alarms(500);
  for (auto& [alarm, after] : alarms) {
    after = std::chrono::milliseconds(draw(random) % 600'000);
    wheel.arm(alarm, start, after);
  }
  Duration passed{};
  while (passed < 601s) {
    passed += std::chrono::milliseconds(1 + draw(random) % 9'000);
    wheel.turn(start + passed);
    for (const auto& [alarm, after] : alarms) {
      if (passed < after) CHECK(alarm.rang == 0);
      if (passed > after + 2 * Wheel::slot) CHECK(alarm.rang == 1);
    }
  }
}

TEST_CASE("a disarmed or destroyed timer does not fire, and re-arming moves it") {
  const Ticks start{1h};
  Wheel wheel(start);
  Alarm kept, moved;
  {
    Alarm gone;
    wheel.arm(gone, start, 1s);
  }
  wheel.arm(kept, start, 1s);
  wheel.arm(moved, start, 1s);
  kept.disarm();
  wheel.arm(moved, start, 5s);
  wheel.turn(start + 2s);
  CHECK(kept.rang == 0);
  CHECK(moved.rang == 0);
  wheel.turn(start + 6s);
  CHECK(moved.rang == 1);
}

TEST_CASE("the wheel lets the loop sleep until the next timer, never past it") {
  const Ticks start{1h};
  Wheel wheel(start);
  CHECK(wheel.sleep(start) <= 1s);
  Alarm alarm;
  wheel.arm(alarm, start, 100ms);
  CHECK(wheel.sleep(start) <= 120ms);
  CHECK(wheel.sleep(start) >= 100ms);
}

namespace {
struct EchoWatcher final : Watcher {
  int descriptor = -1;
  std::string got;
  std::uint32_t seen = 0;
  void ready(std::uint32_t events) override {
    seen |= events;
    char buffer[64];
    for (;;) {
      const auto count = ::recv(descriptor, buffer, sizeof buffer, MSG_DONTWAIT);
      if (count <= 0) return;
      got.append(buffer, static_cast<std::size_t>(count));
    }
  }
};
}  // namespace

TEST_CASE("a watcher hears of bytes and of the other side's end") {
  const SystemClock clock;
  const auto loop = Loop::create(clock).value();
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
  EchoWatcher watcher;
  watcher.descriptor = ends[0];
  REQUIRE(loop->watch(ends[0], watcher).has_value());
  REQUIRE(::send(ends[1], "hello", 5, 0) == 5);
  loop->turn(1s);
  CHECK(watcher.got == "hello");
  ::close(ends[1]);
  loop->turn(1s);
  CHECK((watcher.seen & EPOLLRDHUP) != 0);
  ::close(ends[0]);
}

TEST_CASE("again() calls a watcher in the next turn, unless it was forgotten") {
  const SystemClock clock;
  const auto loop = Loop::create(clock).value();
  struct Counter final : Watcher {
    int calls = 0;
    void ready(std::uint32_t) override { ++calls; }
  } kept, forgotten;
  loop->again(kept, EPOLLIN);
  loop->again(forgotten, EPOLLIN);
  loop->forget(forgotten);
  loop->turn(0s);
  loop->turn(0s);
  CHECK(kept.calls == 1);
  CHECK(forgotten.calls == 0);
}

TEST_CASE("what is disposed of lives until the turn ends") {
  const SystemClock clock;
  const auto loop = Loop::create(clock).value();
  bool freed = false;
  struct Thing final : Disposable {
    bool& freed;
    explicit Thing(bool& f) : freed(f) {}
    ~Thing() override { freed = true; }
  };
  bool alive_in_deferred = false;
  loop->post([&] {
    loop->dispose(std::make_unique<Thing>(freed));
    loop->defer([&] { alive_in_deferred = !freed; });
  });
  loop->turn(1s);
  CHECK(alive_in_deferred);
  CHECK(freed);
}

TEST_CASE("tasks posted by many threads all run on the loop, each thread's in order") {
  const SystemClock clock;
  const auto loop = Loop::create(clock).value();
  std::map<int, std::vector<int>> ran;
  std::vector<std::jthread> threads;
  constexpr int count = 500;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < count; ++i) loop->post([&ran, t, i] { ran[t].push_back(i); });
    });
  threads.clear();
  loop->stop();
  loop->run();
  for (int t = 0; t < 3; ++t) {
    REQUIRE(ran[t].size() == count);
    CHECK(std::ranges::is_sorted(ran[t]));
  }
}

TEST_CASE("a full pool refuses and loses nothing that it took") {
  std::atomic<int> ran = 0;
  std::mutex gate;
  int taken = 0;
  {
    Pool pool(1, 4);
    gate.lock();
    for (int i = 0; i < 20; ++i)
      if (pool.submit([&] {
            const std::scoped_lock wait(gate);
            ++ran;
          }))
        ++taken;
    CHECK(taken >= 4);
    CHECK(taken <= 5);
    gate.unlock();
  }
  CHECK(ran == taken);
}

#include <doctest/doctest.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "services/limits/memory_counters.hpp"

using namespace gatehouse;
using namespace gatehouse::limits;

namespace {

std::uint64_t draw(SeededRandom& random, std::uint64_t below) {
  std::uint64_t number = 0;
  random.fill({reinterpret_cast<std::uint8_t*>(&number), sizeof number});
  return number % below;
}

Ticks at(Duration since) { return Ticks(24h) + since; }

CounterKey key_of(std::uint64_t number, Scope scope = Scope::address) { return {number_of("test"), scope, {number, 0}, 0}; }

/// The limit read word by word: a bucket of tokens, counted in units of 1/period of a token so that nothing is ever rounded.
class NaiveBucket {
 public:
  NaiveBucket(std::uint64_t emission, std::uint64_t burst) : emission_(emission), full_(emission * burst), level_(full_) {}
  bool take(std::uint64_t now, std::uint64_t cost) {
    level_ = std::min(full_, level_ + (now - last_));
    last_ = now;
    if (level_ < cost * emission_) return false;
    level_ -= cost * emission_;
    return true;
  }
  [[nodiscard]] std::uint64_t whole() const { return level_ / emission_; }
  [[nodiscard]] std::uint64_t until(std::uint64_t cost) const { return level_ >= cost * emission_ ? 0 : cost * emission_ - level_; }
  [[nodiscard]] std::uint64_t until_full() const { return full_ - level_; }

 private:
  std::uint64_t emission_, full_, level_, last_ = 0;
};

}  // namespace

TEST_CASE("a burst passes at once, then one request each emission interval") {
  SeededRandom random(1);
  auto counters = MemoryCounters::create(random).value();
  const auto limit = Limit::make(10, 1s, 3).value();
  for (int left = 2; left >= 0; --left) {
    const auto tally = counters.take(key_of(1), limit, 1, at({}));
    CHECK(tally.allowed);
    CHECK(tally.remaining == static_cast<std::uint32_t>(left));
    CHECK(tally.reset_after == (3 - left) * 100ms);
  }
  const auto refused = counters.take(key_of(1), limit, 1, at({}));
  CHECK_FALSE(refused.allowed);
  CHECK(refused.retry_after == 100ms);
  CHECK_FALSE(counters.take(key_of(1), limit, 1, at(100ms - 1ns)).allowed);
  CHECK(counters.take(key_of(1), limit, 1, at(100ms)).allowed);
  CHECK_FALSE(counters.take(key_of(1), limit, 1, at(100ms)).allowed);
}

TEST_CASE("who is refused has taken nothing, and the neighbour is not touched") {
  SeededRandom random(2);
  auto counters = MemoryCounters::create(random).value();
  const auto limit = Limit::make(1, 1s, 1).value();
  CHECK(counters.take(key_of(1), limit, 1, at({})).allowed);
  for (int i = 0; i < 1000; ++i) CHECK_FALSE(counters.take(key_of(1), limit, 1, at(1ms * i)).allowed);
  CHECK(counters.take(key_of(1), limit, 1, at(1s)).allowed);
  CHECK(counters.take(key_of(2), limit, 1, at({})).allowed);
  CHECK(counters.take(key_of(1, Scope::key), limit, 1, at({})).allowed);
}

TEST_CASE("a cost of zero asks and takes nothing; a cost beyond the burst never passes") {
  SeededRandom random(3);
  auto counters = MemoryCounters::create(random).value();
  const auto limit = Limit::make(10, 1s, 5).value();
  for (int i = 0; i < 20; ++i) CHECK(counters.take(key_of(1), limit, 0, at({})).remaining == 5);
  const auto never = counters.take(key_of(1), limit, 6, at({}));
  CHECK_FALSE(never.allowed);
  CHECK(never.retry_after == Duration::max());
  CHECK_FALSE(counters.take(key_of(1), limit, 0xFFFFFFFF, at({})).allowed);
  CHECK(counters.take(key_of(1), limit, 5, at({})).allowed);
}

TEST_CASE("a limit of zero is refused, a default-made one lets nothing pass") {
  CHECK_FALSE(Limit::make(0, 1s, 1));
  CHECK_FALSE(Limit::make(1, 0s, 1));
  CHECK_FALSE(Limit::make(1, -1s, 1));
  CHECK_FALSE(Limit::make(1, 1s, 0));
  CHECK_FALSE(Limit::make(1, 24h * 365, 51));
  CHECK_FALSE(Limit::make(2'000'000'000, 1s, 1));
  CHECK(Limit::make(1'000'000'000, 1s, 0xFFFFFFFF));
  CHECK(Limit::make(1, 24h * 365, 50));
  SeededRandom random(4);
  auto counters = MemoryCounters::create(random).value();
  CHECK_FALSE(counters.take(key_of(1), Limit(), 1, at({})).allowed);
  CHECK_FALSE(counters.take(key_of(1), Limit(), 0, at({})).allowed);
}

TEST_CASE("the counter agrees with a plain token bucket on every answer") {
  for (std::uint64_t round = 0; round < 200; ++round) {
    SeededRandom random(round);
    auto counters = MemoryCounters::create(random).value();
    const auto limit = Limit::make(1 + draw(random, 1000), Duration(1'000'000 + static_cast<std::int64_t>(draw(random, 60'000'000'000))),
                                   static_cast<std::uint32_t>(1 + draw(random, 50)))
                           .value();
    const auto emission = static_cast<std::uint64_t>(limit.emission().count());
    NaiveBucket naive(emission, limit.burst());
    std::uint64_t now = 0;
    for (int step = 0; step < 300; ++step) {
      now += draw(random, emission * 3);
      const auto cost = static_cast<std::uint32_t>(1 + draw(random, std::min<std::uint64_t>(3, limit.burst())));
      const auto tally = counters.take(key_of(9), limit, cost, at(Duration(static_cast<std::int64_t>(now))));
      REQUIRE(tally.allowed == naive.take(now, cost));
      REQUIRE(tally.remaining == naive.whole());
      REQUIRE(tally.retry_after.count() == static_cast<std::int64_t>(tally.allowed ? 0 : naive.until(cost)));
      REQUIRE(tally.reset_after.count() == static_cast<std::int64_t>(naive.until_full()));
    }
  }
}

TEST_CASE("with delay, requests are held back to the rate and those that would wait too long are refused") {
  SeededRandom random(5);
  auto counters = MemoryCounters::create(random).value();
  const auto limit = Limit::make(10, 1s, 1, 250ms).value();
  CHECK(counters.take(key_of(1), limit, 1, at({})).wait == 0ms);
  CHECK(counters.take(key_of(1), limit, 1, at({})).wait == 100ms);
  CHECK(counters.take(key_of(1), limit, 1, at({})).wait == 200ms);
  const auto refused = counters.take(key_of(1), limit, 1, at({}));
  CHECK_FALSE(refused.allowed);
  CHECK(refused.retry_after == 300ms);
  CHECK_FALSE(counters.take(key_of(1), limit.without_wait(), 1, at(199ms)).allowed);
  CHECK(counters.take(key_of(1), limit.without_wait(), 1, at(300ms)).allowed);
}

TEST_CASE("threads together never get more than the burst and what the time gives") {
  SeededRandom random(6);
  auto counters = MemoryCounters::create(random).value();
  const auto limit = Limit::make(1000, 1s, 100).value();
  constexpr int threads = 4, steps = 20'000;
  std::atomic<int> allowed{0};
  std::vector<std::jthread> running;
  for (int t = 0; t < threads; ++t)
    running.emplace_back([&] {
      int mine = 0;
      for (int i = 0; i < steps; ++i) mine += counters.take(key_of(7), limit, 1, at(Duration(50'000) * i)).allowed;
      allowed += mine;
    });
  running.clear();
  CHECK(allowed <= 100 + 1000);  // a second's worth of time was handed in
  CHECK(allowed >= 100 + 999);   // and whoever asked last got the rest
}

TEST_CASE("threads that start many keys at once make one counter for each key") {
  SeededRandom random(7);
  auto counters = MemoryCounters::create(random, 1024).value();
  const auto limit = Limit::make(1, 1h, 3).value();
  constexpr std::uint64_t keys = 3000;  // more than there are cells: displaced keys inherit, they are not forgiven
  std::vector<std::atomic<int>> allowed(keys);
  std::vector<std::jthread> running;
  for (int t = 0; t < 4; ++t)
    running.emplace_back([&] {
      for (int round = 0; round < 4; ++round)
        for (std::uint64_t k = 0; k < keys; ++k) allowed[k] += counters.take(key_of(k), limit, 1, at({})).allowed;
    });
  running.clear();
  CHECK(std::ranges::all_of(allowed, [](const auto& count) { return count <= 3; }));
}

TEST_CASE("ten million distinct keys stay in the table's memory, and a customer of before keeps his limit") {
  SeededRandom random(8);
  auto counters = MemoryCounters::create(random, 4096).value();
  const auto limit = Limit::make(1, 1min, 5).value();
  const auto busy = key_of(1, Scope::key);
  for (int i = 0; i < 5; ++i) CHECK(counters.take(busy, limit, 1, at({})).allowed);
  for (std::uint64_t k = 0; k < 10'000'000; ++k) (void)counters.take(key_of(k), limit, 1, at({}));
  CHECK(counters.capacity() == 4096);
  CHECK(counters.busy(at({})) <= 4096);
  CHECK_FALSE(counters.take(busy, limit, 1, at({})).allowed);                // the flood did not forgive him
  CHECK_FALSE(counters.take(key_of(20'000'000), limit, 1, at({})).allowed);  // under attack a newcomer is limited, not let through
  CHECK(counters.take(key_of(20'000'000), limit, 1, at(10min)).allowed);     // and when it is over all is as before
  CHECK(counters.busy(at(10min)) == 1);
}

TEST_CASE("keys that fit do not disturb each other: no flood, no surprise") {
  SeededRandom random(9);
  auto counters = MemoryCounters::create(random, 64 * 1024).value();
  const auto limit = Limit::make(1, 1min, 2).value();
  int refused = 0;
  for (std::uint64_t k = 0; k < 10'000; ++k) refused += !counters.take(key_of(k), limit, 1, at({})).allowed;
  for (std::uint64_t k = 0; k < 10'000; ++k) refused += !counters.take(key_of(k), limit, 1, at({})).allowed;
  CHECK(refused == 0);
}

TEST_CASE("IPv6 counts by /64, IPv4 by address") {
  const auto who = [](std::string_view text) { return Who::of(http::Address::parse(text).value()); };
  CHECK(who("2001:db8::1") == who("2001:db8::ffff:2"));
  CHECK_FALSE(who("2001:db8::1") == who("2001:db8:0:1::1"));
  CHECK(who("192.0.2.1") == who("::ffff:192.0.2.1"));
  CHECK_FALSE(who("192.0.2.1") == who("192.0.2.2"));
  CHECK(who("192.0.2.7").as_address() == http::Address::parse("192.0.2.7").value().customer());
  CHECK(who("2001:db8::7").as_address() == http::Address::parse("2001:db8::7").value().customer());
}

TEST_CASE("names stand for themselves or their hash, and a subject belongs to its issuer") {
  SeededRandom random(10);
  const Naming naming(Seed::from(random));
  CHECK(naming.who("abcdefghijkl") == naming.who("abcdefghijkl"));
  CHECK_FALSE(naming.who("abcdefghijkl") == naming.who("abcdefghijkm"));
  CHECK_FALSE(naming.who("a subject longer than sixteen") == naming.who("a subject longer than sixteeN"));
  CHECK_FALSE(naming.subject("https://a.example", "bob") == naming.subject("https://b.example", "bob"));
  CHECK_FALSE(naming.subject("ab", "c") == naming.subject("a", "bc"));
}

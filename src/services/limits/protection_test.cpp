#include <doctest/doctest.h>

#include <charconv>
#include <cstring>
#include <thread>

#include "ground/http/structured_field.hpp"
#include "services/limits/failures.hpp"
#include "services/limits/memory_counters.hpp"
#include "services/limits/permits.hpp"
#include "services/limits/rate_limit_headers.hpp"

using namespace gatehouse;
using namespace gatehouse::limits;

namespace {

Ticks after(Duration since) { return Ticks(48h) + since; }
http::Address ip(std::string_view text) { return http::Address::parse(text).value(); }
CounterKey connections_of(std::uint64_t number) { return {number_of("connections"), Scope::address, {number, 0}, 0}; }

/// Counters, bans and a failure limit of three a minute.
struct Guard {
  SeededRandom random{1};
  MemoryCounters counters = MemoryCounters::create(random).value();
  std::unique_ptr<Bans> bans = Bans::create({.first = 1min, .longest = 10min, .entries = 1024}, random).value();
  Failures failures = Failures::create({.per_address = Limit::make(3, 1min, 3).value(),
                                        .per_key = Limit::make(5, 1min, 5).value(),
                                        .exempt = {http::AddressBlock::parse("198.51.100.0/24").value()}},
                                       counters, *bans)
                          .value();
};

}  // namespace

TEST_CASE("no more permits are held than are allowed, and each given back counts again") {
  SeededRandom random(1);
  auto permits = Permits::create(random).value();
  std::vector<Permit> held;
  for (int i = 0; i < 3; ++i) CHECK(held.emplace_back(permits.acquire(connections_of(1), 3)));
  CHECK_FALSE(permits.acquire(connections_of(1), 3));
  CHECK(permits.acquire(connections_of(2), 3));  // the neighbour
  held.pop_back();
  Permit again = permits.acquire(connections_of(1), 3);
  CHECK(again);
  CHECK_FALSE(permits.acquire(connections_of(1), 3));
  Permit moved = std::move(again);
  CHECK(permits.held(connections_of(1)) == 3);
  moved = Permit();
  CHECK(permits.held(connections_of(1)) == 2);
  CHECK_FALSE(permits.acquire(connections_of(9), 0));
}

TEST_CASE("threads together never hold more permits than allowed, and none is lost") {
  SeededRandom random(2);
  auto permits = Permits::create(random).value();
  constexpr std::uint64_t keys = 3;
  std::array<std::atomic<int>, keys> holding{};
  std::atomic<int> most{0}, granted{0};
  std::vector<std::jthread> running;
  for (int t = 0; t < 4; ++t)
    running.emplace_back([&, t] {
      for (int i = 0; i < 20'000; ++i) {
        const auto k = static_cast<std::uint64_t>(i + t) % keys;
        if (const auto permit = permits.acquire(connections_of(k), 2)) {
          const int now = ++holding[k];
          for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
          }
          ++granted;
          --holding[k];
        }
      }
    });
  running.clear();
  CHECK(most <= 2);
  CHECK(granted > 0);
  for (std::uint64_t k = 0; k < keys; ++k) CHECK(permits.held(connections_of(k)) == 0);
}

TEST_CASE("a table of permits that is full refuses newcomers and keeps its promises to the others") {
  SeededRandom random(3);
  auto permits = Permits::create(random, 1024).value();
  std::vector<Permit> held;
  int refused = 0;
  for (std::uint64_t k = 0; k < 4096; ++k) {
    if (auto permit = permits.acquire(connections_of(k), 1)) held.push_back(std::move(permit));
    else ++refused;
  }
  CHECK(held.size() <= 1024);
  CHECK(held.size() > 900);  // two buckets to choose from fill the table evenly
  CHECK(refused == 4096 - static_cast<int>(held.size()));
  held.clear();
  CHECK(permits.acquire(connections_of(5000), 1));
}

TEST_CASE("three failures a minute: the third one bans the address, which comes back when the ban is over") {
  Guard guard;
  const auto scanner = ip("203.0.113.9"), neighbour = ip("203.0.113.10");
  for (int i = 0; i < 2; ++i) CHECK_FALSE(guard.failures.note(404, scanner, nullptr, after({})));
  CHECK_FALSE(guard.bans->until(Suspect::address(scanner), after({})));
  const auto ban = guard.failures.note(404, scanner, nullptr, after({}));
  REQUIRE(ban);
  CHECK(ban->until == after(1min));
  CHECK(guard.bans->until(Suspect::address(scanner), after(59s)) == after(1min));
  CHECK_FALSE(guard.bans->until(Suspect::address(neighbour), after(1s)));
  CHECK_FALSE(guard.bans->until(Suspect::address(scanner), after(1min)));
}

TEST_CASE("answers that are no failures never ban") {
  Guard guard;
  const auto honest = ip("203.0.113.9");
  for (int i = 0; i < 1000; ++i)
    for (const http::Status status : {200, 201, 304, 402, 403, 409, 422, 429, 500, 503, 65535})
      CHECK_FALSE(guard.failures.note(status, honest, nullptr, after({})));
  CHECK_FALSE(guard.bans->until(Suspect::address(honest), after({})));
  CHECK_FALSE(Failures::create({.per_address = {}, .per_key = {}, .exempt = {}, .statuses = {200}}, guard.counters, *guard.bans));
}

TEST_CASE("a whole /64 is one suspect, and exempt addresses are none") {
  Guard guard;
  for (int i = 0; i < 4; ++i) (void)guard.failures.note(401, ip("2001:db8::" + std::to_string(i + 1)), nullptr, after({}));
  CHECK(guard.bans->until(Suspect::address(ip("2001:db8::77")), after({})));
  CHECK_FALSE(guard.bans->until(Suspect::address(ip("2001:db8:0:1::77")), after({})));
  for (int i = 0; i < 100; ++i) CHECK_FALSE(guard.failures.note(401, ip("198.51.100.7"), nullptr, after({})));
}

TEST_CASE("a key with too many failures is banned wherever it is used from") {
  Guard guard;
  const Who key{42, 7};
  for (int i = 0; i < 6; ++i) (void)guard.failures.note(400, ip("203.0.113." + std::to_string(i)), &key, after({}));
  CHECK(guard.bans->until(Suspect::key(key), after({})));
  CHECK_FALSE(guard.bans->until(Suspect::key({42, 8}), after({})));
  CHECK_FALSE(guard.bans->until(Suspect::address(ip("203.0.113.1")), after({})));
}

TEST_CASE("who goes on is banned for twice as long each time, up to the longest; who rests begins anew") {
  Guard guard;
  const auto suspect = Suspect::address(ip("203.0.113.9"));
  Ticks now = after({});
  for (const auto length : {1min, 2min, 4min, 8min, 10min, 10min}) {
    const auto ban = guard.bans->ban(suspect, now);
    REQUIRE(ban);
    CHECK(ban->until - now == length);
    now = ban->until;
  }
  now += 10min;
  CHECK(guard.bans->ban(suspect, now)->until - now == 1min);
}

TEST_CASE("bans are listed, longest first, and can be lifted") {
  Guard guard;
  (void)guard.bans->ban(Suspect::address(ip("203.0.113.1")), after({}));
  (void)guard.bans->ban(Suspect::address(ip("203.0.113.2")), after(10s));
  (void)guard.bans->ban(Suspect::key({1, 2}), after(20s));
  auto bans = guard.bans->list(after(30s));
  REQUIRE(bans.size() == 3);
  CHECK(guard.bans->count(after(30s)) == 3);
  CHECK(bans[0].suspect.who == Who{1, 2});
  CHECK(bans[1].suspect.who.as_address() == ip("203.0.113.2"));
  CHECK(guard.bans->lift(Suspect::address(ip("203.0.113.2")), after(30s)));
  CHECK_FALSE(guard.bans->lift(Suspect::address(ip("203.0.113.2")), after(30s)));
  CHECK_FALSE(guard.bans->until(Suspect::address(ip("203.0.113.2")), after(30s)));
  CHECK(guard.bans->list(after(30s)).size() == 2);
  CHECK(guard.bans->list(after(1h)).empty());
  CHECK(guard.bans->count(after(1h)) == 0);
}

TEST_CASE("whose ban is lifted has all failures before him again, each time, and nobody else is forgiven") {
  Guard guard;
  const auto lifted = ip("203.0.113.9"), neighbour = ip("203.0.113.10");
  const Who key{42, 7};
  (void)guard.failures.note(404, neighbour, nullptr, after({}));
  (void)guard.failures.note(404, neighbour, nullptr, after({}));
  for (int round = 0; round < 3; ++round) {  // on one tick: the counters forgive nothing by themselves
    for (int i = 0; i < 2; ++i) CHECK_FALSE(guard.failures.note(404, lifted, nullptr, after({})));
    const auto ban = guard.failures.note(404, lifted, nullptr, after({}));
    REQUIRE(ban);
    CHECK(ban->strikes == 1);
    REQUIRE(guard.bans->lift(Suspect::address(lifted), after({})));
  }
  CHECK(guard.failures.note(404, neighbour, nullptr, after({})));  // its third
  for (const auto* address : {"203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4"})
    CHECK_FALSE(guard.failures.note(404, ip(address), &key, after({})));
  CHECK(guard.failures.note(404, ip("203.0.113.5"), &key, after({})));
  REQUIRE(guard.bans->lift(Suspect::key(key), after({})));
  CHECK_FALSE(guard.failures.note(404, ip("203.0.113.6"), &key, after({})));
}

TEST_CASE("what a ban that ended by itself had counted is not forgiven by it") {
  Guard guard;
  const auto scanner = ip("203.0.113.9");
  for (int i = 0; i < 3; ++i) (void)guard.failures.note(404, scanner, nullptr, after({}));
  CHECK_FALSE(guard.bans->lift(Suspect::address(scanner), after(1min)));  // too late: not banned any more
  CHECK(guard.bans->amnesty(Suspect::address(scanner)) == 0);
}

TEST_CASE("bans are bounded: a flood of banned addresses forgets the ones that end first, and none is banned wrongly") {
  Guard guard;
  for (int i = 0; i < 20'000; ++i) (void)guard.bans->ban({Scope::address, {static_cast<std::uint64_t>(i), 1}}, after(1us * i));
  CHECK(guard.bans->list(after(1s)).size() <= 1024);
  for (int i = 0; i < 20'000; ++i) REQUIRE_FALSE(guard.bans->until({Scope::address, {static_cast<std::uint64_t>(i), 2}}, after(1s)));
  CHECK(guard.bans->until({Scope::address, {19'999, 1}}, after(1s)));
}

TEST_CASE("a ban holds from the call that makes it, also while other threads ban, ask and list; each is made once") {
  Guard guard;
  std::vector<std::jthread> running;
  std::atomic<bool> wrong{false};
  std::atomic<int> made{0};
  for (std::uint64_t t = 0; t < 2; ++t)
    running.emplace_back([&, t] {
      for (std::uint64_t i = 0; i < 40; ++i) {
        const Suspect own{Scope::address, {i, t}}, shared{Scope::address, {i, 7}};
        if (!guard.bans->ban(own, after({})) || !guard.bans->until(own, after({}))) wrong = true;
        made += guard.bans->ban(shared, after({})).has_value();
        if (!guard.bans->until(shared, after({}))) wrong = true;
      }
    });
  running.emplace_back([&] {
    for (std::uint64_t i = 0; i < 20'000; ++i)
      if (guard.bans->until({Scope::address, {i, 5}}, after({}))) wrong = true;
  });
  running.emplace_back([&] {
    for (int i = 0; i < 10; ++i) (void)guard.bans->list(after({}));
  });
  running.clear();
  CHECK_FALSE(wrong);
  CHECK(made == 40);
  CHECK(guard.bans->count(after({})) == 120);
}

TEST_CASE("who is over his own limit uses up nothing of what others share") {
  Guard guard;
  Delays delays(10);
  const auto rules = Rules::make({{"everyone", Scope::route, true, Limit::make(100, 1h, 10).value()},
                                  {"each", Scope::address, false, Limit::make(1, 1h, 2).value()}})
                         .value();
  CHECK(rules.all()[0].name == "each");
  Caller loud{ip("203.0.113.1"), nullptr, nullptr, nullptr, number_of("prices")};
  for (int i = 0; i < 50; ++i) {
    const auto judgement = rules.judge(guard.counters, delays, loud, 1, after({}));
    CHECK(judgement.allowed == (i < 2));
    if (i >= 2) CHECK(judgement.refused_by->name == "each");
  }
  for (int i = 0; i < 8; ++i)
    CHECK(
        rules
            .judge(guard.counters, delays, {ip("203.0.113." + std::to_string(100 + i)), nullptr, nullptr, nullptr, number_of("prices")}, 1, after({}))
            .allowed);
  const auto last = rules.judge(guard.counters, delays, {ip("203.0.113.200"), nullptr, nullptr, nullptr, number_of("prices")}, 1, after({}));
  CHECK_FALSE(last.allowed);
  CHECK(last.refused_by->name == "everyone");
  CHECK(rules.judge(guard.counters, delays, {ip("203.0.113.201"), nullptr, nullptr, nullptr, number_of("patients")}, 1, after({}))
            .allowed);  // another route
}

TEST_CASE("a rule for keys does not touch a request without one, and counts each key for itself") {
  Guard guard;
  Delays delays(10);
  const auto rules = Rules::make({{"per-key", Scope::key, false, Limit::make(1, 1h, 1).value()}}).value();
  const Who first{1, 1}, second{2, 2};
  for (int i = 0; i < 5; ++i) CHECK(rules.judge(guard.counters, delays, {ip("203.0.113.1"), nullptr, nullptr, nullptr, 1}, 1, after({})).allowed);
  CHECK(rules.judge(guard.counters, delays, {ip("203.0.113.1"), &first, nullptr, nullptr, 1}, 1, after({})).allowed);
  CHECK_FALSE(rules.judge(guard.counters, delays, {ip("203.0.113.2"), &first, nullptr, nullptr, 1}, 1, after({})).allowed);
  CHECK(rules.judge(guard.counters, delays, {ip("203.0.113.1"), &second, nullptr, nullptr, 1}, 1, after({})).allowed);
}

TEST_CASE("waiting requests hold one of the places, and without a place they are refused and have taken nothing") {
  Guard guard;
  Delays delays(1);
  const auto rules = Rules::make({{"slow", Scope::address, false, Limit::make(10, 1s, 1, 10s).value()}}).value();
  const Caller caller{ip("203.0.113.1"), nullptr, nullptr, nullptr, 0};
  CHECK(rules.judge(guard.counters, delays, caller, 1, after({})).wait == 0ns);
  CHECK(delays.waiting() == 0);
  {
    const auto waiting = rules.judge(guard.counters, delays, caller, 1, after({}));
    CHECK(waiting.allowed);
    CHECK(waiting.wait == 100ms);
    CHECK(delays.waiting() == 1);
    CHECK_FALSE(rules.judge(guard.counters, delays, caller, 1, after({})).allowed);
  }
  CHECK(delays.waiting() == 0);
  CHECK(rules.judge(guard.counters, delays, caller, 1, after({})).wait == 200ms);
}

TEST_CASE("one rule more is asked of what the others allow: the longest wait holds, in one place, and a refusal gives the place back") {
  Guard guard;
  Delays delays(1);
  const auto rules = Rules::make({{"slow", Scope::key, false, Limit::make(10, 1s, 1, 10s).value()}}).value();
  const Rule slower{"slower", Scope::key, false, Limit::make(1, 1s, 1, 1s).value()};
  const Who who{1, 2};
  const CounterKey counter{number_of("slower"), Scope::key, who, 0};
  const auto judge = [&] {
    auto judgement = rules.judge(guard.counters, delays, {ip("203.0.113.1"), &who, nullptr, nullptr, 0}, 1, after({}));
    if (judgement.allowed) judgement.ask(guard.counters, delays, slower, counter, 1, after({}));
    return judgement;
  };
  CHECK(judge().wait == 0ns);
  {
    const auto waiting = judge();
    CHECK(waiting.allowed);
    CHECK(waiting.wait == 1s);
    CHECK(waiting.all().size() == 2);
    CHECK(delays.waiting() == 1);
  }
  const auto refused = judge();
  CHECK_FALSE(refused.allowed);
  CHECK(refused.refused_by == &slower);
  CHECK(refused.retry_after == 2s);
  CHECK(refused.wait == 0ns);
  CHECK(delays.waiting() == 0);
}

TEST_CASE("rules with bad names, twice the same name, no limit, or too many are refused") {
  const auto limit = Limit::make(1, 1s, 1).value();
  CHECK_FALSE(Rules::make({{"", Scope::key, false, limit}}));
  CHECK_FALSE(Rules::make({{"a\"b", Scope::key, false, limit}}));
  CHECK_FALSE(Rules::make({{"a", Scope::key, false, limit}, {"a", Scope::address, false, limit}}));
  CHECK_FALSE(Rules::make({{"a", Scope::key, false, Limit()}}));
  std::vector<Rule> many;
  for (int i = 0; i < 9; ++i) many.push_back({"r" + std::to_string(i), Scope::key, false, limit});
  CHECK_FALSE(Rules::make(many));
  many.pop_back();
  CHECK(Rules::make(many));
}

TEST_CASE("the fields tell the quota, what is left, and for how long it must do") {
  const Rule per_minute{"per-minute", Scope::key, false, Limit::make(100, 1min, 100).value()};
  const Rule bursty{"bursty", Scope::key, false, Limit::make(100, 1min, 20).value()};
  const Rule odd{"odd", Scope::key, false, Limit::make(7, 1s, 7).value()};
  const Rule fast{"fast", Scope::key, false, Limit::make(1000, 1s, 20).value()};
  Tally tally;
  tally.allowed = true;
  tally.remaining = 37;
  const std::array readings{Reading{&per_minute, tally},
                            Reading{&bursty, {.allowed = false, .remaining = 0, .retry_after = 450ms, .reset_after = 12s}}};
  std::array<char, rate_limit_bytes_max> buffer;
  CHECK(rate_limit(readings, buffer) == R"("per-minute";r=37;t=23, "bursty";r=0;t=1)");
  CHECK(rate_limit_policy(readings, buffer) == R"("per-minute";q=100;w=60, "bursty";q=20;w=12)");
  const std::array others{Reading{&odd, tally}, Reading{&fast, tally}};
  CHECK(rate_limit_policy(others, buffer) == R"("odd";q=7;w=1, "fast";q=1000;w=1)");
  CHECK(rate_limit({}, buffer).empty());
}

TEST_CASE("a quota is told first, with what is left of it and of its time, and is the nearest when no rate lets fewer requests pass") {
  char buffer[rate_limit_bytes_max];
  const QuotaReading quota{.name = "quota-day", .quota = 1000, .window_seconds = 86400, .left = 1h, .remaining = 7};
  CHECK(rate_limit({}, buffer, &quota) == R"("quota-day";r=7;t=3600)");
  CHECK(rate_limit_policy({}, buffer, &quota) == R"("quota-day";q=1000;w=86400)");
  CHECK(is_nearest(quota, {}));
  const Rule rule{"plan", Scope::key, false, Limit::make(10, 1s, 20).value(), "plans.free.rate"};
  const auto with = [&](std::uint32_t remaining) {
    const std::vector<Reading> readings{{&rule, {.allowed = true, .remaining = 19}}, {&rule, {.allowed = true, .remaining = remaining}}};
    return is_nearest(quota, readings);
  };
  CHECK(with(8));
  CHECK(with(7));
  CHECK_FALSE(with(6));
}

TEST_CASE("the fields are the structured lists (RFC 9651) that the serialiser would write, whatever the limits and counts are") {
  namespace structured = http::structured;
  SeededRandom random(9651);
  const auto below = [&random](std::uint64_t bound) {
    std::array<std::uint8_t, 8> bytes;
    random.fill(bytes);
    std::uint64_t number = 0;
    std::memcpy(&number, bytes.data(), sizeof number);
    return number % bound;
  };
  const auto told_seconds = [](Duration time) {
    std::array<char, retry_after_bytes_max> buffer;
    std::int64_t seconds = 0;
    const auto text = retry_after(time, buffer);
    std::from_chars(text.data(), text.data() + text.size(), seconds);
    return seconds;
  };
  const auto member = [](const Rule& rule, const char* first, std::int64_t first_value, const char* second, std::int64_t second_value) {
    return structured::Item{structured::String{rule.name}, {{first, first_value}, {second, second_value}}};
  };
  constexpr std::string_view name_characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  std::size_t judged = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<Rule> rules;
    for (std::size_t i = below(Judgement::readings_max) + 1; i > 0; --i) {
      std::string name(below(64) + 1, 'a');
      for (char& c : name) c = name_characters[below(name_characters.size())];
      const auto limit =
          Limit::make(below(1ULL << below(40)) + 1, Duration(1s) * (below(86'400) + 1), static_cast<std::uint32_t>(below(1ULL << 32U)));
      if (limit) rules.push_back({std::move(name), Scope::key, false, *limit});  // the others cannot be configured
    }
    std::vector<Reading> readings;
    structured::List left, policy;
    for (const auto& rule : rules) {
      Tally tally;
      tally.remaining = below(2) == 0 ? 0 : static_cast<std::uint32_t>(below(rule.limit.burst() + 1ULL));
      tally.allowed = tally.remaining > 0;
      tally.retry_after = tally.allowed ? Duration{} : below(8) == 0 ? Duration::max() : Duration(static_cast<std::int64_t>(below(1ULL << 62U)) + 1);
      readings.push_back({&rule, tally});
      const auto time = tally.allowed ? rule.limit.emission() * tally.remaining : tally.retry_after;
      left.emplace_back(member(rule, "r", tally.remaining, "t", told_seconds(time)));
      policy.emplace_back(member(rule, "q", static_cast<std::int64_t>(rule.limit.quota()), "w", rule.limit.window_seconds()));
    }
    std::array<char, rate_limit_bytes_max> buffer;
    const auto left_text = std::string(rate_limit(readings, buffer)), policy_text = std::string(rate_limit_policy(readings, buffer));
    REQUIRE(left_text == structured::serialise(left).value());
    REQUIRE(policy_text == structured::serialise(policy).value());
    REQUIRE(structured::parse_list(left_text).value() == left);
    REQUIRE(structured::parse_list(policy_text).value() == policy);
    judged += readings.size();
  }
  CHECK(judged > 3000);
}

TEST_CASE("the time until a request passes again: none while some are left, else until the next one is paid off") {
  Guard guard;
  const Rule rule{"two", Scope::key, false, Limit::make(1, 10s, 2).value()};
  const CounterKey key{number_of("two"), Scope::key, {1, 1}, 0};
  const auto take = [&](Duration at) { return Reading{&rule, guard.counters.take(key, rule.limit, 1, after(at))}; };
  CHECK(until_next(take(0s)) == 0s);
  CHECK(until_next(take(0s)) == 10s);  // the last one that was left
  CHECK(until_next(take(4s)) == 6s);   // refused
  CHECK(until_next(take(10s)) == 10s);
}

TEST_CASE("a buffer that is too small gets whole members only") {
  const Rule rule{"per-minute", Scope::key, false, Limit::make(100, 1min, 100).value()};
  const std::array readings{Reading{&rule, {.allowed = true, .remaining = 1}}, Reading{&rule, {.allowed = true, .remaining = 2}}};
  std::array<char, 64> buffer;
  CHECK(rate_limit(readings, std::span(buffer).first(30)) == R"("per-minute";r=1;t=1)");
  for (std::size_t size = 0; size < 20; ++size) CHECK(rate_limit(readings, std::span(buffer).first(size)).empty());
}

TEST_CASE("Retry-After is rounded up and is never earlier than the effective window ends") {
  std::array<char, 16> buffer;
  CHECK(retry_after(1ns, buffer) == "1");
  CHECK(retry_after(1s, buffer) == "1");
  CHECK(retry_after(1s + 1ns, buffer) == "2");
  CHECK(retry_after(Duration::max(), buffer) == "31536000");
  CHECK(retry_after(0s, buffer) == "1");
  CHECK(retry_after(1s, std::span<char>()).empty());
}

TEST_CASE("a client that spreads what is left over the time it is told is never refused") {
  Guard guard;
  const auto limit = Limit::make(100, 1min, 20).value();
  const CounterKey key{number_of("paced"), Scope::key, {1, 1}, 0};
  Ticks now = after({});
  auto tally = guard.counters.take(key, limit, 15, now);
  while (tally.remaining > 0 && now < after(10min)) {
    const Duration window = std::chrono::ceil<std::chrono::seconds>(limit.emission() * tally.remaining), step = window / tally.remaining;
    now += step;
    tally = guard.counters.take(key, limit, 1, now);
    REQUIRE(tally.allowed);
  }
  CHECK(now >= after(10min));
}

// What limits and audit cost for one request, in nanoseconds of one thread: the median of some rounds, and the best. Machines differ and
// are shared: the figures are for comparing one change with the one before.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "ground/base/testing.hpp"
#include "ground/base/text.hpp"
#include "services/audit/audit.hpp"
#include "services/audit/json_line.hpp"
#include "services/limits/failures.hpp"
#include "services/limits/memory_counters.hpp"
#include "services/limits/permits.hpp"
#include "services/limits/rate_limit_headers.hpp"

using namespace gatehouse;

namespace {

int rounds = 15;

template <class Value>
void keep(const Value& value) {
  asm volatile("" ::"r"(&value) : "memory");
}

/// Runs `once` a number of times and prints the time of one.
template <class Once>
void measure(const char* what, std::size_t times, Once once) {
  std::vector<double> results;
  for (int round = 0; round < rounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < times; ++i) once(i);
    results.push_back(std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() / static_cast<double>(times));
  }
  std::ranges::sort(results);
  std::printf("%-62s %9.1f ns   (best %.1f)\n", what, results[results.size() / 2], results.front());
}

limits::CounterKey key_number(std::uint64_t number) { return {limits::number_of("bench"), limits::Scope::address, {number, 0}, 0}; }

void bench_limits() {
  using namespace limits;
  SystemRandom random;
  auto counters = MemoryCounters::create(random).value();
  auto permits = Permits::create(random).value();
  auto bans = Bans::create({}, random).value();
  const auto limit = Limit::make(1'000'000'000, 1s, 1'000'000).value(), tight = Limit::make(1, 1h, 1).value();
  Ticks now(1h);
  constexpr std::size_t million = 1'000'000;
  measure("take, one key", million, [&](std::size_t) { keep(counters.take(key_number(1), limit, 1, now += 1us)); });
  measure("take, 1,000 keys", million, [&](std::size_t i) { keep(counters.take(key_number(i % 1000), limit, 1, now += 1us)); });
  measure("take, 100,000 keys (cache misses)", million,
          [&](std::size_t i) { keep(counters.take(key_number(i * 7919 % 100'000), limit, 1, now += 1us)); });
  measure("take, refused", million, [&](std::size_t) { keep(counters.take(key_number(5), tight, 1, now)); });
  measure("take, a flood of new keys", million, [&](std::size_t i) { keep(counters.take(key_number(1'000'000 + i), tight, 1, now)); });
  measure("permit, acquire and release", million, [&](std::size_t i) { keep(permits.acquire(key_number(i % 1000), 10)); });
  const auto address = http::Address::parse("203.0.113.9").value(), other = http::Address::parse("203.0.113.10").value();
  measure("ban asked for, nobody banned", million, [&](std::size_t) { keep(bans->until(Suspect::address(address), now)); });
  (void)bans->ban(Suspect::address(other), now);
  measure("ban asked for, somebody banned", million, [&](std::size_t) { keep(bans->until(Suspect::address(address), now)); });

  const auto rules = Rules::make({{"per-address", Scope::address, false, limit}, {"per-key", Scope::key, false, limit}}).value();
  Delays delays(100);
  const Who key{1, 2};
  measure("judge, two rules", million,
          [&](std::size_t) { keep(rules.judge(counters, delays, {address, &key, nullptr, nullptr, 1}, 1, now += 1us)); });
  std::array<char, rate_limit_bytes_max> buffer;
  const auto judgement = rules.judge(counters, delays, {address, &key, nullptr, nullptr, 1}, 1, now);
  measure("RateLimit and RateLimit-Policy, two rules", million, [&](std::size_t) {
    keep(rate_limit(judgement.all(), buffer));
    keep(rate_limit_policy(judgement.all(), buffer));
  });
  std::vector<std::jthread> threads;
  const auto start = std::chrono::steady_clock::now();
  for (int t = 0; t < 2; ++t)
    threads.emplace_back([&] {
      for (std::size_t i = 0; i < million; ++i) keep(counters.take(key_number(9), limit, 1, Ticks(2h) + 1us * i));
    });
  threads.clear();
  std::printf("%-62s %9.1f ns\n", "take, two threads on one key, of each thread's time",
              std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() / million);
}

audit::Record typical_record(bool refused) {
  audit::Record record;
  record.time = Instant{1'769'850'000'123'456us};
  record.outcome = refused ? audit::Outcome::refused : audit::Outcome::passed;
  record.status = refused ? 401 : 200;
  if (refused) {
    record.problem = http::ProblemKind::credential_missing;
    record.stage = "authenticate";
    record.rule = "routes.patients.accept";
    record.facts = "no X-Api-Key, no Authorization; accepted: key, jwt";
  } else {
    record.key_id = "A1b2C3d4E5f6";
  }
  record.route = "patients";
  record.method = "GET";
  record.host = "api.example";
  record.path = "/patients/4711/appointments";
  record.query = "from=2026-01-01&to=2026-02-01";
  record.user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
  record.client = *http::Address::parse("203.0.113.9");
  record.total = 1234567ns;
  record.upstream = 987654ns;
  record.bytes_out = 1234;
  return record;
}

void bench_audit(const std::string& folder) {
  using namespace audit;
  SystemRandom random;
  const SystemClock clock;
  constexpr std::size_t million = 1'000'000, some = 200'000;
  DecisionIds ids(1, random);
  measure("decision id, made", million, [&](std::size_t i) { keep(ids.next(Instant{1'769'850'000s} + 1us * i)); });
  const auto id = ids.next(Instant{1'769'850'000s});
  measure("decision id, printed", million, [&](std::size_t) { keep(id.print()); });
  Spans spans(random);
  measure("traceparent, read, a child made, printed", million,
          [&](std::size_t) { keep(spans.child(*Trace::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")).print()); });
  const auto refused = typical_record(true), passed = typical_record(false);
  std::array<char, line_bytes_max> room;
  std::printf("%-62s %9zu bytes\n", "an audit line", write_line(refused, room));
  measure("audit line, formatted", some, [&](std::size_t) { keep(write_line(refused, room)); });

  auto decisions = Decisions::open(folder + "/decisions-bench", 100'000).value();
  for (int i = 0; i < 100'000; ++i) decisions.record(passed);  // touch all pages once
  measure("decision recorded, a pass", some, [&](std::size_t) { decisions.record(passed); });
  measure("decision recorded, a refusal", some, [&](std::size_t) { decisions.record(refused); });
  auto metrics = Metrics::create(1).value();
  measure("metrics of one request", million, [&](std::size_t) { metrics->count(0, passed); });
  measure("decision looked for in 100,000 and not found", 5, [&](std::size_t) { keep(decisions.find({1, 1})); });

  Audit::Setup setup;
  setup.log.file.path = folder + "/audit.jsonl";
  setup.log.ring_bytes = 4 * 1024 * 1024;
  setup.decisions_path = folder + "/decisions";
  auto all = Audit::start(setup, clock, random).value();
  for (int i = 0; i < 100'000; ++i) all->finish(0, passed);
  measure("finish, a pass (metrics, decision)", some, [&](std::size_t) { all->finish(0, passed); });
  measure("finish, a refusal (and a line; the writer has the other core)", some, [&](std::size_t) { all->finish(0, refused); });
  std::printf("%-62s %9llu of %d lines\n", "dropped at full speed of one thread", static_cast<unsigned long long>(all->log().counts().dropped),
              rounds * static_cast<int>(some));
  (void)all->log().stop(10s);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) rounds = std::clamp(std::atoi(argv[1]), 1, 1000);
  bench_limits();
  const testing::TemporaryFolder folder;
  bench_audit(folder.path());
}

#include <doctest/doctest.h>

#include <thread>
#include <vector>

#include "services/keys/key_live.hpp"

using namespace gatehouse;
using namespace gatehouse::keys;

namespace {
constexpr Instant at(int year, unsigned month, unsigned day, Duration time = Duration(0)) {
  return std::chrono::sys_days(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day)) + time;
}
}  // namespace

TEST_CASE("days and months are those of the UTC calendar") {
  CHECK(day_number(at(1970, 1, 1)) == 0);
  CHECK(day_number(at(1970, 1, 2) - 1ns) == 0);
  CHECK(day_number(at(1970, 1, 2)) == 1);
  CHECK(month_number(at(1970, 1, 31)) == 0);
  CHECK(month_number(at(2024, 2, 29, 23h)) == 54 * 12 + 1);
  CHECK(month_number(at(2024, 3, 1)) == 54 * 12 + 2);
  CHECK(next_day(at(2024, 2, 28, 1h)) == at(2024, 2, 29));
  CHECK(next_month(at(2024, 12, 31, 23h)) == at(2025, 1, 1));
  CHECK(next_month(at(2024, 2, 1)) == at(2024, 3, 1));
}

TEST_CASE("a daily quota ends with its last request and begins anew at midnight") {
  KeyLive live;
  const QuotaOptions quota{.day = 3, .month = std::nullopt};
  const auto noon = at(2025, 6, 30, 12h);
  for (int i = 0; i < 3; ++i) CHECK(live.take(quota, noon) == QuotaVerdict::taken);
  CHECK(live.take(quota, noon) == QuotaVerdict::day_used_up);
  CHECK(live.left(quota, noon).day == 0);
  CHECK_FALSE(live.left(quota, noon).month.has_value());
  CHECK(live.take(quota, at(2025, 7, 1) - 1ns) == QuotaVerdict::day_used_up);
  CHECK(live.left(quota, at(2025, 7, 1)).day == 3);
  CHECK(live.take(quota, at(2025, 7, 1)) == QuotaVerdict::taken);
  CHECK(live.left(quota, at(2025, 7, 1)).day == 2);
}

TEST_CASE("a monthly quota spans days, and a request that it refuses costs nothing of the day") {
  KeyLive live;
  const QuotaOptions quota{.day = 2, .month = 3};
  CHECK(live.take(quota, at(2025, 6, 1)) == QuotaVerdict::taken);
  CHECK(live.take(quota, at(2025, 6, 1)) == QuotaVerdict::taken);
  CHECK(live.take(quota, at(2025, 6, 1)) == QuotaVerdict::day_used_up);
  CHECK(live.take(quota, at(2025, 6, 2)) == QuotaVerdict::taken);
  CHECK(live.take(quota, at(2025, 6, 3)) == QuotaVerdict::month_used_up);
  CHECK(live.left(quota, at(2025, 6, 3)).day == 2);
  CHECK(live.left(quota, at(2025, 6, 3)).month == 0);
  CHECK(live.take(quota, at(2025, 7, 1)) == QuotaVerdict::taken);
}

TEST_CASE("what was used before the quota was set counts, and so does what the store remembers") {
  KeyLive live;
  const auto now = at(2025, 6, 1);
  CHECK(live.take({}, now) == QuotaVerdict::taken);
  live.day.restore(day_number(now), 5);
  CHECK(live.left({.day = 10, .month = {}}, now).day == 4);
  live.month.restore(month_number(now), 100);
  CHECK(live.take({.day = {}, .month = 50}, now) == QuotaVerdict::month_used_up);
}

TEST_CASE("a thread whose clock still stands before midnight does not set the count back") {
  PeriodCount count;
  CHECK(count.take(101, 2));
  CHECK(count.take(100, 2));
  CHECK_FALSE(count.take(101, 2));
  CHECK_FALSE(count.take(100, 2));
  CHECK(count.take(102, 2));
  CHECK(count.take(50, 2));  // a clock that was far ahead and is put right begins anew
  CHECK(count.count(50) == 1);
}

TEST_CASE("threads together never get more than the quota") {
  KeyLive live;
  const QuotaOptions quota{.day = 1000, .month = 700};
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 500; ++n)
        if (live.take(quota, at(2025, 6, 1)) == QuotaVerdict::taken) ++taken;
    });
  for (auto& thread : threads) thread.join();
  CHECK(taken == 700);
  CHECK(live.left(quota, at(2025, 6, 1)).day == 300);
}

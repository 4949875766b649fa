#include "services/keys/key_live.hpp"

#include <algorithm>

namespace gatehouse::keys {

namespace {
constexpr unsigned count_bits = 40;
constexpr std::uint64_t pack(std::uint32_t period, std::uint64_t count) noexcept { return std::uint64_t{period} << count_bits | count; }
constexpr std::uint32_t period_of(std::uint64_t word) noexcept { return static_cast<std::uint32_t>(word >> count_bits); }

/// Threads look at the clock at slightly different times: one that still stands before midnight counts into the period that another
/// has begun, instead of setting it back. Any other difference (a clock put right) begins the count anew.
constexpr std::uint32_t counted_in(std::uint64_t word, std::uint32_t period) noexcept { return period_of(word) == period + 1 ? period + 1 : period; }
constexpr std::uint64_t count_in(std::uint64_t word, std::uint32_t period) noexcept {
  return period_of(word) == period ? word & PeriodCount::count_max : 0;
}
}  // namespace

bool PeriodCount::take(std::uint32_t period, std::uint64_t limit) noexcept {
  auto word = word_.load(std::memory_order_relaxed);
  for (;;) {
    const auto in = counted_in(word, period);
    const auto so_far = count_in(word, in);
    if (so_far >= limit || so_far == count_max) return false;
    if (word_.compare_exchange_weak(word, pack(in, so_far + 1), std::memory_order_relaxed)) return true;
  }
}

void PeriodCount::give_back(std::uint32_t period) noexcept {
  auto word = word_.load(std::memory_order_relaxed);
  for (;;) {
    const auto in = counted_in(word, period);
    const auto so_far = count_in(word, in);
    if (so_far == 0) return;
    if (word_.compare_exchange_weak(word, pack(in, so_far - 1), std::memory_order_relaxed)) return;
  }
}

std::uint64_t PeriodCount::count(std::uint32_t period) const noexcept {
  const auto word = word_.load(std::memory_order_relaxed);
  return count_in(word, counted_in(word, period));
}

void PeriodCount::restore(std::uint32_t period, std::uint64_t count) noexcept {
  auto word = word_.load(std::memory_order_relaxed);
  while (!word_.compare_exchange_weak(word, pack(period, std::min(count_max, count_in(word, period) + count)), std::memory_order_relaxed)) {
  }
}

QuotaVerdict KeyLive::take(const QuotaOptions& quota, Instant now) noexcept {
  const auto today = day_number(now);
  // Counted without a quota too: a quota set later begins with what was used already.
  if (!day.take(today, quota.day.value_or(PeriodCount::count_max))) return QuotaVerdict::day_used_up;
  if (month.take(month_number(now), quota.month.value_or(PeriodCount::count_max))) return QuotaVerdict::taken;
  day.give_back(today);
  return QuotaVerdict::month_used_up;
}

void KeyLive::give_back(Instant taken, Instant now) noexcept {
  if (const auto today = day_number(now); day_number(taken) == today) day.give_back(today);
  if (const auto this_month = month_number(now); month_number(taken) == this_month) month.give_back(this_month);
}

QuotaLeft KeyLive::left(const QuotaOptions& quota, Instant now) const noexcept {
  const auto rest = [](std::optional<std::uint64_t> limit, std::uint64_t used) -> std::optional<std::uint64_t> {
    if (!limit) return std::nullopt;
    return *limit > used ? *limit - used : 0;
  };
  return {rest(quota.day, day.count(day_number(now))), rest(quota.month, month.count(month_number(now)))};
}

std::uint32_t day_number(Instant instant) noexcept {
  return static_cast<std::uint32_t>(std::chrono::floor<std::chrono::days>(instant).time_since_epoch().count());
}

std::uint32_t month_number(Instant instant) noexcept {
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(instant));
  return static_cast<std::uint32_t>((static_cast<int>(date.year()) - 1970) * 12 + static_cast<int>(static_cast<unsigned>(date.month())) - 1);
}

Instant next_day(Instant now) noexcept { return std::chrono::floor<std::chrono::days>(now) + std::chrono::days(1); }

Instant next_month(Instant now) noexcept {
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(now));
  const auto next = std::chrono::year_month(date.year(), date.month()) + std::chrono::months(1);
  return std::chrono::sys_days(next / std::chrono::day(1));
}

}  // namespace gatehouse::keys

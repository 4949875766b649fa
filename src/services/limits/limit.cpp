#include "services/limits/limit.hpp"

#include <algorithm>

namespace gatehouse::limits {

namespace {
// Sums of a clock's reading, an inherited backlog, a tolerance and a wait stay far below 2^63 nanoseconds (292 years).
__extension__ typedef unsigned __int128 Wide;
constexpr Duration backlog_max = std::chrono::hours(24 * 365 * 50);
}  // namespace

Result<Limit> Limit::make(std::uint64_t rate, Duration period, std::uint32_t burst, Duration wait_max) {
  if (rate == 0) return fail(Fault::invalid, "a limit of zero requests would refuse everybody: leave the route out instead");
  if (burst == 0) return fail(Fault::invalid, "a burst of zero would refuse everybody: the least is 1");
  if (period <= Duration::zero() || period > backlog_max) return fail(Fault::invalid, "the period of a limit must be positive and at most 50 years");
  if (wait_max < Duration::zero() || wait_max > 1h) return fail(Fault::invalid, "a request can be made to wait between no time and one hour");
  const auto nanoseconds = static_cast<std::uint64_t>(period.count());
  if (rate > nanoseconds) return fail(Fault::invalid, "a limit of more than one request each nanosecond is none");
  Limit limit;
  limit.emission_ = Duration(static_cast<std::int64_t>(nanoseconds / rate + (nanoseconds % rate != 0)));
  if (limit.emission_ > backlog_max / burst)
    return fail(Fault::invalid, "the burst would take more than 50 years to come back: lower it or raise the rate");
  limit.burst_ = burst;
  limit.tolerance_ = limit.emission_ * burst;
  limit.wait_max_ = wait_max;
  // From the rate as given, not from the rounded interval: 7 a second is told as 7 in 1, not as 13 in 2.
  const Wide second = 1'000'000'000, all = Wide{burst} * nanoseconds;
  limit.window_seconds_ = static_cast<std::uint32_t>((all + rate * second - 1) / (rate * second));
  limit.quota_ = static_cast<std::uint64_t>(limit.window_seconds_ * second * rate / nanoseconds);
  return limit;
}

Limit Limit::without_wait() const noexcept {
  Limit limit = *this;
  limit.wait_max_ = {};
  return limit;
}

Arrival arrive(const Limit& limit, std::uint64_t tat, std::uint32_t cost, std::uint64_t now) noexcept {
  const auto emission = static_cast<std::uint64_t>(limit.emission().count()), tolerance = static_cast<std::uint64_t>(limit.tolerance().count());
  const std::uint64_t debt = tat > now ? tat - now : 0;  // before this request
  const auto settle = [&](Tally& tally, std::uint64_t backlog) {
    tally.remaining = backlog >= tolerance || emission == 0 ? 0 : static_cast<std::uint32_t>((tolerance - backlog) / emission);
    tally.reset_after = Duration(static_cast<std::int64_t>(backlog));
  };
  Arrival arrival;
  if (cost > limit.burst()) {  // cannot pass at any time; and cost * emission could overflow
    settle(arrival.tally, debt);
    arrival.tally.retry_after = Duration::max();
    return arrival;
  }
  const std::uint64_t backlog = debt + cost * emission;
  const std::uint64_t beyond = backlog > tolerance ? backlog - tolerance : 0;
  if (beyond > static_cast<std::uint64_t>(limit.wait_max().count())) {
    settle(arrival.tally, debt);
    arrival.tally.retry_after = Duration(static_cast<std::int64_t>(beyond));
    return arrival;
  }
  settle(arrival.tally, backlog);
  arrival.tally.allowed = limit.burst() != 0;
  arrival.tally.wait = Duration(static_cast<std::int64_t>(beyond));
  arrival.tat = now + backlog;
  return arrival;
}

}  // namespace gatehouse::limits

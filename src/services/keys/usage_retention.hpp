// How long the store remembers usage: rows of days long gone are dropped, or the table would grow for ever.
#pragma once
#include <optional>

#include "ground/base/clock_trust.hpp"
#include "services/keys/usage_table.hpp"

namespace gatehouse::keys {

class UsageRetention {
 public:
  /// Rows that one call drops: the store's only writer is not held for long by the end of a busy day.
  static constexpr std::int64_t rows_at_once = 5000;

  /// `store` outlives this.
  explicit UsageRetention(store::Store& store) noexcept : store_(store) {}

  /// How much later than the last two days that were counted a first call may come and be believed at once.
  static constexpr std::uint32_t plausible_days = 31;

  /// Drops rows of days that ended more than `kept` (whole days) before the day of `now` (UTC) began. To be called again and again, by one thread:
  /// it reads nothing until the next day comes or less is to be kept. A wall clock that jumped forward, or stands far beyond all that was counted when
  /// the first call comes, drops nothing for a day (ClockTrust).
  Result<> tend(Instant now, Ticks ticks, Duration kept);
  /// Whether the last tend() kept everything because of the clock.
  [[nodiscard]] bool waits() const noexcept { return waits_; }

 private:
  [[nodiscard]] Result<bool> plausible(std::uint32_t today) const;
  store::Store& store_;
  std::optional<ClockTrust> trust_;
  std::optional<std::uint32_t> clean_before_;  // no row of an earlier day is left
  bool waits_ = false;
};

}  // namespace gatehouse::keys

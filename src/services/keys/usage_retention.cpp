#include "services/keys/usage_retention.hpp"

#include <algorithm>

#include "services/keys/key_live.hpp"

namespace gatehouse::keys {

/// The last two days before today, and not the last alone: one midnight may have passed by a clock that is wrong since yesterday.
Result<bool> UsageRetention::plausible(std::uint32_t today) const {
  auto before = today;
  for (int i = 0; i < 2; ++i) {
    const auto day = TRY(last_usage_day(store_, before));
    if (!day) return true;  // nothing to lose
    if (today - *day > plausible_days) return false;
    before = *day;
  }
  return true;
}

Result<> UsageRetention::tend(Instant now, Ticks ticks, Duration kept) {
  const auto today = std::int64_t{day_number(now)};
  if (!trust_) trust_.emplace(TRY(plausible(static_cast<std::uint32_t>(today))));
  waits_ = !trust_->believes(now, ticks);
  if (waits_) return {};
  const auto first_kept = static_cast<std::uint32_t>(std::max<std::int64_t>(0, today - std::chrono::floor<std::chrono::days>(kept).count()));
  if (clean_before_ && first_kept <= *clean_before_) return {};
  const bool more = TRY(drop_usage_before(store_, first_kept, rows_at_once));
  if (!more) clean_before_ = first_kept;
  return {};
}

}  // namespace gatehouse::keys

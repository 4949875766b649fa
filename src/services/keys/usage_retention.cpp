#include "services/keys/usage_retention.hpp"

#include <algorithm>

#include "services/keys/key_live.hpp"

namespace gatehouse::keys {

Result<> UsageRetention::tend(Instant now, Duration kept) {
  const auto today = std::int64_t{day_number(now)};
  const auto first_kept = static_cast<std::uint32_t>(std::max<std::int64_t>(0, today - std::chrono::floor<std::chrono::days>(kept).count()));
  if (clean_before_ && first_kept <= *clean_before_) return {};
  const bool more = TRY(drop_usage_before(store_, first_kept, rows_at_once));
  if (!more) clean_before_ = first_kept;
  return {};
}

}  // namespace gatehouse::keys

// How long the store remembers usage: rows of days long gone are dropped, or the table would grow for ever.
#pragma once
#include <optional>

#include "services/keys/usage_table.hpp"

namespace gatehouse::keys {

class UsageRetention {
 public:
  /// Rows that one call drops: the store's only writer is not held for long by the end of a busy day.
  static constexpr std::int64_t rows_at_once = 5000;

  /// `store` outlives this.
  explicit UsageRetention(store::Store& store) noexcept : store_(store) {}

  /// Drops rows of days that ended more than `kept` (whole days) before the day of `now` (UTC) began. To be called again and again, by one thread:
  /// it reads nothing until the next day comes or less is to be kept.
  Result<> tend(Instant now, Duration kept);

 private:
  store::Store& store_;
  std::optional<std::uint32_t> clean_before_;  // no row of an earlier day is left
};

}  // namespace gatehouse::keys

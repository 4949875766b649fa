// Usage for people and programs: CSV (RFC 4180) for a spreadsheet, JSON for everything else.
#pragma once
#include <functional>
#include <optional>
#include <string_view>

#include "services/keys/usage_table.hpp"

namespace gatehouse::keys {

enum class UsageFormat : std::uint8_t { csv, json };

struct UsageQuestion {
  std::uint32_t first_day = 0, last_day = 0;  ///< day numbers, both included (day_number)
  std::optional<KeyId> key;                   ///< nothing: all keys
};

/// Writes piece by piece, so that a year of a large gate needs no memory. CSV: a head line, then day (2025-06-30), key, name, subject, route, feature, requests.
/// JSON: an array of objects with the same names. What could not be counted under its own name has the key "-". Cells that a spreadsheet would run as a
/// formula are made harmless with an apostrophe. `write` may end it with an error.
Result<> export_usage(store::Store& store, const UsageQuestion& question, UsageFormat format, const std::function<Result<>(std::string_view)>& write);

/// 2025-06-30, and back; nothing if it is no date of the calendar from 1970 to 2200 (an Instant ends in 2262).
[[nodiscard]] std::string day_text(std::uint32_t day);
[[nodiscard]] std::optional<std::uint32_t> parse_day(std::string_view text);

}  // namespace gatehouse::keys

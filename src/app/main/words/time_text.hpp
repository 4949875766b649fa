// Times as people write them on the command line.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "ground/base/time.hpp"

namespace gatehouse::main {

/// "2027-01-31" (its first second, UTC), "2027-01-31T12:00:00Z", or a time from now such as "90d", "12h", "30m", "45s".
[[nodiscard]] std::optional<Instant> parse_when(std::string_view text, Instant now) noexcept;
/// "24h", "90d", "0s": at most 100 years.
[[nodiscard]] std::optional<std::chrono::seconds> parse_span(std::string_view text) noexcept;
/// "2027-01-31T12:00:00Z"
[[nodiscard]] std::string to_text(Instant instant);

}  // namespace gatehouse::main

// One record as one line of JSON, written into fixed room without allocation. Whatever bytes a client sends, the line stays one line of
// valid JSON in UTF-8 that a terminal shows as it is: control characters and marks that hide or turn text are escaped, a byte that is
// no UTF-8 becomes U+FFFD, what looks like a credential is masked, and each field is cut at its own bound.
#pragma once
#include <span>

#include "services/audit/record.hpp"

namespace gatehouse::audit {

/// No line is longer, its newline included.
inline constexpr std::size_t line_bytes_max = 4096;

/// Writes the line with its newline; `room` has at least line_bytes_max bytes. The number of bytes written.
///   {"time":"2026-01-31T09:00:00.000000Z","id":"...","outcome":"refused","status":401,"problem":"credential-missing","stage":...}
/// Fields without content are left out. Of the query only the names are written.
[[nodiscard]] std::size_t write_line(const Record& record, std::span<char> room) noexcept;

/// The line that tells how many lines could not be written.
[[nodiscard]] std::size_t write_dropped_line(Instant now, std::uint64_t count, std::span<char> room) noexcept;

/// Appends `text` as the inside of a JSON string to at..end, cut to end: exposed for the fuzz target and for `why`.
[[nodiscard]] char* write_escaped(std::string_view text, char* at, char* end) noexcept;

/// "2026-01-31T09:00:00.000000Z" (RFC 3339), 27 characters.
inline constexpr std::size_t timestamp_length = 27;
char* write_timestamp(Instant time, char* out) noexcept;

/// An address in text form (RFC 5952), at most 39 characters.
char* write_address(const http::Address& address, char* out) noexcept;

}  // namespace gatehouse::audit

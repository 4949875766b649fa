// What a text looks like, judged by its characters alone: whether it is a word that people who made an API chose, or a value that came with one call.
// Everything that is kept of traffic goes through here, and in doubt a text is a value, of which nothing is kept but what it looks like.
#pragma once
#include <cstdint>
#include <string_view>

namespace gatehouse::inference {

/// Formats that a text keeps, as bits.
using Looks = std::uint8_t;
inline constexpr Looks looks_uuid = 1, looks_date = 2, looks_date_time = 4, looks_ipv4 = 8, looks_ipv6 = 16, looks_email = 32, looks_uri = 64;
inline constexpr Looks looks_all = 127;

/// By the very rules by which a contract's `format` is enforced. A URI counts only with http or https.
[[nodiscard]] Looks looks_of(std::string_view text);
/// The name that `format` has for one of the bits.
[[nodiscard]] std::string_view format_name(Looks one) noexcept;

/// A decimal integer as it is usually written, at most 18 digits: "0", "-7", never "007".
[[nodiscard]] bool is_integer(std::string_view text) noexcept;
/// is_integer(), or the same with a fraction, at most 15 digits in all.
[[nodiscard]] bool is_number(std::string_view text) noexcept;

/// A name of a member or parameter that a programmer has chosen: a letter, then letters, digits and `_ . : $ [ ] -`, at most 64, few of them digits. What is none
/// (numbers, dates, addresses of e-mail, identifiers) is a key of a map.
[[nodiscard]] bool is_name(std::string_view text) noexcept;

/// A segment of a path that can be part of the API's own words: as is_name(), without colons, dollar signs and brackets. "v1" is, "P10023" is not.
[[nodiscard]] bool is_literal_segment(std::string_view text) noexcept;

/// A value that may be one of an enumeration: one word of letters, digits, `_` and `-`, at most 24 characters, few digits, and no number, date or identifier.
[[nodiscard]] bool is_enum_word(std::string_view text) noexcept;

/// A name under which secrets or facts about people stand: no value of it is ever kept, however often it comes.
[[nodiscard]] bool is_private_name(std::string_view name);

/// Unicode code points of well-formed UTF-8, which is what maxLength counts.
[[nodiscard]] std::uint64_t length_of(std::string_view text) noexcept;

}  // namespace gatehouse::inference

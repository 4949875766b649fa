// The character classes of HTTP as tables, so that a judgement is one load: RFC 9110 section 5.6.2 (token), RFC 9112
// section 3 (request target), RFC 3986 section 3.3 (pchar).
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace gatehouse::http {

namespace character_tables {
consteval std::array<bool, 256> set_of(std::string_view others) {
  std::array<bool, 256> set{};
  for (unsigned c = 'a'; c <= 'z'; ++c) set[c] = set[c - 32] = true;
  for (unsigned c = '0'; c <= '9'; ++c) set[c] = true;
  for (const char c : others) set[static_cast<unsigned char>(c)] = true;
  return set;
}
inline constexpr auto token = set_of("!#$%&'*+-.^_`|~");
inline constexpr auto pchar = set_of("-._~!$&'()*+,;=:@");
/// The lower-case form of a token character, 0 for every other byte.
inline constexpr auto token_lower = [] {
  std::array<char, 256> table{};
  for (unsigned c = 0; c < 256; ++c)
    if (token[c]) table[c] = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return table;
}();
}  // namespace character_tables

[[nodiscard]] constexpr bool is_token_char(char c) noexcept { return character_tables::token[static_cast<unsigned char>(c)]; }
[[nodiscard]] constexpr char token_lower(char c) noexcept { return character_tables::token_lower[static_cast<unsigned char>(c)]; }
/// RFC 3986 section 3.3: what stands for itself in a path segment.
[[nodiscard]] constexpr bool is_pchar(char c) noexcept { return character_tables::pchar[static_cast<unsigned char>(c)]; }
/// What RFC 9110 section 5.5 forbids in a field value: every control but the tab. Bytes from 0x80 are obs-text: opaque data, allowed.
[[nodiscard]] constexpr bool is_field_control(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && byte != '\t') || byte == 0x7F;
}

[[nodiscard]] constexpr bool is_token(std::string_view text) noexcept {
  for (const char c : text)
    if (!is_token_char(c)) return false;
  return !text.empty();
}

}  // namespace gatehouse::http

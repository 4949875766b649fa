// Reading code points out of text that is known to be well-formed UTF-8, as every string of a JSON document is.
#pragma once
#include <cstddef>
#include <string_view>

namespace gatehouse::schema {

struct CodePoint {
  char32_t value;
  std::size_t size;
};

/// The code point that begins at `at`, which is within the text. Of text that is cut off, what is there.
[[nodiscard]] constexpr CodePoint utf8_at(std::string_view text, std::size_t at) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const auto first = byte(0);
  std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (size > text.size() - at) size = text.size() - at;
  if (size == 1) return {first, 1};
  char32_t value = first & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) value = value << 6U | (byte(i) & 0x3FU);
  return {value, size};
}

}  // namespace gatehouse::schema

#include "ground/base/encoding.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "ground/base/assert.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::encoding {

namespace {
constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view base62_digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

constexpr auto base64_values = [] {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < base64_digits.size(); ++i) table[static_cast<unsigned char>(base64_digits[i])] = static_cast<std::int8_t>(i);
  return table;
}();

constexpr auto crc_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c & 1) != 0 ? 0xEDB88320U ^ (c >> 1) : c >> 1;
    table[i] = c;
  }
  return table;
}();
}  // namespace

std::string to_hex(Bytes bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const auto byte : bytes) {
    out += hex_digits[byte >> 4];
    out += hex_digits[byte & 15];
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = text::hex_value(text[i]), low = text::hex_value(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

std::string to_base64url(Bytes bytes) {
  std::string out;
  out.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t buffer = 0;
  int bits = 0;
  for (const auto byte : bytes) {
    buffer = buffer << 8 | byte;
    for (bits += 8; bits >= 6; bits -= 6) out += base64_digits[buffer >> (bits - 6) & 63];
  }
  if (bits > 0) out += base64_digits[buffer << (6 - bits) & 63];
  return out;
}

std::optional<std::string> from_base64url(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t buffer = 0;
  int bits = 0;
  for (const char c : text) {
    const auto value = base64_values[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    buffer = buffer << 6 | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>(buffer >> bits & 255);
    }
  }
  if ((buffer & ((1U << bits) - 1)) != 0) return std::nullopt;  // stray bits: not the canonical form
  return out;
}

std::string to_base62(std::uint64_t value, std::size_t width) {
  std::string out(width, '0');
  for (auto at = out.rbegin(); at != out.rend(); ++at, value /= 62) *at = base62_digits[value % 62];
  GH_ASSERT(value == 0);
  return out;
}

std::string to_base62(Bytes big_endian, std::size_t width) {
  std::vector<std::uint8_t> number(big_endian.begin(), big_endian.end());
  std::string out(width, '0');
  for (auto at = out.rbegin(); at != out.rend(); ++at) {
    unsigned remainder = 0;
    for (auto& byte : number) {  // long division by 62
      const unsigned dividend = remainder << 8 | byte;
      byte = static_cast<std::uint8_t>(dividend / 62);
      remainder = dividend % 62;
    }
    *at = base62_digits[remainder];
  }
  GH_ASSERT(std::ranges::all_of(number, [](auto byte) { return byte == 0; }));
  return out;
}

bool is_base62(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return text::is_alnum(c); });
}

std::uint32_t crc32(std::string_view data) noexcept {
  std::uint32_t c = 0xFFFFFFFFU;
  for (const char byte : data) c = crc_table[(c ^ static_cast<unsigned char>(byte)) & 255] ^ c >> 8;
  return c ^ 0xFFFFFFFFU;
}

}  // namespace gatehouse::encoding

#include "services/audit/trace.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace gatehouse::audit {

namespace {

/// Lower-case only: section 3.2.2 says HEXDIGLC.
int hex_digit_lower(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool read_hex(std::string_view text, std::span<std::uint8_t> out) noexcept {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = hex_digit_lower(text[2 * i]), low = hex_digit_lower(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

bool all_zero(std::span<const std::uint8_t> bytes) noexcept {
  return std::ranges::all_of(bytes, [](auto byte) { return byte == 0; });
}

}  // namespace

//           1111111111222222222233333333334444444444555555
// 0123456789012345678901234567890123456789012345678901234
// 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
std::optional<Trace> Trace::parse(std::string_view text) noexcept {
  if (text.size() < length || text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
  std::array<std::uint8_t, 1> version, flags;
  Trace trace;
  if (!read_hex(text, version) || version[0] == 0xFF) return std::nullopt;
  if (text.size() > length && (version[0] == 0 || text[length] != '-')) return std::nullopt;
  if (!read_hex(text.substr(3), trace.id.bytes) || !read_hex(text.substr(36), trace.span) || !read_hex(text.substr(53), flags)) return std::nullopt;
  if (all_zero(trace.id.bytes) || all_zero(trace.span)) return std::nullopt;
  trace.sampled = (flags[0] & 1) != 0;
  return trace;
}

char* print_hex(std::span<const std::uint8_t> bytes, char* out) noexcept {
  static constexpr auto pairs = [] {  // one load a byte
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<std::array<char, 2>, 256> table{};
    for (std::size_t byte = 0; byte < table.size(); ++byte) table[byte] = {digits[byte >> 4], digits[byte & 15]};
    return table;
  }();
  for (const auto byte : bytes) {
    std::memcpy(out, pairs[byte].data(), 2);
    out += 2;
  }
  return out;
}

std::array<char, Trace::length> Trace::print() const noexcept {
  std::array<char, length> text;
  char* at = text.data();
  *at++ = '0', *at++ = '0', *at++ = '-';
  at = print_hex(id.bytes, at);
  *at++ = '-';
  at = print_hex(span, at);
  *at++ = '-', *at++ = '0', *at = sampled ? '1' : '0';
  return text;
}

Spans::Spans(Random& random) noexcept {
  std::array<std::uint8_t, sizeof state_> bytes;
  random.fill(bytes);
  std::memcpy(state_.data(), bytes.data(), bytes.size());
  if (state_ == std::array<std::uint64_t, 4>{}) state_[0] = 1;  // the one state that the generator never leaves
}

std::uint64_t Spans::number() noexcept {
  const auto result = std::rotl(state_[0] + state_[3], 23) + state_[0];
  const auto shifted = state_[1] << 17;
  state_[2] ^= state_[0], state_[3] ^= state_[1], state_[1] ^= state_[2], state_[0] ^= state_[3];
  state_[2] ^= shifted, state_[3] = std::rotl(state_[3], 45);
  return result;
}

Trace Spans::start() noexcept {
  Trace trace;
  const std::array<std::uint64_t, 2> id{number(), number() | 1};  // never zero
  std::memcpy(trace.id.bytes.data(), id.data(), sizeof id);
  return child(trace);
}

Trace Spans::child(const Trace& parent) noexcept {
  Trace trace = parent;
  auto span = number();
  while (span == 0) span = number();
  std::memcpy(trace.span.data(), &span, sizeof span);
  return trace;
}

}  // namespace gatehouse::audit

#include "services/audit/decision_id.hpp"

#include <cstring>

#include "ground/base/assert.hpp"

namespace gatehouse::audit {

namespace {

constexpr std::string_view crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::uint64_t count_mask = (std::uint64_t{1} << 42) - 1;

constexpr std::array<std::int8_t, 256> crockford_values = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < crockford.size(); ++i) {
    const auto upper = static_cast<std::uint8_t>(crockford[i]);
    values[upper] = static_cast<std::int8_t>(i);
    if (upper >= 'A') values[upper + 32U] = static_cast<std::int8_t>(i);
  }
  for (const char zero : {'O', 'o'}) values[static_cast<std::uint8_t>(zero)] = 0;
  for (const char one : {'I', 'i', 'L', 'l'}) values[static_cast<std::uint8_t>(one)] = 1;
  return values;
}();

void print_half(std::uint64_t bits, char* out) noexcept {
#pragma GCC unroll 10
  for (int i = 0; i < 10; ++i) out[i] = crockford.data()[bits >> (45 - 5 * i) & 31];  // the mask is the check
}

std::optional<std::uint64_t> parse_half(std::string_view text) noexcept {
  std::uint64_t bits = 0;
  for (const char c : text) {
    const auto value = crockford_values[static_cast<std::uint8_t>(c)];
    if (value < 0) return std::nullopt;
    bits = bits << 5 | static_cast<std::uint64_t>(value);
  }
  return bits;
}

}  // namespace

std::optional<DecisionId> DecisionId::parse(std::string_view text) noexcept {
  if (text.size() != length) return std::nullopt;
  const auto first = parse_half(text.substr(0, 10)), second = parse_half(text.substr(10));
  if (!first || !second) return std::nullopt;
  return DecisionId{*first, *second};
}

std::array<char, DecisionId::length> DecisionId::print() const noexcept {
  std::array<char, length> text;
  print_half(high, text.data());
  print_half(low, text.data() + 10);
  return text;
}

std::string DecisionId::to_text() const {
  const auto text = print();
  return {text.data(), text.size()};
}

Instant DecisionId::time() const noexcept { return Instant(std::chrono::milliseconds(high >> 2)); }

DecisionIds::DecisionIds(unsigned thread, Random& random) noexcept : thread_(thread) {
  GH_ASSERT(thread < threads_max);
  std::array<std::uint8_t, 8> bytes;
  random.fill(bytes);
  std::memcpy(&count_, bytes.data(), sizeof count_);
}

DecisionId DecisionIds::next(Instant now) noexcept {
  constexpr std::uint64_t time_mask = (std::uint64_t{1} << 48) - 1;
  const auto milliseconds = static_cast<std::uint64_t>(now.time_since_epoch().count()) / 1'000'000 & time_mask;
  const auto count = count_++ & count_mask;
  return {milliseconds << 2 | thread_ >> 8, (thread_ & 0xFF) << 42 | count};
}

}  // namespace gatehouse::audit

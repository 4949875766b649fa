#include "app/main/words/time_text.hpp"

#include <fmt/format.h>

#include "ground/base/text.hpp"
#include "services/keys/usage_export.hpp"

namespace gatehouse::main {
namespace {

constexpr std::uint64_t span_seconds_max = 100ULL * 366 * 86'400;

/// Exactly `size` digits at `at`.
std::optional<unsigned> digits(std::string_view text, std::size_t at, std::size_t size) noexcept {
  if (text.size() < at + size) return std::nullopt;
  const auto part = text.substr(at, size);
  for (const char c : part) {
    if (!text::is_digit(c)) return std::nullopt;
  }
  return text::parse_number<unsigned>(part);
}

}  // namespace

std::optional<std::chrono::seconds> parse_span(std::string_view text) noexcept {
  if (text.size() < 2) return std::nullopt;
  const auto count = text::parse_number<std::uint64_t>(text.substr(0, text.size() - 1));
  std::uint64_t unit = 0;
  switch (text.back()) {
    case 's': unit = 1; break;
    case 'm': unit = 60; break;
    case 'h': unit = 3'600; break;
    case 'd': unit = 86'400; break;
    default: return std::nullopt;
  }
  if (!count || *count > span_seconds_max / unit) return std::nullopt;
  return std::chrono::seconds(*count * unit);
}

std::optional<Instant> parse_when(std::string_view text, Instant now) noexcept {
  if (const auto span = parse_span(text)) return now + *span;
  const auto number = keys::parse_day(text.substr(0, 10));
  if (!number) return std::nullopt;
  const Instant day{std::chrono::days(*number)};
  if (text.size() == 10) return day;
  const auto hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  if (text.size() != 20 || text[10] != 'T' || text[13] != ':' || text[16] != ':' || text[19] != 'Z') return std::nullopt;
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return day + std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second);
}

std::string to_text(Instant instant) {
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(instant - day));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), time.hours().count(), time.minutes().count(), time.seconds().count());
}

}  // namespace gatehouse::main

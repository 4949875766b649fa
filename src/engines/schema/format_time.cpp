// Dates, times and durations of RFC 3339.
#include "engines/schema/format.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::schema {

namespace {
/// So many digits from there on; -1: they are not there.
int digits_at(std::string_view text, std::size_t at, std::size_t count) noexcept {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (!text::is_digit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

bool is_leap(int year) noexcept { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int days_of(int year, int month) noexcept {
  if (month == 2) return is_leap(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/// Takes digits off the front.
bool take_digits(std::string_view& text) noexcept {
  std::size_t count = 0;
  while (count < text.size() && text::is_digit(text[count])) ++count;
  text.remove_prefix(count);
  return count > 0;
}

/// `1H2M3S`, where the units come in their order without one left out between (appendix A: dur-hour is followed by dur-minute).
bool takes_units(std::string_view text, std::string_view units) noexcept {
  if (text.empty()) return false;
  std::size_t next = 0;
  bool first = true;
  while (!text.empty()) {
    if (!take_digits(text) || text.empty()) return false;
    const auto unit = units.find(text.front());
    if (unit == units.npos || (first ? unit < next : unit != next)) return false;
    first = false;
    next = unit + 1;
    text.remove_prefix(1);
  }
  return true;
}
}  // namespace

bool is_date(std::string_view text) noexcept {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const int year = digits_at(text, 0, 4), month = digits_at(text, 5, 2), day = digits_at(text, 8, 2);
  return year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= days_of(year, month);
}

bool is_time(std::string_view text) noexcept {
  if (text.size() < 9 || text[2] != ':' || text[5] != ':') return false;
  const int hour = digits_at(text, 0, 2), minute = digits_at(text, 3, 2), second = digits_at(text, 6, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return false;
  auto rest = text.substr(8);
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    if (!take_digits(rest)) return false;
  }
  int offset = 0;
  if (rest != "Z" && rest != "z") {
    if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':') return false;
    const int hours = digits_at(rest, 1, 2), minutes = digits_at(rest, 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return false;
    offset = (hours * 60 + minutes) * (rest[0] == '-' ? -1 : 1);
  }
  if (second < 60) return true;
  constexpr int day = 24 * 60;
  return (hour * 60 + minute - offset + day) % day == day - 1;  // a leap second is inserted at 23:59:60 UTC (section 5.7)
}

bool is_date_time(std::string_view text) noexcept {
  return text.size() > 11 && (text[10] == 'T' || text[10] == 't') && is_date(text.substr(0, 10)) && is_time(text.substr(11));
}

bool is_duration(std::string_view text) noexcept {
  if (!text.starts_with('P')) return false;
  text.remove_prefix(1);
  if (text.ends_with('W')) {
    const bool digits = take_digits(text);
    return digits && text == "W";
  }
  const auto mark = text.find('T');
  const auto date = text.substr(0, mark);
  if (!date.empty() && !takes_units(date, "YMD")) return false;
  if (mark == text.npos) return !date.empty();
  return takes_units(text.substr(mark + 1), "HMS");
}

}  // namespace gatehouse::schema

#include "ground/http/date.hpp"

namespace gatehouse::http {

Date::Date(std::chrono::sys_seconds instant) noexcept {
  static constexpr std::string_view days = "SunMonTueWedThuFriSat", months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(instant - day);
  char* at = text_.data();
  const auto add = [&](std::string_view text) {
    for (const char c : text) *at++ = c;
  };
  const auto add_number = [&](unsigned number, unsigned digits) {
    for (unsigned i = digits; i-- > 0; number /= 10) at[i] = static_cast<char>('0' + number % 10);
    at += digits;
  };
  add(days.substr(std::size_t{std::chrono::weekday(day).c_encoding()} * 3, 3));
  add(", ");
  add_number(static_cast<unsigned>(date.day()), 2);
  add(" ");
  add(months.substr((std::size_t{static_cast<unsigned>(date.month())} - 1) * 3, 3));
  add(" ");
  add_number(static_cast<unsigned>(static_cast<int>(date.year())), 4);
  add(" ");
  add_number(static_cast<unsigned>(time.hours().count()), 2);
  add(":");
  add_number(static_cast<unsigned>(time.minutes().count()), 2);
  add(":");
  add_number(static_cast<unsigned>(time.seconds().count()), 2);
  add(" GMT");
}

}  // namespace gatehouse::http

#include "engines/schema/number.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "ground/base/text.hpp"

namespace gatehouse::schema {

namespace {
constexpr double two_to_63 = 9223372036854775808.0, two_to_64 = 18446744073709551616.0;

/// A number as JSON writes it.
Decimal decimal_of(std::string_view text) {
  Decimal out;
  if (text.starts_with('-')) {
    out.negative = true;
    text.remove_prefix(1);
  }
  const auto mark = text.find_first_of("eE");
  const auto mantissa = text.substr(0, mark);
  const auto point = std::min(mantissa.find('.'), mantissa.size());
  out.exponent = static_cast<std::int64_t>(point);
  for (const char c : mantissa)
    if (c != '.') out.digits += c;
  if (mark != text.npos) {
    auto power = text.substr(mark + 1);
    if (power.starts_with('+')) power.remove_prefix(1);
    std::int64_t exponent = 0;
    // Beyond 18 digits the number is zero or no double, which JSON's reader has refused.
    if (std::from_chars(power.data(), power.data() + power.size(), exponent).ec == std::errc{}) out.exponent += exponent;
  }
  const auto first = out.digits.find_first_not_of('0');
  if (first == out.digits.npos) return {};
  out.exponent -= static_cast<std::int64_t>(first);
  out.digits.erase(0, first);
  out.digits.resize(out.digits.find_last_not_of('0') + 1);
  return out;
}

std::strong_ordering compare_magnitude(const Decimal& a, const Decimal& b) {
  if (a.digits.empty() || b.digits.empty()) return !a.digits.empty() <=> !b.digits.empty();
  if (a.exponent != b.exponent) return a.exponent <=> b.exponent;
  return a.digits.compare(b.digits) <=> 0;
}

std::strong_ordering reverse(std::strong_ordering order) { return 0 <=> order; }

std::strong_ordering compare_decimals(const Decimal& a, const Decimal& b) {
  if (a.negative != b.negative) return a.negative ? std::strong_ordering::less : std::strong_ordering::greater;
  const auto order = compare_magnitude(a, b);
  return a.negative ? reverse(order) : order;
}

std::strong_ordering compare_doubles(double a, double b) {
  return a < b ? std::strong_ordering::less : a > b ? std::strong_ordering::greater : std::strong_ordering::equal;
}

/// No double is rounded on the way: an integer and a fraction are compared one after the other.
template <class Integer>
std::strong_ordering compare_mixed(Integer integer, double real, double lowest, double beyond) {
  if (real >= beyond) return std::strong_ordering::less;
  if (real < lowest) return std::strong_ordering::greater;
  const double whole = std::trunc(real);
  const auto order = integer <=> static_cast<Integer>(whole);
  return order != 0 ? order : compare_doubles(0, real - whole);
}

std::uint64_t times_modulo(std::uint64_t a, std::uint64_t b, std::uint64_t modulus) {
  return static_cast<std::uint64_t>(static_cast<unsigned __int128>(a) * b % modulus);
}

std::uint64_t power_of_ten_modulo(std::uint64_t exponent, std::uint64_t modulus) {
  std::uint64_t result = 1 % modulus, base = 10 % modulus;
  for (; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result = times_modulo(result, base, modulus);
    base = times_modulo(base, base, modulus);
  }
  return result;
}
}  // namespace

Number::Number(json::Value value) noexcept : form_(Form::real), real_(0) {
  if (const auto integer = value.integer()) {
    form_ = Form::integer;
    integer_ = *integer;
  } else if (const auto natural = value.natural()) {
    form_ = Form::natural;
    natural_ = *natural;
  } else {
    real_ = value.number().value_or(0);
    digits_ = value.digits().value_or(std::string_view{});
  }
}

double Number::rounded() const noexcept {
  switch (form_) {
    case Form::integer: return static_cast<double>(integer_);
    case Form::natural: return static_cast<double>(natural_);
    case Form::real: return real_;
  }
  return 0;
}

Decimal Number::decimal() const {
  std::array<char, 40> text;
  switch (form_) {
    case Form::integer: return decimal_of({text.data(), std::to_chars(text.begin(), text.end(), integer_).ptr});
    case Form::natural: return decimal_of({text.data(), std::to_chars(text.begin(), text.end(), natural_).ptr});
    case Form::real:
      if (!digits_.empty()) return decimal_of(digits_);
      return decimal_of({text.data(), std::to_chars(text.begin(), text.end(), real_, std::chars_format::scientific).ptr});
  }
  return {};
}

std::strong_ordering Number::compare(const Number& other) const {
  if (!digits_.empty() || !other.digits_.empty()) return compare_decimals(decimal(), other.decimal());
  switch (form_) {
    case Form::integer:
      if (other.form_ == Form::integer) return integer_ <=> other.integer_;
      if (other.form_ == Form::natural) return std::strong_ordering::less;  // a natural is above all integers
      return compare_mixed(integer_, other.real_, -two_to_63, two_to_63);
    case Form::natural:
      if (other.form_ == Form::natural) return natural_ <=> other.natural_;
      if (other.form_ == Form::integer) return std::strong_ordering::greater;
      return compare_mixed(natural_, other.real_, 0, two_to_64);
    case Form::real:
      if (other.form_ == Form::real) return compare_doubles(real_, other.real_);
      return reverse(other.compare(*this));
  }
  return std::strong_ordering::equal;
}

bool Number::is_whole() const {
  if (form_ != Form::real) return true;
  if (digits_.empty()) return std::trunc(real_) == real_;
  const auto exact = decimal();
  return exact.digits.empty() || exact.exponent >= static_cast<std::int64_t>(exact.digits.size());
}

std::optional<std::int64_t> Number::integer() const {
  if (form_ == Form::integer) return integer_;
  if (form_ == Form::natural || !(real_ >= -two_to_63 && real_ < two_to_63) || std::trunc(real_) != real_ || !is_whole()) return std::nullopt;
  return static_cast<std::int64_t>(real_);
}

std::optional<std::uint64_t> Number::natural() const {
  if (form_ == Form::natural) return natural_;
  if (form_ == Form::integer) return integer_ < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(integer_));
  if (!(real_ >= 0 && real_ < two_to_64) || std::trunc(real_) != real_ || !is_whole()) return std::nullopt;
  return static_cast<std::uint64_t>(real_);
}

std::optional<Divisor> Divisor::from(const Number& number) {
  const auto decimal = number.decimal();
  constexpr std::size_t digits_max = 19;
  if (decimal.negative || decimal.digits.empty() || decimal.digits.size() > digits_max) return std::nullopt;
  const auto mantissa = text::parse_number<std::uint64_t>(decimal.digits);
  if (!mantissa) return std::nullopt;
  Divisor divisor;
  divisor.mantissa_ = *mantissa;
  divisor.exponent_ = decimal.exponent - static_cast<std::int64_t>(decimal.digits.size());
  return divisor;
}

/// A number of at most 15 digits that is a whole count of our last place: no other decimal of so few digits rounds to the same double, so
/// the count is the number exactly. Nothing: it has to be asked of the digits.
std::optional<bool> Divisor::divides_short(const Number& number) const noexcept {
  constexpr std::array<double, 16> powers{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  if (exponent_ > 0 || exponent_ < -15 || number.has_digits()) return std::nullopt;
  const double power = powers[static_cast<std::size_t>(-exponent_)], real = std::abs(number.rounded()), count = std::nearbyint(real * power);
  if (!(count < 1e15) || count / power != real) return std::nullopt;
  return static_cast<std::uint64_t>(count) % mantissa_ == 0;
}

bool Divisor::divides(const Number& number) const {
  if (exponent_ == 0) {
    if (const auto integer = number.integer()) {
      const auto magnitude = *integer < 0 ? 0 - static_cast<std::uint64_t>(*integer) : static_cast<std::uint64_t>(*integer);
      return magnitude % mantissa_ == 0;
    }
  }
  if (const auto answer = divides_short(number)) return *answer;
  const auto decimal = number.decimal();
  if (decimal.digits.empty()) return true;
  const auto exponent = decimal.exponent - static_cast<std::int64_t>(decimal.digits.size());
  if (exponent < exponent_) return false;  // its last digit, which is not 0, stands below any that a multiple has
  std::uint64_t rest = 0;
  for (const char digit : decimal.digits) {
    const auto sum = static_cast<unsigned __int128>(rest) * 10 + static_cast<unsigned>(digit - '0');
    rest = static_cast<std::uint64_t>(sum % mantissa_);
  }
  return times_modulo(rest, power_of_ten_modulo(static_cast<std::uint64_t>(exponent - exponent_), mantissa_), mantissa_) == 0;
}

}  // namespace gatehouse::schema

// JSON numbers compared exactly: 1 and 1.0 are one number, 9007199254740993 and 9007199254740992.0 are two, and 19.99 is a multiple of
// 0.01. A number of more digits than a double has is judged by the digits of its text (json::Value::digits()).
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ground/json/document.hpp"

namespace gatehouse::schema {

/// sign * 0.DIGITS * 10^exponent, without zeros at either end of the digits; zero has none.
struct Decimal {
  bool negative = false;
  std::string digits;
  std::int64_t exponent = 0;

  auto operator<=>(const Decimal&) const = delete;
};

class Number {
 public:
  /// `value` is a number. Keeps a view of its digits, hence must not outlive the value.
  explicit Number(json::Value value) noexcept;

  [[nodiscard]] static std::optional<Number> from(json::Value value) noexcept {
    if (!value.is_number()) return std::nullopt;
    return Number(value);
  }
  [[nodiscard]] std::strong_ordering compare(const Number& other) const;
  /// Without a fraction.
  [[nodiscard]] bool is_whole() const;
  [[nodiscard]] Decimal decimal() const;
  [[nodiscard]] double rounded() const noexcept;
  /// The integer that it is, if 64 bits hold it.
  [[nodiscard]] std::optional<std::int64_t> integer() const;
  [[nodiscard]] std::optional<std::uint64_t> natural() const;
  /// Told by the digits of its text, since a double is not enough.
  [[nodiscard]] bool has_digits() const noexcept { return !digits_.empty(); }
  /// More digits than any double gives back, so that it equals no number that a double tells.
  [[nodiscard]] bool has_many_digits() const { return !digits_.empty() && decimal().digits.size() > 15; }

 private:
  enum class Form : std::uint8_t { integer, natural, real };
  Form form_;
  union {
    std::int64_t integer_;
    std::uint64_t natural_;
    double real_;
  };
  std::string_view digits_;
};

/// By what `multipleOf` divides: mantissa * 10^exponent, mantissa not divisible by ten.
class Divisor {
 public:
  /// Nothing unless the number is above zero and has at most 19 digits.
  [[nodiscard]] static std::optional<Divisor> from(const Number& number);
  [[nodiscard]] bool divides(const Number& number) const;

 private:
  [[nodiscard]] std::optional<bool> divides_short(const Number& number) const noexcept;

  std::uint64_t mantissa_ = 1;
  std::int64_t exponent_ = 0;
};

}  // namespace gatehouse::schema

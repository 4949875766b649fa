#include "ground/yaml/core_schema.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "ground/base/text.hpp"

namespace gatehouse::yaml {

namespace {
constexpr std::size_t npos = std::string_view::npos;

bool is_any_of(std::string_view text, std::initializer_list<std::string_view> words) noexcept {
  return std::ranges::find(words, text) != words.end();
}

bool is_null(std::string_view text) noexcept { return text.empty() || is_any_of(text, {"~", "null", "Null", "NULL"}); }
bool is_true(std::string_view text) noexcept { return is_any_of(text, {"true", "True", "TRUE"}); }
bool is_false(std::string_view text) noexcept { return is_any_of(text, {"false", "False", "FALSE"}); }

std::string_view unsigned_part(std::string_view text) noexcept { return text.starts_with('-') || text.starts_with('+') ? text.substr(1) : text; }

bool is_digits(std::string_view text) noexcept { return !text.empty() && std::ranges::all_of(text, text::is_digit); }

/// `0o17` and `0x1F`, which have no sign: the base, or 0.
int base_of(std::string_view text) noexcept {
  if (text.size() < 3) return 0;
  const auto digits = text.substr(2);
  if (text.starts_with("0o") && digits.find_first_not_of("01234567") == npos) return 8;
  if (text.starts_with("0x") && digits.find_first_not_of("0123456789abcdefABCDEF") == npos) return 16;
  return 0;
}

bool is_infinite_or_none(std::string_view text) noexcept {
  return is_any_of(unsigned_part(text), {".inf", ".Inf", ".INF"}) || is_any_of(text, {".nan", ".NaN", ".NAN"});
}

/// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool is_decimal(std::string_view text) noexcept {
  text = unsigned_part(text);
  const auto exponent = text.find_first_of("eE");
  if (exponent != npos && !is_digits(unsigned_part(text.substr(exponent + 1)))) return false;
  const auto mantissa = text.substr(0, exponent);
  const auto point = mantissa.find('.');
  const auto before = mantissa.substr(0, point), behind = point == npos ? std::string_view{} : mantissa.substr(point + 1);
  if (before.empty()) return is_digits(behind);
  return is_digits(before) && (behind.empty() || is_digits(behind));
}

/// The same number as JSON writes it: "+01." is 1, ".5" is 0.5.
std::string as_json(std::string_view text) {
  std::string out = text.starts_with('-') ? "-" : "";
  text = unsigned_part(text);
  const auto significant = std::min(text.find_first_not_of('0'), text.size());
  text.remove_prefix(significant);
  if (text.empty() || !text::is_digit(text.front())) out += '0';
  const auto point = text.find('.');
  if (point == npos) return out.append(text);
  out.append(text.substr(0, point));
  text.remove_prefix(point + 1);
  if (!text.empty() && text::is_digit(text.front())) out += '.';
  return out.append(text);
}

Added number_in_base(int base, std::string_view text, json::Builder& out) {
  std::uint64_t number = 0;
  const auto digits = text.substr(2);
  if (std::from_chars(digits.data(), digits.data() + digits.size(), number, base).ec != std::errc{}) return Added::unrepresentable;
  out.natural(number);
  return Added::yes;
}
}  // namespace

Core resolve(std::string_view plain) noexcept {
  if (is_null(plain)) return Core::null;
  if (is_true(plain) || is_false(plain)) return Core::boolean;
  const char first = plain.front();
  if (!text::is_digit(first) && first != '-' && first != '+' && first != '.') return Core::string;
  if (is_digits(unsigned_part(plain)) || base_of(plain) != 0) return Core::integer;
  return is_decimal(plain) || is_infinite_or_none(plain) ? Core::real : Core::string;
}

Added add_as(Core kind, std::string_view text, json::Builder& out) {
  switch (kind) {
    case Core::null:
      if (!is_null(text)) return Added::other;
      out.null();
      return Added::yes;
    case Core::boolean:
      if (!is_true(text) && !is_false(text)) return Added::other;
      out.boolean(is_true(text));
      return Added::yes;
    case Core::integer:
    case Core::real: {
      if (const int base = base_of(text)) return number_in_base(base, text, out);
      if (is_infinite_or_none(text)) return Added::unrepresentable;
      if (kind == Core::integer ? !is_digits(unsigned_part(text)) : !is_decimal(text)) return Added::other;
      return out.number(as_json(text)) ? Added::yes : Added::unrepresentable;
    }
    case Core::string: out.string(text); return Added::yes;
  }
  return Added::other;
}

}  // namespace gatehouse::yaml

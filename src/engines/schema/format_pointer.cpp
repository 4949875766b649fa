// JSON Pointers, UUIDs and base64.
#include "engines/schema/format.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::schema {

bool is_json_pointer(std::string_view text) noexcept {
  if (text.empty()) return true;
  if (text.front() != '/') return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '~' && (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1'))) return false;
  return true;
}

bool is_relative_json_pointer(std::string_view text) noexcept {
  std::size_t digits = 0;
  while (digits < text.size() && text::is_digit(text[digits])) ++digits;
  if (digits == 0 || (digits > 1 && text.front() == '0')) return false;
  const auto rest = text.substr(digits);
  return rest == "#" || is_json_pointer(rest);
}

bool is_uuid(std::string_view text) noexcept {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? text[i] != '-' : text::hex_value(text[i]) < 0) return false;
  }
  return true;
}

bool is_base64(std::string_view text) noexcept {
  if (text.size() % 4 != 0) return false;
  std::size_t padding = 0;
  for (const char c : text) {
    if (c == '=') ++padding;
    else if (padding > 0 || (!text::is_alnum(c) && c != '+' && c != '/')) return false;
  }
  return padding <= 2;
}

}  // namespace gatehouse::schema

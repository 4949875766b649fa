#include "engines/contract/other_spelling.hpp"

#include <algorithm>
#include <array>

#include "ground/http/query.hpp"

namespace gatehouse::contract {

namespace other_spelling {
namespace {
constexpr std::string_view blanks = " \t\n\v\f\r";

std::string_view without_keys(std::string_view name) { return name.substr(0, name.find('[', name.starts_with('[') ? 1 : 0)); }

/// The first key, where the name is nothing but keys.
std::string_view first_key(std::string_view name) {
  if (!name.starts_with('[')) return {};
  return name.substr(1, name.find(']') - 1);
}

std::string underscored(std::string_view name) {
  std::string out(name.substr(std::min(name.find_first_not_of(blanks), name.size())));
  std::ranges::replace_if(out, [](char c) { return c == '.' || c == '[' || blanks.contains(c); }, '_');
  return out;
}
}  // namespace
}  // namespace other_spelling

std::string wrong_with_unnamed(std::string_view name, const Shape& form) {
  if (http::is_method_override(name)) return std::string(name) + " must not be there: some servers take it for the method, and it is not described";
  const auto trimmed = name.substr(std::min(name.find_first_not_of(other_spelling::blanks), name.size()));
  const std::array<std::string, 4> readings{std::string(trimmed), std::string(other_spelling::without_keys(trimmed)),
                                            std::string(other_spelling::first_key(trimmed)),
                                            other_spelling::underscored(other_spelling::without_keys(trimmed))};
  for (const auto& reading : readings)
    if (reading != name && form.member(reading))
      return std::string(name) + " must not be there: some servers read it as " + reading + ", and it is not described so";
  return {};
}

}  // namespace gatehouse::contract

#include "app/main/admin/asked.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::main {

Result<> take_only(const json::Value& arguments, std::initializer_list<std::string_view> names) {
  for (const auto [name, value] : arguments.members()) {
    if (std::ranges::find(names, name) == names.end()) return refuse(Fault::invalid, fmt::format("unknown argument '{}'", name));
  }
  return {};
}

Error wrong(std::string_view name, std::string_view wanted) { return refuse(Fault::invalid, fmt::format("argument '{}' must be {}", name, wanted)); }

Result<std::string> required_text(const json::Value& arguments, std::string_view name) {
  const auto text = arguments.string(name);
  if (!text) return wrong(name, "a text");
  return std::string(*text);
}

}  // namespace gatehouse::main

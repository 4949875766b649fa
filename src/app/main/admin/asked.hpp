// The arguments of an operation, read one by one.
#pragma once
#include <initializer_list>
#include <string>

#include "ground/base/result.hpp"
#include "ground/json/document.hpp"

namespace gatehouse::main {

/// A member that nobody reads would be a wish that nobody fulfils: `invalid` for any but these.
[[nodiscard]] Result<> take_only(const json::Value& arguments, std::initializer_list<std::string_view> names);
/// `invalid`: what the argument must be.
[[nodiscard]] Error wrong(std::string_view name, std::string_view wanted);
[[nodiscard]] Result<std::string> required_text(const json::Value& arguments, std::string_view name);

}  // namespace gatehouse::main

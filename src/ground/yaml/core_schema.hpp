// What a plain scalar of YAML means by the core schema (YAML 1.2.2 section 10.3.2): null, a boolean, a number, else a string.
#pragma once
#include <string_view>

#include "ground/json/builder.hpp"

namespace gatehouse::yaml {

/// The kinds of scalar that the core schema has tags for.
enum class Core { null, boolean, integer, real, string };

/// `unrepresentable`: a number that JSON has no word for, such as `.inf`. `other`: it is no scalar of the kind asked for.
enum class Added { yes, other, unrepresentable };

/// What a plain scalar is.
[[nodiscard]] Core resolve(std::string_view plain) noexcept;

/// Adds the scalar as that kind.
[[nodiscard]] Added add_as(Core kind, std::string_view text, json::Builder& out);

}  // namespace gatehouse::yaml

// Names of fields in forms that servers read as other names. Where a schema lets members be that it does not name, such a field would be judged as one of
// those and read as one that it does name.
#pragma once
#include <string>
#include <string_view>

#include "engines/contract/shape.hpp"

namespace gatehouse::contract {

/// What is wrong with a field of that name (decoded) in a form whose schema does not name it; empty: nothing.
/// Refused are
/// - what some framework takes for the method (`_method`, as in a query);
/// - what is another spelling of a member that the schema names: with keys in brackets, which qs (Express), Rack and PHP read as a list or an object (`amount[]`,
///   `user_id[$ne]`), or take off (`[role]`); with leading blanks, or dots and blanks within, which PHP drops or reads as `_`.
[[nodiscard]] std::string wrong_with_unnamed(std::string_view name, const Shape& form);

}  // namespace gatehouse::contract

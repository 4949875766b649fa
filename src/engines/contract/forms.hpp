// Which kinds of value a text may be taken for.
#pragma once
#include <vector>

#include "engines/contract/value_rule.hpp"

namespace gatehouse::contract {

/// The forms that the shape allows, arrays first: "1" for a schema that takes [1] and 1 is the list of one.
[[nodiscard]] inline std::vector<Form> forms_of(Kinds kinds) {
  std::vector<Form> out;
  if (kinds.has(Kinds::array) && kinds != Kinds(Kinds::every)) out.push_back(Form::array);
  if (kinds.has(Kinds::object) && kinds != Kinds(Kinds::every)) out.push_back(Form::object);
  if (kinds.has_scalar() || kinds.none()) out.push_back(Form::scalar);
  return out;
}

}  // namespace gatehouse::contract

// What the audit log keeps of an operation that changes something. Made of what was asked and what was answered, and of named members of these only: no
// secret, no token and no list of imported keys is among them.
#pragma once
#include <string_view>

#include "ground/json/document.hpp"
#include "services/audit/act.hpp"

namespace gatehouse::main {

/// Without its time, way and actor. `outcome`: the JSON of the answer, or the error.
[[nodiscard]] audit::Act act_of(std::string_view operation, const json::Value& arguments, const Result<std::string>& outcome);

}  // namespace gatehouse::main

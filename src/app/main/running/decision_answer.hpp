// `gatehouse why ID`, from the decisions of the running server or from their file.
#pragma once
#include <string>

#include "ground/base/result.hpp"
#include "services/audit/decisions.hpp"

namespace gatehouse::main {

/// `invalid`: not the form of an id.
[[nodiscard]] Result<audit::DecisionId> read_decision_id(std::string_view text);
/// {"text": for a person, "decision": {...}}. invalid: not the form of an id; not_found: not among the decisions that are kept.
[[nodiscard]] Result<std::string> decision_answer(const audit::Decisions& decisions, std::string_view id);

}  // namespace gatehouse::main

// A decision in words: which stage, which rule, which facts, and what would have allowed it. What `gatehouse why ID` prints.
#pragma once
#include <string>

#include "services/audit/decisions.hpp"

namespace gatehouse::audit {

/// Several lines for a person; hostile texts are escaped as in the audit log, so the terminal stays as it is.
[[nodiscard]] std::string explain(const Decision& decision);

/// The same as one JSON object on one line, with the names of the audit log, and `title`, `remedy` (what the caller was told) and `cure` (what the operator can do) of the problem.
[[nodiscard]] std::string explain_json(const Decision& decision);

}  // namespace gatehouse::audit

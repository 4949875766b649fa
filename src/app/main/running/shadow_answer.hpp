// What shadow mode would have refused since the server started, as an administrator gets it.
#pragma once
#include <string>

#include "services/audit/shadow.hpp"

namespace gatehouse::main {

/// {"rows": [{"route", "direction", "status", "in", "at", "detail", "contract", "times", "first", "last"}], "others"}; the most frequent first.
[[nodiscard]] std::string shadow_answer(const audit::Shadow& shadow);

}  // namespace gatehouse::main

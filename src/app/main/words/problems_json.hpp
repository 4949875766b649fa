// What is wrong with a configuration, for programs: the answer of `check --json`, and of `serve --json` where it cannot begin or go on with a file.
#pragma once
#include <string>

#include "app/config/load.hpp"

namespace gatehouse::main {

/// {"file":"...","problems":[{"file","line","column","path","what","nearest"?,"example"?}],"notes":[the same]}; no problems: all is well. `notes`: what
/// refuses nothing, and should be known.
[[nodiscard]] std::string problems_json(const std::string& file, const config::Problems& problems, const config::Problems& notes = {});

}  // namespace gatehouse::main

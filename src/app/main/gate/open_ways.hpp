// Where an upstream has a path that one route guards, and another one leads to without asking who comes.
#pragma once
#include <string>
#include <vector>

#include "app/config/configuration.hpp"

namespace gatehouse::main {

/// A sentence for each pair of such routes, at most 20. Compared is what the upstream gets: paths without their `strip_prefix`, whatever the host is. It is no
/// fault: an open part that is named more narrowly than the guarded one (`/{path...}` and `/health`) is meant, and so is what hosts keep apart for an
/// upstream that looks at them.
[[nodiscard]] std::vector<std::string> open_way_notices(const config::Configuration& configuration);

}  // namespace gatehouse::main

// The plans of the keys in a store that nobody opened: what `gatehouse check` says of keys, beside a running server or without one.
#pragma once
#include <string>
#include <vector>

#include "app/config/configuration.hpp"

namespace gatehouse::main {

/// A sentence for each plan that keys in use have and the configuration has not; or the one that says why this was not looked at. The store is read, and
/// neither made nor changed. None where no route takes keys.
[[nodiscard]] std::vector<std::string> stored_plan_notices(const config::Configuration& configuration, Instant now);

}  // namespace gatehouse::main

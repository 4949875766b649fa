// Every route of the configuration in force, tried by real requests at a gate of its own whose upstreams are nowhere: what is let through ends in a
// 502 of the gate, so that a test changes no data, wakes no upstream and can use every method. Keys and tokens are made for the test: the issuers
// are the configured ones but for their keys, which only they have.
#pragma once
#include "app/main/selftest/tryout.hpp"

namespace gatehouse::main {

/// Routes that are tried; of what is beyond, one case says so.
inline constexpr std::size_t tried_routes_max = 100;

/// The configuration of that gate: of `running` the routes, plans' features and issuers, without limits and addresses. Its issuers have key sets in
/// `folder`, which are still to be written.
[[nodiscard]] config::Configuration routes_configuration(const config::Configuration& running, const std::string& folder);

/// Serves `tryout` and tries each of its routes until `until`. Blocking. What was not asked by then is unjudged.
[[nodiscard]] Result<std::vector<Tried>> try_routes(config::Configuration tryout, const Clock& clock, Random& random, Ticks until);

}  // namespace gatehouse::main

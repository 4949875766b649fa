// What a configuration says of the snapshot that the gate serves by: the one place where its blocks are named, for the gate and its rehearsal.
#pragma once
#include "app/config/configuration.hpp"
#include "doors/gateway/compile.hpp"

namespace gatehouse::main {

/// Refers to `configuration`. Listeners, failures, signer, label_of, number_of_route and where names and keys come from are the caller's to add.
[[nodiscard]] gateway::Blueprint blueprint_of(const config::Configuration& configuration);

}  // namespace gatehouse::main

// What a configuration lets through, as the one table that its owner can sign: `gatehouse routes`, of a file or of the running server.
#pragma once
#include <string>

#include "app/config/configuration.hpp"

namespace gatehouse::main {

/// {"routes":[{"name","methods","path","hosts","upstream","credentials","scopes","features","issuers","claims","requests","answers","contract"}]} on one line, in
/// the order of the paths. "hosts" empty: every one; "requests" and "answers": what becomes of those that do not keep the contract, null where there is
/// none, as then is "contract".
[[nodiscard]] std::string routes_answer(const config::Configuration& configuration);

}  // namespace gatehouse::main

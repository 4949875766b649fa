// What the running gate says of its issuers and their tokens when the command line asks.
#pragma once
#include <vector>

#include "app/config/configuration.hpp"
#include "app/main/admin/administration.hpp"
#include "doors/gateway/issuers.hpp"

namespace gatehouse::main {

/// Those that a configuration trusts, in its order.
[[nodiscard]] std::vector<TrustedIssuer> trusted_issuers(const config::Configuration& configuration);
/// Whether the keys that are in force now prove the token. Nothing else of it is judged. Any thread.
[[nodiscard]] TokenSignature signature_of(const gateway::Issuers& issuers, std::string_view token);

}  // namespace gatehouse::main

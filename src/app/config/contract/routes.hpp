// From contracts to routes: each operation becomes a route of its own, with the credentials and scopes that its security requirements ask for, and the
// operation as what its requests are held to.
#pragma once
#include <string>
#include <vector>

#include "app/config/contract/options.hpp"
#include "engines/contract/contract.hpp"
#include "ground/settings/reader.hpp"

namespace gatehouse::config {

struct ContractRoutes {
  std::vector<gateway::RouteOptions> routes;
  /// What refuses the contract, and what its owner should know: an operation that stays refused, a fault of the document that does no harm.
  std::vector<settings::Problem> problems, notes;
};

/// `name` is what the configuration calls the contract; `has_issuers`: tokens can be believed at all. Blocking: reads the files.
[[nodiscard]] ContractRoutes routes_of_contract(const std::string& name, const ContractOptions& options, bool has_issuers);

}  // namespace gatehouse::config

// What an operator says of a contract: where it is, whose API it describes, and what the gate makes of what it says.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "doors/gateway/options.hpp"
#include "ground/settings/container.hpp"

namespace gatehouse::config {

struct ContractOptions {
  std::string file;      ///< an OpenAPI document, JSON or YAML; absolute once loaded
  std::string upstream;  ///< who answers
  /// Security schemes of the document -> which credentials of the gate stand for them. One that is not named is bound by what it says of itself.
  settings::Named<std::vector<gateway::Credential>> schemes;
  /// What operations without a security requirement ask for. Not set: nothing in a document that has requirements elsewhere, else a key or a token.
  std::optional<std::vector<gateway::Credential>> unsecured;
  gateway::Validate validate = gateway::Validate::enforce;
  std::uint64_t body_bytes_max = 1024 * 1024;
  bool operator==(const ContractOptions&) const = default;
};

[[nodiscard]] settings::TypeOf<ContractOptions> contract_settings();

}  // namespace gatehouse::config

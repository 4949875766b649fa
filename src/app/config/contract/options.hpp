// What an operator says of a contract: where it is, whose API it describes, and what the gate makes of what it says.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "doors/gateway/options.hpp"
#include "ground/settings/container.hpp"

namespace gatehouse::config {

/// What becomes of messages that do not keep the contract, by direction.
struct ValidateOptions {
  gateway::Validate requests = gateway::Validate::enforce;
  /// Not set: as strictly as requests. Those that are refused have answers that are refused.
  std::optional<gateway::ValidateAnswers> answers;
  gateway::LargeAnswers large_answers = gateway::LargeAnswers::refuse;
  [[nodiscard]] gateway::ValidateAnswers of_answers() const noexcept;
  bool operator==(const ValidateOptions&) const = default;
};

/// What is not set is as the contract says.
struct OperationOptions {
  std::optional<ValidateOptions> validate;
  std::optional<std::uint64_t> body_bytes_max, answer_bytes_max;
  bool closed = false;  ///< as if the document did not describe it
  std::optional<gateway::RouteTimeouts> timeouts;
  std::optional<limits::LimitOptions> limits;
  std::optional<audit::Level> audit;
  std::optional<std::vector<http::AddressBlock>> addresses;
  // What is asked of a caller beyond the scopes of the document, as in a route.
  std::vector<std::string> issuers, features;
  settings::Named<std::vector<token::ClaimValue>> claims;
  std::optional<gateway::RedactOptions> redact;
  bool operator==(const OperationOptions&) const = default;
};

struct ContractOptions {
  std::string file;      ///< an OpenAPI document, JSON or YAML; absolute once loaded
  std::string upstream;  ///< who answers
  /// Security schemes of the document -> which credentials of the gate stand for them. One that is not named is bound by what it says of itself.
  settings::Named<std::vector<gateway::Credential>> schemes;
  /// What operations without a security requirement ask for. Not set: nothing in a document that has requirements elsewhere, else a key or a token.
  std::optional<std::vector<gateway::Credential>> unsecured;
  ValidateOptions validate = {};
  std::uint64_t body_bytes_max = 1024 * 1024;
  std::uint64_t answer_bytes_max = 4 * 1024 * 1024;
  gateway::RedactOptions redact = {};              ///< beside what the document marks
  std::string strip_prefix = {};                   ///< taken off every path before the upstream sees it; empty: nothing
  gateway::RouteTimeouts timeouts = {};            ///< of all its routes
  std::optional<audit::Level> audit = {};          ///< of all its routes; not set: as the audit block says
  std::vector<http::AddressBlock> addresses = {};  ///< clients that may use its routes; empty: all
  /// By `operationId`, or "GET /patients/{id}" as the document writes it.
  settings::Named<OperationOptions> operations = {};
  bool operator==(const ContractOptions&) const = default;
};

[[nodiscard]] settings::TypeOf<ContractOptions> contract_settings();

}  // namespace gatehouse::config

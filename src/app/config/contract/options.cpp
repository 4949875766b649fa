#include "app/config/contract/options.hpp"

#include "ground/settings/block.hpp"

namespace gatehouse::config {

using gateway::LargeAnswers, gateway::Validate, gateway::ValidateAnswers;

gateway::ValidateAnswers ValidateOptions::of_answers() const noexcept {
  if (answers) return *answers;
  switch (requests) {
    case Validate::enforce: return ValidateAnswers::refuse;
    case Validate::shadow: return ValidateAnswers::log;
    case Validate::off: return ValidateAnswers::off;
  }
  return ValidateAnswers::refuse;
}

namespace contract_options {
namespace {
settings::TypeOf<ValidateOptions> validate_settings() {
  settings::TypeOf<ValidateOptions> block =
      settings::Block<ValidateOptions>("validate", "What becomes of a message that is not as the document describes it, by direction.")
          .field("requests", &ValidateOptions::requests,
                 settings::words<Validate>({{"enforce", Validate::enforce, "a request that does not keep the contract is refused"},
                                            {"shadow", Validate::shadow, "it passes, is counted and told in the log"},
                                            {"off", Validate::off, "requests are not compared with it; its routes and credentials hold"}}),
                 "What becomes of a request.", "shadow")
          .field("answers", &ValidateOptions::answers,
                 settings::words<ValidateAnswers>(
                     {{"refuse", ValidateAnswers::refuse, "the caller gets 502 instead, and nothing of it"},
                      {"strip", ValidateAnswers::strip,
                       "members that the document does not declare are taken out of JSON; what then is wrong still is refused"},
                      {"log", ValidateAnswers::log, "it passes, is counted and told in the log"},
                      {"off", ValidateAnswers::off, "answers are not compared with it"}}),
                 "What becomes of an answer. Default: `refuse` where requests are enforced, `log` where they are in shadow, else `off`.", "strip")
          .field("large_answers", &ValidateOptions::large_answers,
                 settings::words<LargeAnswers>({{"refuse", LargeAnswers::refuse, "it counts as one that does not keep the contract"},
                                                {"pass", LargeAnswers::pass, "it streams; its status, headers and media type are judged"}}),
                 "What becomes of an answer whose body would have to be judged and is larger than `answer_max`.", "pass");
  block = settings::or_word(std::move(block), "enforce", ValidateOptions{}, "both directions are: what does not keep the contract is refused");
  block = settings::or_word(std::move(block), "shadow", ValidateOptions{.requests = Validate::shadow, .answers = {}},
                            "everything passes, and what would be refused is counted and told in the log");
  return settings::or_word(std::move(block), "off", ValidateOptions{.requests = Validate::off, .answers = {}},
                           "nothing is compared with it; its routes and credentials hold");
}

settings::TypeOf<std::uint64_t> body_settings() {
  return settings::or_word(settings::byte_size(1, 64ULL << 30), "none", 0, "a request with a body is refused");
}
settings::TypeOf<std::uint64_t> answer_settings() { return settings::byte_size(1, 1ULL << 30); }

settings::TypeOf<OperationOptions> operation_settings() {
  return settings::Block<OperationOptions>("operation", "What is different for one operation of a contract.")
      .field("validate", &OperationOptions::validate, validate_settings(), "Instead of the contract's `validate`.", "{ answers: strip }")
      .field("body_max", &OperationOptions::body_bytes_max, body_settings(), "Instead of the contract's `body_max`.", "16MiB")
      .field("answer_max", &OperationOptions::answer_bytes_max, answer_settings(), "Instead of the contract's `answer_max`.", "64MiB")
      .field("closed", &OperationOptions::closed, settings::boolean(), "The operation stays refused, as if the document did not describe it.", "true")
      .field("timeouts", &OperationOptions::timeouts, gateway::timeout_settings(), "Instead of the contract's `timeouts`.", "{ response_head: 5m }")
      .field("limits", &OperationOptions::limits, limits::limit_settings(), "How much the operation takes from all callers together.",
             "{ rate: 6/m, burst: 2, concurrency: 1 }")
      .field("audit", &OperationOptions::audit, audit::level_settings(), "Instead of the contract's `audit`.", "all")
      .field("addresses", &OperationOptions::addresses, settings::list_of(settings::address_block(), 1), "Instead of the contract's `addresses`.",
             "[10.0.0.0/8]")
      .field("issuers", &OperationOptions::issuers, settings::list_of(settings::name(), 1),
             "Whose tokens are taken, by the names of the issuers. Default: of all that are configured.", "[clinic]")
      .field("features", &OperationOptions::features, settings::list_of(settings::name()), "Features that the key's plan must include, all of them.",
             "[export]")
      .field("claims", &OperationOptions::claims, gateway::claim_settings(),
             "Claims that a token must have beside the scopes of the document, with the values that are right.", "{ role: [doctor, nurse] }")
      .field("redact", &OperationOptions::redact, gateway::redact_settings(),
             "Instead of the contract's `redact`; what the document marks holds in any case.", "{ fields: { ssn: remove } }");
}
}  // namespace
}  // namespace contract_options

settings::TypeOf<ContractOptions> contract_settings() {
  return settings::Block<ContractOptions>(
             "contract", "An OpenAPI document whose operations become routes. What it does not describe is refused; what it describes is held to it.")
      .required("file", &ContractOptions::file, settings::file_path(),
                "The document: OpenAPI 3.0, 3.1 or 3.2, JSON or YAML. Files that it refers to stand in its folder.", "openapi.yaml")
      .required("upstream", &ContractOptions::upstream, settings::name(), "The upstream that answers, by its name.", "clinic")
      .field("schemes", &ContractOptions::schemes, settings::map_of(gateway::credential_settings(), settings::Names::any),
             "Which credentials stand for a security scheme of the document. By itself an `apiKey` in X-Api-Key is an API key; `http` with bearer, "
             "`oauth2` and `openIdConnect` are a token of a configured issuer, bearer also an API key.",
             "{ partnerKey: [api_key] }")
      .field(
          "unsecured", &ContractOptions::unsecured, gateway::credential_settings(),
          "Which credentials operations without a security requirement take. Default: none are asked for if the document has requirements elsewhere, "
          "else an API key (or a token, where there are issuers). DELETE without a requirement stays refused in any case.",
          "[api_key]")
      .field("validate", &ContractOptions::validate, contract_options::validate_settings(),
             "What becomes of a request or an answer that is not as the document describes it.", "shadow")
      .field("body_max", &ContractOptions::body_bytes_max, contract_options::body_settings(),
             "Bytes of a request body, which is held until it is judged; more is refused with 413.", "1MiB")
      .field("answer_max", &ContractOptions::answer_bytes_max, contract_options::answer_settings(),
             "Bytes of an answer's body, which is held until it is judged. What becomes of a larger one says `validate.large_answers`.", "4MiB")
      .field("redact", &ContractOptions::redact, gateway::redact_settings(),
             "What of answers is taken out or masked, beside what the document marks by `x-gatehouse-scopes` and `x-gatehouse-redact`.",
             "{ fields: { ssn: remove } }")
      .field("strip_prefix", &ContractOptions::strip_prefix, gateway::prefix_settings(),
             "Taken off the path before the upstream sees it: for an API that does not know the path of the document's `servers`.", "/v1")
      .field("timeouts", &ContractOptions::timeouts, gateway::timeout_settings(), "Instead of the upstream's timeouts, for all its routes.",
             "{ idle: 1h }")
      .field("audit", &ContractOptions::audit, audit::level_settings(), "What of its routes is recorded. Default: as the audit block says.", "all")
      .field("addresses", &ContractOptions::addresses, settings::list_of(settings::address_block(), 1),
             "Client addresses that may use its routes. Default: all.", "[10.0.0.0/8]")
      .field("operations", &ContractOptions::operations, settings::map_of(contract_options::operation_settings(), settings::Names::any),
             "What is different for single operations, named by their `operationId` or as `GET /path` in the document's words.",
             "{ getPatient: { validate: { answers: strip } } }");
}

}  // namespace gatehouse::config

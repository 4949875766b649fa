#include "app/config/contract/options.hpp"

#include "ground/settings/block.hpp"

namespace gatehouse::config {

settings::TypeOf<ContractOptions> contract_settings() {
  using gateway::Validate;
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
      .field("validate", &ContractOptions::validate,
             settings::words<Validate>({{"enforce", Validate::enforce, "a request that does not keep the contract is refused"},
                                        {"shadow", Validate::shadow, "it passes, is counted and told in the log"},
                                        {"off", Validate::off, "requests are not compared with it; its routes and credentials hold"}}),
             "What becomes of a request that is not as the document describes it.", "shadow")
      .field("body_max", &ContractOptions::body_bytes_max,
             settings::or_word(settings::byte_size(1, 64ULL << 30), "none", 0, "a request with a body is refused"),
             "Bytes of a request body, which is held until it is judged; more is refused with 413.", "1MiB");
}

}  // namespace gatehouse::config

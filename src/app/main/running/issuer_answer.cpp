#include "app/main/running/issuer_answer.hpp"

namespace gatehouse::main {

std::vector<TrustedIssuer> trusted_issuers(const config::Configuration& configuration) {
  std::vector<TrustedIssuer> all;
  for (const auto& [name, options] : configuration.issuers) all.push_back({name, options.issuer});
  return all;
}

TokenSignature signature_of(const gateway::Issuers& issuers, std::string_view token) {
  auto jwt = token::Jwt::parse(token);
  if (!jwt) return TokenSignature::fails;
  const auto claimed = jwt->unverified_issuer();
  const auto* const issuer = claimed ? issuers.find(*claimed) : nullptr;
  if (issuer == nullptr) return TokenSignature::not_checked;
  const auto keys = issuer->keys().get();
  const auto key = keys->find(jwt->header().key_id, jwt->header().algorithm);
  if (!key) return TokenSignature::not_checked;
  return token::verify_signature(std::move(*jwt), **key, issuer->expectations().algorithms) ? TokenSignature::holds : TokenSignature::fails;
}

}  // namespace gatehouse::main

#include "doors/gateway/stages/identify.hpp"

#include "doors/gateway/worker.hpp"
#include "ground/json/writer.hpp"

namespace gatehouse::gateway {

Verdict IdentifyStage::request(Exchange& exchange) const {
  const auto& principal = exchange.principal;
  auto& identities = exchange.worker().identities();
  const auto now = exchange.now();
  const auto& route = exchange.route().options;
  auto& lookup = identities.key_of(principal, route.name, route.upstream);
  if (const auto kept = identities.find(lookup, now); !kept.empty()) {
    exchange.identity = exchange.memory().copy(kept);
    return Verdict::pass();
  }
  const auto issued = unix_seconds(now);
  std::string scope;
  for (const auto one : principal.scopes) scope.append(scope.empty() ? "" : " ").append(one);
  std::string claims;
  json::Writer writer(claims);
  writer.begin_object();
  writer.member("iss", options_.issuer);
  writer.member("aud", route.upstream);  // RFC 8725 section 3.9: an upstream cannot show it to another one as if its caller had come there
  writer.member("sub", principal.subject);
  if (!principal.issuer.empty()) writer.member("origin", principal.issuer);
  if (!principal.key_id.empty()) writer.member("key", principal.key_id);
  writer.member("scope", scope);
  writer.member("route", route.name);
  writer.member("iat", issued);
  // Twice the time for which it is kept, rounded up: what leaves from the cache last still has its whole lifetime before it.
  writer.member("exp", unix_seconds(std::chrono::ceil<std::chrono::seconds>(now + 2 * options_.lifetime)));
  writer.end();
  auto signed_claims = signer_->sign(claims);
  if (!signed_claims) return std::move(signed_claims).error();
  exchange.identity = exchange.memory().copy(*signed_claims);
  identities.put(lookup, std::move(*signed_claims), now + options_.lifetime);
  return Verdict::pass();
}

}  // namespace gatehouse::gateway

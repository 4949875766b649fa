#include "doors/gateway/stages/authorize.hpp"

#include "doors/gateway/exchange.hpp"

namespace gatehouse::gateway {

Verdict AuthorizeStage::request(Exchange& exchange) const {
  const auto& options = exchange.route().options;
  const auto& principal = exchange.principal;
  for (const auto& scope : options.scopes) {
    if (principal.has_scope(scope)) continue;
    // RFC 6750 section 3.1: insufficient_scope, and which scopes would do.
    std::string all;
    for (const auto& needed : options.scopes) all += (all.empty() ? "" : " ") + needed;
    return Verdict::refuse(
        {.kind = http::ProblemKind::scope_missing,
         .told = "The scope '" + scope + "' is needed.",
         .rule = exchange.rule_of_route("scopes"),
         .facts = "missing scope '" + scope + "'",
         .headers = {http::HeaderId::www_authenticate, "Bearer realm=\"gatehouse\", error=\"insufficient_scope\", scope=\"" + all + "\""}});
  }
  for (const auto& feature : options.features) {
    if (principal.plan != nullptr && principal.plan->has_feature(feature)) continue;
    return Verdict::refuse({.kind = http::ProblemKind::feature_missing,
                            .told = "The feature '" + feature + "' is not part of the plan.",
                            .rule = exchange.rule_of_route("features"),
                            .facts = "missing feature '" + feature + "'",
                            .headers = {}});
  }
  for (const auto& rule : exchange.route().claims) {
    // An API key has no claims, hence never the right ones.
    if (exchange.claims && exchange.claims->keeps(rule)) continue;
    return Verdict::refuse({.kind = http::ProblemKind::claim_missing,
                            .told = "The claim '" + rule.name + "' is missing or has another value than those that are asked for.",
                            .rule = exchange.rule_of_route("claims"),
                            .facts = "claim '" + rule.name +
                                     (!exchange.claims                  ? "': an API key has no claims"
                                      : exchange.claims->get(rule.name) ? "' has another value"
                                                                        : "' is missing"),
                            .headers = {}});
  }
  return Verdict::pass();
}

}  // namespace gatehouse::gateway

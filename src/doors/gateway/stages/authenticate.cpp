#include "doors/gateway/stages/authenticate.hpp"

#include <algorithm>

#include "doors/gateway/facts.hpp"
#include "doors/gateway/revoked.hpp"
#include "doors/gateway/worker.hpp"
#include "ground/base/text.hpp"
#include "services/limits/rate_limit_headers.hpp"

namespace gatehouse::gateway {

namespace {
constexpr std::string_view bearer_scheme = "bearer ";
constexpr std::size_t scopes_max = 1024;  // of a token: each is compared with each that a route asks for

/// RFC 6750 section 3: which scheme would do, and what was wrong.
http::Problem unauthenticated(http::ProblemKind kind, http::Words told, http::Words rule, http::Words facts) {
  const bool none_sent = kind == http::ProblemKind::credential_missing;
  return {.kind = kind,
          .told = std::move(told),
          .rule = std::move(rule),
          .facts = std::move(facts),
          .headers = {http::HeaderId::www_authenticate,
                      none_sent ? http::Words("Bearer realm=\"gatehouse\"") : http::Words("Bearer realm=\"gatehouse\", error=\"invalid_token\"")}};
}

bool takes(const Route& route, Credential kind) { return std::ranges::find(route.options.authenticate, kind) != route.options.authenticate.end(); }

/// What PHP reads as `access_token`: spaces before it are dropped, '.', ' ' and a '[' that nothing closes become '_', and '[' ends it. Others ignore case.
bool is_access_token(std::string_view name) noexcept {
  constexpr std::string_view wanted = "access_token";
  name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
  if (name.size() > wanted.size() && name[wanted.size()] != '[') return false;
  return std::ranges::equal(name.substr(0, wanted.size()), wanted, [](char sent, char meant) {
    return text::lower(sent) == meant || (meant == '_' && (sent == '.' || sent == ' ' || sent == '['));
  });
}

/// RFC 6750 section 2.3, which RFC 9700 section 4.3.2 forbids. Also in the spellings that some server turns into it, and where only one that splits at ';'
/// would see it.
bool names_access_token(std::string_view query, Arena& memory) {
  while (!query.empty()) {
    const auto end = query.find_first_of("&;");
    const auto part = query.substr(0, end);
    query = end == query.npos ? std::string_view() : query.substr(end + 1);
    if (is_access_token(http::Query::decode(part.substr(0, part.find('=')), memory))) return true;
  }
  return false;
}

/// What the route takes, and where it is to be sent.
http::Words asked_for(const Route& route) {
  if (!takes(route, Credential::jwt)) return "This resource takes an API key, in X-Api-Key or in Authorization: Bearer.";
  if (!takes(route, Credential::api_key)) return "This resource takes an access token, in Authorization: Bearer.";
  return "This resource takes an API key, in X-Api-Key or in Authorization: Bearer, or an access token, in Authorization: Bearer.";
}
}  // namespace

Verdict AuthenticateStage::request(Exchange& exchange) const {
  auto verdict = identify(exchange);
  if (!verdict.passed()) return verdict;
  if (auto problem = exchange.worker().refuse_credential(exchange.principal, exchange.memory())) return Verdict::refuse(std::move(*problem));
  return verdict;
}

Verdict AuthenticateStage::identify(Exchange& exchange) const {
  const auto& request = exchange.request();
  if (takes(exchange.route(), Credential::jwt) && names_access_token(request.query.text(), exchange.memory()))
    return Verdict::refuse(unauthenticated(http::ProblemKind::credential_invalid,
                                           "An access token does not belong into a URL, where logs and histories keep it.",
                                           "authenticate.token-in-query", "a parameter access_token in the query"));
  const auto api_key = request.headers.get(http::HeaderId::x_api_key);
  const auto authorization = request.headers.get(http::HeaderId::authorization);
  if (api_key && authorization)
    return Verdict::refuse({.kind = http::ProblemKind::credential_ambiguous,
                            .told = "Send X-Api-Key or Authorization, not both.",
                            .rule = exchange.rule_of_route("authenticate"),
                            .facts = "X-Api-Key and Authorization were both sent",
                            .headers = {}});
  if (api_key) return by_key(exchange, *api_key);
  if (!authorization)
    return Verdict::refuse(unauthenticated(http::ProblemKind::credential_missing, asked_for(exchange.route()), exchange.rule_of_route("authenticate"),
                                           "no credential was sent"));
  if (authorization->size() <= bearer_scheme.size() || !text::equal_ignoring_case(authorization->substr(0, bearer_scheme.size()), bearer_scheme))
    return Verdict::refuse(unauthenticated(http::ProblemKind::credential_invalid, "Only the Bearer scheme is taken here.",
                                           exchange.rule_of_route("authenticate"), "another scheme than Bearer"));
  const auto credential = authorization->substr(bearer_scheme.size());
  return credential.starts_with(keys::key_prefix) ? by_key(exchange, credential) : by_token(exchange, credential);
}

namespace {
/// The public id that it carries tells the operator whose client still sends a secret that was rotated away. It proves nothing: anybody can write
/// it, so that it is told among the facts only and makes no principal. Nothing more of the key is told.
http::Words about_unknown(Exchange& exchange, std::string_view text) {
  const auto shape = keys::parse_key(text);
  if (!shape) return "an API key that is not known";
  const bool is_there = exchange.ring->find(shape->id) != nullptr;
  return facts(exchange.memory(), {"an API key that is not known, with the id ", shape->id.text(), is_there ? " of a key that is there" : ""});
}
}  // namespace

Verdict AuthenticateStage::by_key(Exchange& exchange, std::string_view text) const {
  using enum keys::KeyVerdict;
  if (!takes(exchange.route(), Credential::api_key))
    return Verdict::refuse(unauthenticated(http::ProblemKind::credential_invalid, "This resource takes tokens, not API keys.",
                                           exchange.rule_of_route("authenticate"), "an API key"));
  exchange.ring = exchange.worker().key_ring();
  const auto& ring = *exchange.ring;
  const auto judged = ring.judge(text, exchange.request().client_to_judge(), exchange.now());
  const auto id = judged.key != nullptr ? exchange.memory().copy(judged.key->id.text()) : std::string_view{};
  exchange.principal.key_id = id;
  const auto about_key = [&](std::string_view more = {}) { return facts(exchange.memory(), {"key ", id, more}); };
  const auto bad = [&](http::ProblemKind kind, http::Words told, http::Words saw) {
    auto rule = http::Words::lasting(exchange.memory().concat({"keys.", keys::to_text(judged.verdict)}));
    return Verdict::refuse(unauthenticated(kind, std::move(told), std::move(rule), std::move(saw)));
  };
  switch (judged.verdict) {
    case good: break;
    case malformed:
      return bad(http::ProblemKind::credential_invalid, "The API key is incomplete or mistyped: its checksum does not fit.",
                 "an API key whose checksum does not fit");
    case unknown: return bad(http::ProblemKind::credential_invalid, {}, about_unknown(exchange, text));
    case replaced: return bad(http::ProblemKind::key_revoked, {}, about_key(", by a secret that was replaced"));
    case revoked: return bad(http::ProblemKind::key_revoked, {}, about_key(", revoked"));
    case expired: return bad(http::ProblemKind::key_expired, {}, about_key(", past its end"));
    case environment_refused:
      return bad(http::ProblemKind::credential_invalid, "This key is for the other environment (test or live).",
                 id.empty() ? http::Words("a key of the other environment") : about_key(", of the other environment"));
    case address_refused:
      return Verdict::refuse(
          {.kind = http::ProblemKind::address_refused,
           .told = "This key is not to be used from here.",
           .rule = "keys.address",
           .facts = facts(exchange.memory(),
                          {"key ", id, ", from ",
                           exchange.request().client_known ? exchange.worker().text_of(exchange.request().client) : "a client that is not known"}),
           .headers = {}});
    case plan_missing:
      // Whoever changed the plans did it, not who holds the key: nothing is known of its limits, so it does not pass, and it is nobody's failure.
      return Verdict::refuse(
          {.kind = http::ProblemKind::plan_unavailable,
           .told = {},
           .rule = "keys.plan-missing",
           .facts = facts(exchange.memory(), {"key ", id, ", whose plan '", ring.plan_name(*judged.key), "' is not in the configuration"}),
           .headers = {http::HeaderId::retry_after, "10"}});
  }
  auto& principal = exchange.principal;
  principal.kind = Principal::Kind::api_key;
  principal.key = judged.key;
  principal.subject = ring.subject(*judged.key);
  principal.scopes = ring.scopes(*judged.key);
  principal.plan = ring.plan(*judged.key);
  return Verdict::pass();
}

Verdict AuthenticateStage::by_token(Exchange& exchange, std::string_view text) const {
  if (!takes(exchange.route(), Credential::jwt))
    return Verdict::refuse(unauthenticated(http::ProblemKind::credential_invalid, "This resource takes API keys, not tokens.",
                                           exchange.rule_of_route("authenticate"), "a token"));
  const auto bad = [&](const Error& error) {
    const auto kind = token::is_expiry(error) ? http::ProblemKind::token_expired : http::ProblemKind::credential_invalid;
    return Verdict::refuse(unauthenticated(kind, error.told, "authenticate.token", error.detail));
  };
  const auto trusted_here = [&](const Issuer* issuer) {
    const auto& names = exchange.route().options.issuers;
    return issuer != nullptr && (names.empty() || std::ranges::find(names, issuer->name()) != names.end());
  };
  auto& cache = exchange.worker().signatures();
  std::shared_ptr<const token::VerifiedSignature> proof;
  const Issuer* issuer = nullptr;
  if (const auto hit = cache.find(text)) {
    issuer = issuers_->find(hit->issuer());
    if (issuer != nullptr) proof = hit->with(*exchange.keys_of(*issuer));
  }
  exchange.worker().count(proof ? audit::Counter::token_cache_hits : audit::Counter::token_cache_misses);
  if (!proof) {
    auto jwt = token::Jwt::parse(text);
    if (!jwt) return bad(jwt.error());
    const auto claimed = jwt->unverified_issuer();
    issuer = claimed ? issuers_->find(*claimed) : nullptr;
    if (!trusted_here(issuer))
      return bad(refuse(Fault::unauthenticated, "The token's issuer is not trusted here.",
                        claimed ? "issuer '" + std::string(claimed->substr(0, 200)) + "'" : "no issuer"));
    const auto keys = exchange.keys_of(*issuer);
    const bool absent = Issuer::absent(*keys);
    auto key = keys->find(jwt->header().key_id, jwt->header().algorithm);
    if (!key) {
      if (!absent && key.error().fault != Fault::not_found) return bad(key.error());
      // The issuer may have rotated its keys: one asks it, and whoever comes meanwhile waits for what it says. Then the stage starts over.
      const auto judge_again = [](Exchange* resumed) { return resumed->route().stages[resumed->stage()]->request(*resumed); };
      if (auto claim = issuer->claim_refresh(exchange.ticks()))
        return Verdict::wait([held = issuers_, claim = std::move(*claim), judge_again]() mutable -> Resume {
          (void)std::move(claim).refresh();  // a failure is told, and keeps what there is
          return judge_again;
        });
      if (issuer->refreshing())
        return Verdict::wait([judge_again]() -> Resume { return judge_again; },
                             [held = issuers_, issuer](async::Task task) { return issuer->when_refreshed(std::move(task)); });
      if (exchange.keys_of(*issuer) != keys) return by_token(exchange, text);  // it has answered between our look and our question
      // Whether the token is good nobody can say: the caller has done nothing wrong, and is neither told so nor counted as one who has.
      if (absent)
        return Verdict::refuse({.kind = http::ProblemKind::issuer_unavailable,
                                .told = {},
                                .rule = "authenticate.key-set",
                                .facts = "no key set of issuer '" + issuer->name() + "' is there",
                                .headers = {http::HeaderId::retry_after, "10"}});
      return bad(key.error());
    }
    auto verified = token::verify_signature(std::move(*jwt), **key, issuer->expectations().algorithms);
    if (!verified) return bad(verified.error());
    proof = std::move(*verified);
    cache.put(text, proof);
  }
  if (!trusted_here(issuer))
    return bad(
        refuse(Fault::unauthenticated, "The token's issuer is not trusted here.", "issuer '" + (issuer != nullptr ? issuer->name() : "") + "'"));
  auto claims = token::check_claims(std::move(proof), issuer->expectations(), exchange.now());
  if (!claims) return bad(claims.error());
  auto& principal = exchange.principal;
  exchange.claims = std::move(*claims);
  principal.issuer = exchange.claims->issuer();
  const auto subject = exchange.claims->get(issuer->subject_claim());
  principal.subject = subject ? subject->string().value_or("") : "";
  if (principal.subject.empty()) return bad(refuse(Fault::unauthenticated, "The token names no subject.", "claim '" + issuer->subject_claim() + "'"));
  if (const auto* const revocation = revocation_of(exchange, *exchange.claims, principal.subject, text)) {
    const bool undated = revocations::by_time(revocation->kind) && !exchange.claims->get("iat");
    auto& memory = exchange.memory();
    return Verdict::refuse(unauthenticated(
        http::ProblemKind::token_revoked, undated ? http::Words("The token does not say when it was issued (iat).") : http::Words(),
        http::Words::lasting(memory.concat({"revocations.", revocations::to_text(revocation->kind)})),
        http::Words::lasting(memory.concat({"revocation ", revocation->id.text(), undated ? "; the token has no iat, so it counts as old" : ""}))));
  }
  const auto scopes = exchange.claims->scopes(issuer->scope_claim(*exchange.claims));
  if (scopes.size() > scopes_max)
    return bad(refuse(Fault::unauthenticated, "The token holds too many scopes.", std::to_string(scopes.size()) + " scopes"));
  const auto kept = exchange.memory().array<std::string_view>(scopes.size());
  std::ranges::copy(scopes, kept.begin());
  principal.scopes = kept;
  principal.kind = Principal::Kind::token;
  return Verdict::pass();
}

}  // namespace gatehouse::gateway

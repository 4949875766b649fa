#include "doors/gateway/recognize.hpp"

#include "doors/gateway/revoked.hpp"
#include "doors/gateway/worker.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::gateway {

namespace recognizing {  // the names below belong to this file
namespace {

void by_key(Exchange& exchange, std::string_view text) {
  const auto ring = exchange.worker().key_ring();
  const auto judged = ring->judge(text, exchange.request().client_to_judge(), exchange.now());
  if (judged.verdict != keys::KeyVerdict::good) return;
  auto& principal = exchange.principal;
  exchange.ring = ring;
  principal.kind = Principal::Kind::api_key;
  principal.key = judged.key;
  principal.key_id = exchange.memory().copy(judged.key->id.text());
  principal.subject = ring->subject(*judged.key);
}

void by_token(Exchange& exchange, std::string_view text) {
  const auto hit = exchange.worker().signatures().find(text);
  if (!hit) return;
  const auto* const issuer = exchange.snapshot().issuers->find(hit->issuer());
  if (issuer == nullptr) return;
  auto proof = hit->with(*exchange.keys_of(*issuer));
  if (!proof) return;
  auto claims = token::check_claims(std::move(proof), issuer->expectations(), exchange.now());
  if (!claims) return;
  const auto subject = claims->get(issuer->subject_claim());
  const auto who = subject ? subject->string().value_or("") : "";
  if (who.empty() || revocation_of(exchange, *claims, who, text) != nullptr) return;
  exchange.claims = std::move(*claims);
  auto& principal = exchange.principal;
  principal.kind = Principal::Kind::token;
  principal.issuer = exchange.claims->issuer();
  principal.subject = who;
}

}  // namespace
}  // namespace recognizing

void recognize(Exchange& exchange) {
  constexpr std::string_view bearer_scheme = "bearer ";
  const auto& headers = exchange.request().headers;
  const auto api_key = headers.get(http::HeaderId::x_api_key);
  const auto authorization = headers.get(http::HeaderId::authorization);
  if (api_key.has_value() == authorization.has_value()) return;  // none; or two, and which of them is meant is nobody's guess
  if (api_key) return recognizing::by_key(exchange, *api_key);
  if (!text::equal_ignoring_case(authorization->substr(0, bearer_scheme.size()), bearer_scheme)) return;
  const auto credential = authorization->substr(bearer_scheme.size());
  if (credential.starts_with(keys::key_prefix)) recognizing::by_key(exchange, credential);
  else recognizing::by_token(exchange, credential);
}

}  // namespace gatehouse::gateway

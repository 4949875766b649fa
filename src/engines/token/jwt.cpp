#include "engines/token/jwt.hpp"

#include <algorithm>
#include <cmath>

#include "ground/base/text.hpp"

namespace gatehouse::token {

namespace {
constexpr json::Limits claims_limits{.bytes = compact_bytes_max, .depth = 16, .members = 512, .string_bytes = compact_bytes_max};
constexpr std::string_view told_expired = "The token has expired.";
constexpr double numeric_date_max = 253'402'300'799;  // the end of the year 9999: milliseconds taken for seconds are beyond it

Error malformed_claim(const std::string& detail) { return refuse(Fault::unauthenticated, "The token is malformed.", detail); }

bool is_text_or_texts(json::Value value) {
  if (value.is_string()) return true;
  const auto elements = value.elements();
  return value.is_array() && std::all_of(elements.begin(), elements.end(), [](json::Value each) { return each.is_string(); });
}

/// RFC 7519 section 4.1: a registered claim that is there has its type, also where nobody asks for it.
Result<> check_types(json::Value claims) {
  for (const auto* name : {"iss", "sub", "jti"})
    if (const auto claim = claims.get(name); claim && !claim->is_string()) return malformed_claim("claim '" + std::string(name) + "' is no string");
  for (const auto* name : {"exp", "nbf", "iat"})
    if (const auto claim = claims.get(name)) {
      const auto seconds = claim->number();
      if (!seconds || *seconds < 0 || *seconds > numeric_date_max) return malformed_claim("claim '" + std::string(name) + "' is no time in seconds");
    }
  if (const auto audience = claims.get("aud"); audience && !is_text_or_texts(*audience))
    return malformed_claim("claim 'aud' is neither a string nor an array of strings");
  return {};
}

/// RFC 6749 section 3.3.
bool is_scope_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F && c != '"' && c != '\\'; });
}

/// Calls `visit` with each of the texts with spaces between; true as soon as it is.
template <class Visit>
bool any_word(std::string_view texts, Visit visit) {
  while (!texts.empty()) {
    const auto space = std::min(texts.find(' '), texts.size());
    if (space != 0 && visit(texts.substr(0, space))) return true;
    texts.remove_prefix(std::min(space + 1, texts.size()));
  }
  return false;
}

template <class Visit>
bool any_scope(json::Value claims, std::string_view name, Visit visit) {
  const auto claim = claims.get(name);
  if (!claim) return false;
  const auto visit_scope = [&visit](std::string_view text) { return is_scope_token(text) && visit(text); };
  if (const auto words = claim->string()) return any_word(*words, visit_scope);
  for (const auto each : claim->elements())
    if (const auto scope = each.string(); scope && visit_scope(*scope)) return true;
  return false;
}

/// RFC 7515 section 4.1.9: a type without a slash stands for "application/" and it.
bool is_type(std::string_view type, std::string_view expected) {
  constexpr std::string_view prefix = "application/";
  if (type.size() > prefix.size() && text::equal_ignoring_case(type.substr(0, prefix.size()), prefix) && !type.substr(prefix.size()).contains('/'))
    type.remove_prefix(prefix.size());
  return text::equal_ignoring_case(type, expected);
}

bool has_audience(json::Value claims, std::span<const std::string> audiences) {
  const auto claim = claims.get("aud");
  const auto wanted = [&](json::Value each) {
    return std::ranges::any_of(audiences, [&](const std::string& audience) { return each.string() == audience; });
  };
  if (!claim) return false;
  const auto elements = claim->elements();
  return wanted(*claim) || std::any_of(elements.begin(), elements.end(), wanted);
}

/// A NumericDate; checked to be in range when the token was read.
std::optional<Instant> time_claim(json::Value claims, std::string_view name) {
  const auto claim = claims.get(name);
  const auto seconds = claim ? claim->number() : std::nullopt;
  if (!seconds) return std::nullopt;
  return Instant{} +
         std::chrono::duration_cast<Duration>(std::chrono::milliseconds(static_cast<std::int64_t>(std::floor(std::min(*seconds, 9.2e9) * 1000))));
}

Error not_counted(std::string_view told, std::string detail) { return refuse(Fault::unauthenticated, std::string(told), std::move(detail)); }

Result<Instant> check_times(json::Value claims, const Expectations& expected, Instant now) {
  const auto skew = std::clamp(expected.skew, Duration::zero(), skew_max);
  const auto expires = time_claim(claims, "exp"), not_before = time_claim(claims, "nbf"), issued = time_claim(claims, "iat");
  if (!expires) return not_counted("The token has no time of expiry.", "no claim 'exp'");
  if (not_before && *not_before > now + skew) return not_counted("The token is not valid yet.", "nbf is in the future");
  if (issued && *issued > now + skew) return not_counted("The token is not valid yet.", "iat is in the future");
  if (now >= *expires + skew) return not_counted(told_expired, "expired " + std::to_string(unix_seconds(now) - unix_seconds(*expires)) + " s ago");
  return *expires;
}
}  // namespace

Result<Jwt> Jwt::parse(std::string_view compact) {
  auto jws = TRY(Jws::parse(compact));
  auto claims = json::parse(jws.unverified_payload(), claims_limits);
  if (!claims) return malformed_claim("claims: " + to_text(claims.error()));
  if (!claims->root().is_object()) return malformed_claim("claims are no object");
  CHECK_OK(check_types(claims->root()));
  return Jwt(std::move(jws), std::move(*claims));
}

Result<std::shared_ptr<const VerifiedSignature>> verify_signature(Jwt jwt, const Jwk& key, AlgorithmSet allowed) {
  CHECK_OK(check_signature(jwt.jws_, key, allowed));
  return std::shared_ptr<const VerifiedSignature>(new VerifiedSignature(std::move(jwt), key));
}

Result<VerifiedClaims> check_claims(std::shared_ptr<const VerifiedSignature> token, const Expectations& expected, Instant now) {
  const auto claims = token->claims_.root();
  const auto& header = token->header();
  if (!expected.algorithms.has(header.algorithm))
    return not_counted("The token's signature does not hold.", std::string(to_text(header.algorithm)) + " is not allowed here");
  if (std::ranges::none_of(expected.types, [&](const std::string& type) { return is_type(header.type, type); }))
    return not_counted("The token is of another kind.", "typ '" + header.type.substr(0, 40) + "' is not one for this use");
  if (expected.issuer.empty() || claims.string("iss") != expected.issuer)
    return not_counted("The token's issuer is not trusted here.", "iss is not the one expected");
  if (!has_audience(claims, expected.audiences))
    return not_counted("The token is not meant for this service.", "aud holds none of the audiences expected");
  const auto expires = TRY(check_times(claims, expected, now));
  VerifiedClaims verified(std::move(token), expires);
  for (const auto& rule : expected.claims)
    if (!verified.keeps(rule))
      return refuse(Fault::forbidden, "The token lacks a claim that is needed here.",
                    "claim '" + rule.name + "' is missing or has none of the values expected");
  return verified;
}

bool is_expiry(const Error& error) noexcept { return error.told == told_expired; }

bool VerifiedClaims::has_scope(std::string_view scope, std::string_view claim) const noexcept {
  return any_scope(root(), claim, [scope](std::string_view each) { return each == scope; });
}

std::vector<std::string_view> VerifiedClaims::scopes(std::string_view claim) const {
  std::vector<std::string_view> all;
  any_scope(root(), claim, [&all](std::string_view each) {
    all.push_back(each);
    return false;
  });
  if (all.size() < 2) return all;
  // Once each, by sorting: a token full of scopes must not cost the square of their number.
  auto sorted = all;
  std::ranges::sort(sorted);
  const auto repeated = std::ranges::unique(sorted);
  if (repeated.empty()) return all;
  sorted.erase(repeated.begin(), repeated.end());
  return sorted;
}

bool VerifiedClaims::keeps(const ClaimRule& rule) const noexcept {
  const auto claim = get(rule.name);
  if (!claim || claim->is_null()) return false;
  if (rule.any_of.empty()) return true;
  const auto wanted = [&rule](json::Value each) {
    return std::ranges::any_of(rule.any_of, [&](const ClaimValue& value) {
      if (const auto* const text = std::get_if<std::string>(&value)) return each.string() == *text;
      if (const auto* const boolean = std::get_if<bool>(&value)) return each.boolean() == *boolean;
      return each.integer() == std::get<std::int64_t>(value);
    });
  };
  const auto elements = claim->elements();
  return wanted(*claim) || std::any_of(elements.begin(), elements.end(), wanted);
}

}  // namespace gatehouse::token

// Tokens: what is accepted is exactly what was signed, and a token that is read prints again to the same text. The input is, by its first
// byte, a compact token, a header and payload to be signed (a newline between), or a JWK Set.
#include <array>
#include <cstdint>
#include <string>

#include "engines/token/jwt.hpp"
#include "engines/token/signature_cache.hpp"
#include "ground/base/assert.hpp"
#include "ground/json/writer.hpp"

namespace {
using namespace gatehouse;

constexpr Instant now{1'750'000'000s};
const std::string secret = "a secret that only this fuzz target has, 64 bytes or more of it.";

const token::KeySet& keys() {
  static const auto set = token::KeySet::from({token::Jwk::from_secret(Secret(secret), "k").value()}).value();
  return set;
}
constexpr token::AlgorithmSet hmac{token::Algorithm::hs256, token::Algorithm::hs384, token::Algorithm::hs512};

std::string encode(std::string_view text) { return encoding::to_base64url(as_bytes(text)); }
std::string signed_input(std::string_view header, std::string_view payload, crypto::Hash hash) {
  const auto input = encode(header) + "." + encode(payload);
  return input + "." + encoding::to_base64url(crypto::hmac(hash, as_bytes(secret), as_bytes(input)).view());
}

/// The tokens of the corpus that are good: an accepted input must be one of these, since nobody else has the secret.
const std::array<std::string, 2>& good_tokens() {
  static const std::array<std::string, 2> all{
      signed_input(R"({"alg":"HS256","kid":"k"})", R"({"iss":"i","aud":"a","exp":1750000060,"sub":"ann","scope":"read write"})",
                   crypto::Hash::sha256),
      signed_input(R"({"alg":"HS512","typ":"at+jwt"})", R"({"iss":"i","aud":["b","a"],"exp":1750000060.5,"nbf":1749999999,"iat":1750000000})",
                   crypto::Hash::sha512)};
  return all;
}

std::optional<token::VerifiedClaims> accepted(std::string_view compact) {
  auto jwt = token::Jwt::parse(compact);
  if (!jwt) return std::nullopt;
  const auto key = keys().find(jwt->header().key_id, jwt->header().algorithm);
  if (!key) return std::nullopt;
  auto proven = verify_signature(std::move(*jwt), **key, hmac);
  if (!proven) return std::nullopt;
  token::SignatureCache cache({.slots = 4, .bytes = 1U << 20U});
  cache.put(compact, *proven);
  GH_ASSERT(cache.find(compact) && cache.find(compact)->with(keys()) == *proven);
  token::Expectations expected;
  expected.issuer = "i";
  expected.audiences = {"a"};
  expected.algorithms = hmac;
  auto claims = check_claims(*proven, expected, now);
  if (!claims) {
    GH_ASSERT(!claims.error().told.empty());
    return std::nullopt;
  }
  return std::move(*claims);
}

void compact_token(std::string_view text) {
  const auto jws = token::Jws::parse(text);
  if (jws) {  // there is one text for each payload and signature
    const auto first = text.find('.'), second = text.find('.', first + 1);
    GH_ASSERT(encode(jws->unverified_payload()) == text.substr(first + 1, second - first - 1));
    GH_ASSERT(encode(encoding::from_base64url(text.substr(0, first)).value()) == text.substr(0, first));
  }
  if (accepted(text)) GH_ASSERT(text == good_tokens()[0] || text == good_tokens()[1]);
}

void signed_claims(std::string_view text) {
  const auto line = std::min(text.find('\n'), text.size());
  const auto header = text.substr(0, line), payload = text.substr(std::min(line + 1, text.size()));
  const auto claims = accepted(signed_input(header, payload, crypto::Hash::sha256));
  if (!claims) return;
  GH_ASSERT(claims->issuer() == "i" && claims->expires() > now - token::skew_max);
  for (const auto scope : claims->scopes()) GH_ASSERT(claims->has_scope(scope));
  const auto again = json::parse(payload).value();  // what was accepted is what the payload says
  GH_ASSERT(again.root().string("iss") == "i" && again.root().string("sub") == claims->subject());
}

void key_set(std::string_view text) {
  const auto set = token::KeySet::parse(text);
  if (!set) return;
  GH_ASSERT(!set->keys().empty());
  if (set->keys().front().is_symmetric()) return;
  const auto again = token::KeySet::parse(set->to_json());
  GH_ASSERT(again.has_value() && again->keys().size() == set->keys().size() && again->warnings().empty());
  for (std::size_t i = 0; i < set->keys().size(); ++i) GH_ASSERT(again->keys()[i].thumbprint() == set->keys()[i].thumbprint());
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 't': compact_token(text); break;
    case 's': signed_claims(text); break;
    case 'k': key_set(text); break;
    default: break;
  }
  for (const auto& good : good_tokens()) GH_ASSERT(accepted(good).has_value());  // the harmless neighbour
  return 0;
}

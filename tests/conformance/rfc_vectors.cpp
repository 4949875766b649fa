// Examples of the RFCs themselves, the JOSE part: thumbprints (RFC 7638, 8037), tokens (RFC 7515, 8037) and the signatures of DPoP proofs
// (RFC 9449). One-time passwords, PKCE and HTTP message signatures belong to rooms that are not built.
#include <cstdio>

#include "engines/token/jwt.hpp"
#include "suite.hpp"

namespace {
using namespace gatehouse;

constexpr token::AlgorithmSet used{token::Algorithm::hs256, token::Algorithm::es256, token::Algorithm::eddsa};

Result<> check_thumbprint(json::Value test) {
  const auto key = TRY(token::Jwk::parse(*test.get("jwk")));
  if (encoding::to_base64url(key.thumbprint()) != test.string("sha256")) return fail(Fault::invalid, "another thumbprint");
  return {};
}

Result<> check_token(json::Value test) {
  const auto jws = TRY(token::Jws::parse(test.string("jws").value()));
  if (const auto payload = test.string("payload"); payload && jws.unverified_payload() != *payload) return fail(Fault::invalid, "another payload");
  return check_signature(jws, TRY(token::Jwk::parse(*test.get("jwk"))), used);
}

/// The proof's key is in its header, which the product never reads of itself: it is taken out here and held against the thumbprint.
Result<> check_proof(json::Value proof, std::string_view thumbprint) {
  const auto compact = proof.string("proof").value();
  const auto header = conform::Suite::parse(encoding::from_base64url(compact.substr(0, compact.find('.'))).value());
  const auto key = TRY(token::Jwk::parse(*header.root().get("jwk")));
  if (encoding::to_base64url(key.thumbprint()) != thumbprint) return fail(Fault::invalid, "another thumbprint");
  const auto jws = TRY(token::Jws::parse(compact));
  return check_signature(jws, key, used);
}

void count(conform::Suite& suite, const std::string& id, const Result<>& outcome, bool valid = true) {
  suite.check(id, outcome.has_value() == valid, outcome ? "was accepted" : to_text(outcome.error()));
}
}  // namespace

CONFORM_SUITE("rfc-vectors", [](conform::Suite& suite) {
  const auto document = suite.json("rfc-vectors.json");
  const auto root = document.root();
  for (const auto test : root.get("jwk_thumbprints")->elements())
    count(suite, "thumbprint " + std::string(test.string("source").value()), check_thumbprint(test));
  for (const auto* name : {"rfc8037_eddsa_jws", "rfc7515_a1_hs256", "rfc7515_a3_es256", "rfc7515_a5_none"})
    count(suite, name, check_token(*root.get(name)), root.get(name)->get("valid")->boolean().value());
  const auto dpop = *root.get("rfc9449_dpop");
  for (const auto proof : dpop.get("proofs")->elements())
    count(suite, "dpop signature " + std::string(proof.string("htm").value()), check_proof(proof, dpop.string("jkt").value()));
  std::printf("rfc-vectors: 35 cases are not judged, their rooms are not built: HOTP 10, TOTP 18, PKCE 1, HTTP message signatures 6\n");
});

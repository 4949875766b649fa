// ietf-jose/cookbook: the examples of RFC 7520, 8037 and 7797. Compact JWS, JWK and Ed25519 must verify and be made again; what the product
// refuses by design (JWE, JSON serialisation, detached or unencoded payload) must be refused with a reason.
#include "engines/token/jws.hpp"
#include "ground/json/writer.hpp"
#include "suite.hpp"

namespace {
using namespace gatehouse;

/// A private JWK without its private part: the key that checks what the private one signs.
std::string public_part(json::Value key) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  for (const auto [name, value] : key.members())
    if (key.string("kty") == "oct" || !(name == "d" || name == "p" || name == "q" || name == "dp" || name == "dq" || name == "qi"))
      writer.member(name, value);
  writer.end();
  return out;
}

/// Verifies the vector's token, signs its header and payload anew, verifies that, and where the algorithm has no chance in it, compares.
Result<> verify_and_remake(json::Value vector) {
  const auto input = *vector.get("input");
  const auto key_json = conform::Suite::parse(public_part(*input.get("key")));
  const auto key = TRY(token::Jwk::parse(key_json.root()));
  const auto algorithm = token::algorithm_from(input.string("alg").value()).value();
  const auto compact = vector.get("output")->string("compact").value();
  const auto jws = TRY(token::Jws::parse(compact));
  if (jws.unverified_payload() != input.string("payload")) return fail(Fault::invalid, "the payload differs");
  CHECK_OK(check_signature(jws, key, {algorithm}));

  const auto signing_key = TRY(token::SigningKey::parse(*input.get("key")));
  const auto header = encoding::from_base64url(vector.get("signing")->string("protected_b64u").value()).value();
  const auto remade = TRY(sign_compact(signing_key, algorithm, header, jws.unverified_payload()));
  CHECK_OK(check_signature(TRY(token::Jws::parse(remade)), key, {algorithm}));
  if (vector.get("reproducible") && vector.get("reproducible")->boolean() == true && remade != compact)
    return fail(Fault::invalid, "signing again gives another token");
  return {};
}

/// What the product makes of a token. A detached payload shows only when the signature is checked: a payload may be empty.
Result<> taken(const std::string& text, json::Value vector) {
  const auto jws = TRY(token::Jws::parse(text));
  const auto key = TRY(token::Jwk::parse(*vector.get("input")->get("key")));
  return check_signature(jws, key, {jws.header().algorithm});
}

/// Every text form that the vector shows must be refused with a reason.
Result<> refused_with_reason(json::Value vector) {
  for (const auto [name, form] : vector.get("output")->members()) {
    const auto outcome = taken(form.is_string() ? std::string(*form.string()) : to_json(form), vector);
    if (outcome) return fail(Fault::invalid, std::string(name) + " was taken");
    if (outcome.error().fault != Fault::unauthenticated || outcome.error().detail.empty())
      return fail(Fault::invalid, std::string(name) + " was refused without a reason");
  }
  return {};
}

/// A public key is taken as a key that checks, and printed again as it is; a private one signs what its public part checks; a key for
/// encryption is refused.
Result<> judge_key(json::Value key) {
  const auto parsed = token::Jwk::parse(key);
  if (key.string("use") == "enc" || key.get("d")) {
    if (parsed) return fail(Fault::invalid, "was taken as a key that checks signatures");
    if (key.string("use") == "enc") return {};
    const auto public_json = conform::Suite::parse(public_part(key));
    const auto checking = TRY(token::Jwk::parse(public_json.root()));
    const auto algorithm = key.string("kty") == "RSA" ? token::Algorithm::rs256 : token::Algorithm::es512;
    const auto signing_key = TRY(token::SigningKey::parse(key));
    const auto signature = TRY(signing_key.sign(algorithm, as_bytes("text")));
    if (!checking.verify(algorithm, as_bytes("text"), as_bytes(signature))) return fail(Fault::invalid, "the signature does not verify");
    return {};
  }
  if (!parsed) return parsed.error();
  const auto text = parsed->to_json();
  if (!text) return {};  // a shared secret is never printed
  const auto printed = conform::Suite::parse(*text);
  for (const auto [name, value] : key.members())
    if (printed.root().string(name) != value.string()) return fail(Fault::invalid, "printed with another " + std::string(name));
  return {};
}

Result<> judge_vector(std::string_view id, json::Value vector) {
  if (id.starts_with("jwk/")) return judge_key(vector);
  if (id.starts_with("6.")) return refused_with_reason(*vector.get("encrypt"));  // signed, then encrypted
  const bool plain = id.contains("4_1") || id.contains("4_2") || id.contains("4_3") || id.contains("4_4") || id == "curve25519/jws.json";
  return plain ? verify_and_remake(vector) : refused_with_reason(vector);
}
}  // namespace

CONFORM_SUITE("jose-cookbook", [](conform::Suite& suite) {
  const auto document = suite.json("cookbook.json");
  for (const auto each : document.root().elements()) {
    const auto id = each.string("id").value();
    const auto outcome = judge_vector(id, *each.get("vector"));
    suite.check(id, outcome.has_value(), outcome ? "" : to_text(outcome.error()));
  }
});

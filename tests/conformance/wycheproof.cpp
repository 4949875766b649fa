// C2SP/wycheproof: JSON Web Signatures and Keys through the token room, and of the primitives those that the product has: ECDSA, EdDSA and RSA
// verification, HMAC. JWE, key agreement and derivation are not built; their cases are counted aloud and not judged.
#include <cstdio>

#include "engines/token/jws.hpp"
#include "ground/base/secret.hpp"
#include "ground/crypto/ecdsa_form.hpp"
#include "ground/json/writer.hpp"
#include "suite.hpp"

namespace {
using namespace gatehouse;
using crypto::Scheme;

constexpr token::AlgorithmSet all_algorithms{token::Algorithm::hs256, token::Algorithm::hs384, token::Algorithm::hs512, token::Algorithm::rs256,
                                             token::Algorithm::rs384, token::Algorithm::rs512, token::Algorithm::ps256, token::Algorithm::ps384,
                                             token::Algorithm::ps512, token::Algorithm::es256, token::Algorithm::es384, token::Algorithm::es512,
                                             token::Algorithm::eddsa};

std::string unhex(json::Value test, std::string_view name) { return encoding::from_hex(test.string(name).value()).value(); }

Result<> prove(std::string_view key_set, std::string_view compact) {
  const auto keys = TRY(token::KeySet::parse(key_set));
  const auto jws = TRY(token::Jws::parse(compact));
  return check_signature(jws, *TRY(keys.find(jws.header().key_id, jws.header().algorithm)), all_algorithms);
}

void judge(conform::Suite& suite, const std::string& id, json::Value test, const Result<>& outcome) {
  const auto expected = *test.string("result");
  if (expected == "acceptable") return suite.pass(id);
  const auto why = outcome ? std::string("was accepted") : to_text(outcome.error());
  suite.check(id, outcome.has_value() == (expected == "valid"), why + " [" + std::string(test.string("comment").value_or("")) + "]");
}

std::string id_of(std::string_view file, json::Value test) { return std::string(file) + "/" + std::to_string(*test.get("tcId")->integer()); }

/// The file's JWS cases; returns how many others there were.
std::size_t judge_tokens(conform::Suite& suite, std::string_view file) {
  std::size_t others = 0;
  const auto document = suite.json(std::string(file) + "_test.json.gz");
  for (const auto group : document.root().get("testGroups")->elements()) {
    const auto key = group.get("public") ? *group.get("public") : *group.get("private");
    const auto keys = key.get("keys") ? to_json(key) : "{\"keys\":[" + to_json(key) + "]}";
    for (const auto test : group.get("tests")->elements()) {
      const auto compact = test.string("jws");
      if (compact) judge(suite, id_of(file, test), test, prove(keys, *compact));
      else if (test.get("jws"))
        suite.check(id_of(file, test), *test.string("result") != "valid", "a token that is no text is marked valid");  // JSON serialisation
      else ++others;
    }
  }
  return others;
}

Result<> verify(json::Value group, json::Value test, Scheme scheme, bool der) {
  const auto key = TRY(crypto::PublicKey::from_pem(group.string("publicKeyPem").value()));
  auto signature = unhex(test, "sig");
  if (der) {
    auto raw = crypto::ecdsa_from_der(as_bytes(signature), coordinate_bytes(key_type(scheme)));
    if (!raw) return fail(Fault::invalid, "not DER");
    signature = std::move(*raw);
  }
  const auto message = unhex(test, "msg");
  // Twice: the usual way, and with what prepare() makes for a key that is used often.
  const auto once = key.verify(scheme, as_bytes(message), as_bytes(signature));
  key.prepare();
  if (once != key.verify(scheme, as_bytes(message), as_bytes(signature))) return fail(Fault::internal, "the second verification differs");
  if (!once) return fail(Fault::invalid, "does not verify");
  return {};
}

Result<> check_mac(json::Value test, crypto::Hash hash, std::size_t tag_bits) {
  const auto tag = crypto::hmac(hash, as_bytes(unhex(test, "key")), as_bytes(unhex(test, "msg")));
  if (!equal_constant_time(as_text(tag.view().first(tag_bits / 8)), unhex(test, "tag"))) return fail(Fault::invalid, "another tag");
  return {};
}

struct SignatureFile {
  std::string_view id;
  Scheme scheme;
  bool der;
};
constexpr SignatureFile signature_files[]{{"ecdsa_secp256r1_sha256", Scheme::es256, true},
                                          {"ecdsa_secp256r1_sha256_p1363", Scheme::es256, false},
                                          {"ecdsa_secp384r1_sha384", Scheme::es384, true},
                                          {"ecdsa_secp384r1_sha384_p1363", Scheme::es384, false},
                                          {"ecdsa_secp521r1_sha512", Scheme::es512, true},
                                          {"ecdsa_secp521r1_sha512_p1363", Scheme::es512, false},
                                          {"ed25519", Scheme::ed25519, false},
                                          {"ed448", Scheme::ed448, false},
                                          {"rsa_pss_2048_sha256_mgf1_32", Scheme::ps256, false},
                                          {"rsa_pss_2048_sha384_mgf1_48", Scheme::ps384, false},
                                          {"rsa_pss_3072_sha256_mgf1_32", Scheme::ps256, false},
                                          {"rsa_pss_4096_sha256_mgf1_32", Scheme::ps256, false},
                                          {"rsa_pss_4096_sha512_mgf1_64", Scheme::ps512, false},
                                          {"rsa_signature_2048_sha256", Scheme::rs256, false},
                                          {"rsa_signature_2048_sha384", Scheme::rs384, false},
                                          {"rsa_signature_2048_sha512", Scheme::rs512, false},
                                          {"rsa_signature_3072_sha256", Scheme::rs256, false},
                                          {"rsa_signature_4096_sha256", Scheme::rs256, false},
                                          {"rsa_signature_4096_sha512", Scheme::rs512, false}};

/// What came of one primitive case; nothing if the product has no such primitive.
std::optional<Result<>> judge_primitive(std::string_view id, json::Value group, json::Value test) {
  for (const auto& file : signature_files)
    if (file.id == id) return verify(group, test, file.scheme, file.der);
  const auto number = [&group](std::string_view name) { return group.get(name)->natural().value(); };
  if (id == "hmac_sha256") return check_mac(test, crypto::Hash::sha256, number("tagSize"));
  if (id == "hmac_sha384") return check_mac(test, crypto::Hash::sha384, number("tagSize"));
  if (id == "hmac_sha512") return check_mac(test, crypto::Hash::sha512, number("tagSize"));
  return std::nullopt;
}

std::size_t judge_primitives(conform::Suite& suite) {
  std::size_t others = 0;
  for (const auto& line : suite.lines("primitives.jsonl.gz")) {
    const auto document = conform::Suite::parse(line);
    const auto id = document.root().string("id").value();
    for (const auto group : document.root().get("suite")->get("testGroups")->elements())
      for (const auto test : group.get("tests")->elements()) {
        const auto outcome = judge_primitive(id, group, test);
        if (outcome) judge(suite, id_of(id, test), test, *outcome);
        else ++others;
      }
  }
  return others;
}
}  // namespace

CONFORM_SUITE("wycheproof", [](conform::Suite& suite) {
  std::size_t not_built = 0;
  for (const auto* file : {"json_web_signature", "json_web_key", "json_web_crypto", "json_web_encryption"}) not_built += judge_tokens(suite, file);
  std::printf("wycheproof: %zu cases of JWE are not judged: encrypted tokens are not built\n", not_built);
  std::printf("wycheproof: %zu cases of primitives are not judged: the product has none of those\n", judge_primitives(suite));
});

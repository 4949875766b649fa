#include <doctest/doctest.h>

#include "engines/token/jws.hpp"
#include "engines/token/signer.hpp"
#include "ground/json/writer.hpp"

using namespace gatehouse;
using token::Algorithm;
using token::AlgorithmSet;

namespace {
constexpr std::array jws_every_algorithm{Algorithm::hs256, Algorithm::hs384, Algorithm::hs512, Algorithm::rs256, Algorithm::rs384,
                                         Algorithm::rs512, Algorithm::ps256, Algorithm::ps384, Algorithm::ps512, Algorithm::es256,
                                         Algorithm::es384, Algorithm::es512, Algorithm::eddsa};
constexpr AlgorithmSet jws_all = [] {
  AlgorithmSet set;
  for (const auto algorithm : jws_every_algorithm) set.add(algorithm);
  return set;
}();

const crypto::PrivateKey& jws_key(crypto::KeyType type) {
  static const std::array<crypto::PrivateKey, 5> keys{
      crypto::PrivateKey::generate(crypto::KeyType::p256).value(), crypto::PrivateKey::generate(crypto::KeyType::p384).value(),
      crypto::PrivateKey::generate(crypto::KeyType::p521).value(), crypto::PrivateKey::generate(crypto::KeyType::rsa).value(),
      crypto::PrivateKey::generate(crypto::KeyType::ed25519).value()};
  return keys[static_cast<std::size_t>(type)];
}
crypto::KeyType jws_type_for(Algorithm algorithm) {
  for (const auto type : {crypto::KeyType::p256, crypto::KeyType::p384, crypto::KeyType::p521, crypto::KeyType::rsa, crypto::KeyType::ed25519})
    if (scheme_for(algorithm, type)) return type;
  FAIL("no type");
  return {};
}
token::Jwk jws_public(crypto::KeyType type, std::optional<Algorithm> algorithm = {}) {
  return token::Jwk::from_public(jws_key(type).public_key(), "k", algorithm);
}

std::string jws_encode(std::string_view text) { return encoding::to_base64url(as_bytes(text)); }
/// Signed with ES256, whatever the header says.
std::string jws_signed(std::string_view header, std::string_view payload) {
  auto compact = jws_encode(header) + "." + jws_encode(payload);
  return compact + "." + jws_encode(jws_key(crypto::KeyType::p256).sign(crypto::Scheme::es256, as_bytes(compact)).value());
}
std::string jws_refusal(std::string_view compact) {
  const auto jws = token::Jws::parse(compact);
  if (!jws) {
    CHECK(jws.error().fault == Fault::unauthenticated);
    CHECK(jws.error().told == "The token is malformed.");  // the caller learns no more
    return jws.error().detail;
  }
  const auto outcome = check_signature(*jws, jws_public(crypto::KeyType::p256), jws_all);
  if (!outcome) CHECK(outcome.error().told == "The token's signature does not hold.");
  return outcome ? "accepted" : outcome.error().detail;
}
Result<token::Jwk> jws_parse_key(std::string_view text) {
  const auto document = json::parse(text).value();
  return token::Jwk::parse(document.root());
}
std::string jws_key_refusal(std::string_view text) {
  const auto key = jws_parse_key(text);
  return key ? "accepted" : key.error().detail;
}
/// The public key as JSON with more members.
std::string jws_key_json(crypto::KeyType type, std::string_view more) {
  const auto text = token::thumbprint_input(jws_key(type).public_key());
  return text.substr(0, text.size() - 1) + std::string(more) + "}";
}
}  // namespace

TEST_CASE("every algorithm signs and verifies, and only with its own key and when it is allowed") {
  const std::string secret(64, 's');
  const auto oct = json::parse(R"({"kty":"oct","k":")" + jws_encode(secret) + "\"}").value();
  for (const auto algorithm : jws_every_algorithm) {
    const bool hmac = is_hmac(algorithm);
    const auto key = hmac ? token::Jwk::from_secret(Secret(secret), "k").value() : jws_public(jws_type_for(algorithm));
    const auto signing = hmac ? token::SigningKey::parse(oct.root()).value() : token::SigningKey(jws_key(jws_type_for(algorithm)));
    const auto compact = sign_compact(signing, algorithm, R"({"alg":")" + std::string(to_text(algorithm)) + "\"}", "payload").value();
    const auto jws = token::Jws::parse(compact).value();
    CHECK(jws.unverified_payload() == "payload");
    CHECK(check_signature(jws, key, {algorithm}));
    auto others = AlgorithmSet();
    for (const auto other : jws_every_algorithm)
      if (other != algorithm) others.add(other);
    CHECK_FALSE(check_signature(jws, key, others));
    CHECK_FALSE(check_signature(jws, key, {}));
  }
}

TEST_CASE("the key decides the algorithm, not the token") {
  const auto compact = sign_compact(token::SigningKey(jws_key(crypto::KeyType::rsa)), Algorithm::ps256, R"({"alg":"PS256"})", "p").value();
  const auto jws = token::Jws::parse(compact).value();
  CHECK(check_signature(jws, jws_public(crypto::KeyType::rsa, Algorithm::ps256), jws_all));
  CHECK_FALSE(check_signature(jws, jws_public(crypto::KeyType::rsa, Algorithm::rs256), jws_all));
}

TEST_CASE("a public key is never taken for an HMAC secret (RFC 8725 section 2.1)") {
  for (const auto type : {crypto::KeyType::rsa, crypto::KeyType::p256}) {
    const auto key = jws_public(type);
    for (const auto& secret :
         {jws_key(type).public_key().to_pem(), token::thumbprint_input(jws_key(type).public_key()), jws_key(type).public_key().numbers().first}) {
      const auto signing_input = jws_encode(R"({"alg":"HS256"})") + "." + jws_encode("p");
      const auto compact =
          signing_input + "." + encoding::to_base64url(crypto::hmac(crypto::Hash::sha256, as_bytes(secret), as_bytes(signing_input)).view());
      CHECK_FALSE(check_signature(token::Jws::parse(compact).value(), key, jws_all));
    }
  }
}

TEST_CASE("alg none is refused in every spelling") {
  for (const auto* name : {"none", "None", "NONE", "nOnE", ""}) {
    const auto head = jws_encode(R"({"alg":")" + std::string(name) + "\"}") + "." + jws_encode("{}");
    CHECK(jws_refusal(head + ".") == "no signature");
    CHECK(jws_refusal(head + ".AAAA").contains("is not taken"));
  }
  CHECK(jws_refusal(jws_signed(R"({"alg":"ES256"})", "{}")) == "accepted");
}

TEST_CASE("an algorithm is named exactly") {
  for (const auto* header :
       {R"({"alg":"es256"})", R"({"alg":"ES256 "})", R"({"alg":["ES256"]})", R"({"alg":1})", R"({"alg":null})", "{}", R"({"Alg":"ES256"})"})
    CHECK(jws_refusal(jws_signed(header, "{}")).contains("alg"));
}

TEST_CASE("a header that two readers could read in two ways is refused") {
  CHECK(jws_refusal(jws_signed(R"({"alg":"ES256","alg":"ES256"})", "{}")).contains("twice"));
  CHECK(jws_refusal(jws_signed(R"({"alg":"ES256","x":{"a":1,"a":1}})", "{}")).contains("twice"));
  CHECK(jws_refusal(jws_signed("{\"alg\":\"ES256\",\"x\":\"\xC0\xAF\"}", "{}")).contains("UTF-8"));
  CHECK(jws_refusal(jws_signed(R"(["ES256"])", "{}")) == "header is no object");
  CHECK(jws_refusal(jws_signed("", "{}")).contains("header"));
  CHECK(jws_refusal(jws_signed(R"({"alg":"ES256","kid":7})", "{}")) == "header 'kid' is no string");
  CHECK(jws_refusal(jws_signed(R"({"alg":"ES256","typ":["JWT"]})", "{}")) == "header 'typ' is no string");
  CHECK(jws_refusal(jws_signed(R"({ "typ" : "JWT" , "alg" : "ES256" })", "{}")) == "accepted");
}

TEST_CASE("crit and b64 are refused, unknown members are not (RFC 7515 section 4.1.11, RFC 7797)") {
  CHECK(jws_refusal(jws_signed(R"({"alg":"ES256","crit":["exp"],"exp":1})", "{}")).contains("crit"));
  CHECK(jws_refusal(jws_signed(R"({"alg":"ES256","crit":[]})", "{}")).contains("crit"));
  CHECK(jws_refusal(jws_signed(R"({"alg":"ES256","b64":false})", "{}")).contains("b64"));
  CHECK(jws_refusal(jws_signed(R"({"alg":"ES256","b64":true})", "{}")).contains("b64"));
  CHECK(jws_refusal(jws_signed(R"({"alg":"ES256","extra":{"b64":true}})", "{}")) == "accepted");
}

TEST_CASE("a token cannot bring its own key") {
  const auto attacker = crypto::PrivateKey::generate(crypto::KeyType::p256).value();
  const auto header = R"({"alg":"ES256","jku":"https://attacker.test/jwks","x5u":"https://attacker.test/x","jwk":)" +
                      token::thumbprint_input(attacker.public_key()) + "}";
  const auto compact = sign_compact(token::SigningKey(attacker), Algorithm::es256, header, "{}").value();
  CHECK(jws_refusal(compact) == "signature does not verify");
  CHECK(jws_refusal(jws_signed(header, "{}")) == "accepted");  // the key that is configured counts
}

TEST_CASE("only three parts in canonical base64url are a token") {
  const auto good = jws_signed(R"({"alg":"ES256"})", R"({"a":1})");
  CHECK(jws_refusal(good) == "accepted");
  CHECK(jws_refusal("").contains("1 part instead of three"));
  CHECK(jws_refusal("a.b").contains("2 parts"));
  CHECK(jws_refusal(good + ".").contains("4 parts"));
  CHECK(jws_refusal(good + ".a.b").contains("JWE"));
  CHECK(jws_refusal(R"({"payload":"e30","signatures":[]})").contains("JSON serialisation"));
  for (const auto* bad : {"=", "\n", " ", "+", "/", "%"}) {
    CHECK(jws_refusal(good + bad) != "accepted");
    CHECK(jws_refusal(bad + good) != "accepted");
  }
  // The last character of a 64-byte signature carries four bits that mean nothing: only one of its 16 spellings is taken.
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  int accepted = 0;
  for (const char last : digits) accepted += jws_refusal(good.substr(0, good.size() - 1) + last) == "accepted" ? 1 : 0;
  CHECK(accepted == 1);
}

TEST_CASE("a token longer than its bound is refused before it is read") {
  CHECK(jws_refusal(std::string(token::compact_bytes_max + 1, 'A')).contains("too many"));
  CHECK(jws_refusal(std::string(token::compact_bytes_max, 'A')).contains("1 part instead of three"));
  CHECK(jws_refusal(std::string(token::compact_bytes_max, '.')).contains("parts"));
}

TEST_CASE("no single changed character of a token passes") {
  const auto good = jws_signed(R"({"alg":"ES256","kid":"k"})", R"({"sub":"a"})");
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto altered = good;
    altered[at] = altered[at] == 'A' ? 'B' : 'A';
    if (altered != good) CHECK(jws_refusal(altered) != "accepted");
  }
}

TEST_CASE("a key says what it is for, and is kept to it") {
  using crypto::KeyType;
  CHECK(jws_key_refusal(jws_key_json(KeyType::p256, "")) == "accepted");
  CHECK(jws_key_refusal(jws_key_json(KeyType::p256, R"(,"use":"sig","alg":"ES256","key_ops":["verify"])")) == "accepted");
  CHECK(jws_key_refusal(jws_key_json(KeyType::p256, R"(,"use":"enc")")).contains("use"));
  CHECK(jws_key_refusal(jws_key_json(KeyType::p256, R"(,"use":7)")).contains("use"));
  CHECK(jws_key_refusal(jws_key_json(KeyType::p256, R"(,"key_ops":["sign"])")).contains("key_ops"));
  CHECK(jws_key_refusal(jws_key_json(KeyType::p256, R"(,"key_ops":"verify")")).contains("key_ops"));
  CHECK(jws_key_refusal(jws_key_json(KeyType::p256, R"(,"alg":"ES384")")).contains("does not fit"));
  CHECK(jws_key_refusal(jws_key_json(KeyType::p256, R"(,"alg":"RS256")")).contains("does not fit"));
  CHECK(jws_key_refusal(jws_key_json(KeyType::p256, R"(,"alg":"none")")).contains("no signature algorithm"));
  CHECK(jws_key_refusal(jws_key_json(KeyType::rsa, R"(,"alg":"HS256")")).contains("does not fit"));
  CHECK(jws_key_refusal(jws_key_json(KeyType::p256, R"(,"d":"AAAA")")).contains("private member"));
  CHECK(jws_key_refusal(jws_key_json(KeyType::rsa, R"(,"dp":"AAAA")")).contains("private member"));
  CHECK(jws_key_refusal(R"({"kty":"EC","crv":"secp256k1","x":"AAAA","y":"AAAA"})").contains("curve"));
  CHECK(jws_key_refusal(R"({"kty":"OKP","crv":"X25519","x":"AAAA"})").contains("curve"));
  CHECK(jws_key_refusal(R"({"kty":"RSA","n":"AQAB","e":"AQAB"})").contains("bits"));
  CHECK(jws_key_refusal(R"({"kty":"rsa"})").contains("key type"));
  CHECK(jws_key_refusal("{}").contains("kty"));
  CHECK(jws_key_refusal("[]").contains("no object"));
  auto padded = jws_key_json(KeyType::p256, "");
  padded.insert(padded.size() - 2, "=");
  CHECK(jws_key_refusal(padded).contains("base64url"));
}

TEST_CASE("a shared secret is as long as its digest at least (RFC 7518 section 3.2)") {
  const auto oct = [](std::size_t bytes, std::string_view alg) {
    return R"({"kty":"oct","k":")" + jws_encode(std::string(bytes, 'k')) + R"(","alg":")" + std::string(alg) + "\"}";
  };
  CHECK(jws_key_refusal(oct(32, "HS256")) == "accepted");
  CHECK(jws_key_refusal(oct(31, "HS256")).contains("at least 32"));
  CHECK(jws_key_refusal(oct(48, "HS384")) == "accepted");
  CHECK(jws_key_refusal(oct(47, "HS384")).contains("at least 48"));
  CHECK(jws_key_refusal(oct(63, "HS512")).contains("at least 64"));
  CHECK(jws_key_refusal(oct(32, "ES256")).contains("not for ES256"));
  CHECK(jws_key_refusal(oct(32, "A256KW")).contains("no signature algorithm"));
  const auto any = token::Jwk::from_secret(Secret(std::string(40, 'k')), {}).value();
  CHECK(any.allows(Algorithm::hs256));
  CHECK_FALSE(any.allows(Algorithm::hs384));
  CHECK_FALSE(any.allows(Algorithm::es256));
  CHECK_FALSE(any.to_json());
}

TEST_CASE("the thumbprint is that of RFC 7638, and tells keys apart") {
  const auto key = jws_parse_key(
      R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"})");
  REQUIRE(key);
  CHECK(encoding::to_base64url(key->thumbprint()) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
  CHECK(jws_public(crypto::KeyType::p256).thumbprint() != jws_public(crypto::KeyType::p384).thumbprint());
}

TEST_CASE("a set refuses what makes the choice of a key ambiguous, and leaves out what is of no use") {
  using crypto::KeyType;
  const auto one = jws_key_json(KeyType::p256, R"(,"kid":"a")"), two = jws_key_json(KeyType::p384, R"(,"kid":"b")");
  const auto set = [](std::string_view keys) { return token::KeySet::parse("{\"keys\":[" + std::string(keys) + "]}"); };
  const auto refusal = [&](std::string_view keys) { return set(keys) ? std::string("accepted") : set(keys).error().detail; };
  CHECK(set(one + "," + two)->keys().size() == 2);
  CHECK(refusal(one + "," + jws_key_json(KeyType::p384, R"(,"kid":"a")")).contains("two keys"));
  CHECK(refusal(one + "," + jws_key_json(KeyType::p384, R"(,"kid":"a","use":"enc")")).contains("two keys"));
  CHECK(refusal(one + R"(,{"kty":"oct","kid":"s","k":")" + jws_encode(std::string(32, 'k')) + "\"}").contains("beside"));
  CHECK(refusal(one + R"(,{"kty":"oct","kid":"s","k":"short"})").contains("beside"));
  CHECK(refusal("").contains("no key"));
  CHECK(refusal(jws_key_json(KeyType::p256, R"(,"use":"enc")")).contains("use"));
  CHECK_FALSE(token::KeySet::parse("[]"));
  CHECK_FALSE(token::KeySet::parse(R"({"keys":{}})"));
  CHECK_FALSE(token::KeySet::parse(R"({"keys":[],"keys":[]})"));
  std::string many = one;
  for (int i = 0; i < 100; ++i) many += ",{}";
  CHECK(refusal(many).contains("more than 100"));
  const auto mixed = set(one + R"(,{"kty":"future"},)" + jws_key_json(KeyType::p384, R"(,"kid":"c","d":"AAAA")"));
  REQUIRE(mixed);
  CHECK(mixed->keys().size() == 1);
  REQUIRE(mixed->warnings().size() == 2);
  CHECK(mixed->warnings()[0].contains("future"));
  CHECK(mixed->warnings()[1].contains("kid 'c'"));
}

TEST_CASE("a set finds the key by name, or the only one that fits") {
  using crypto::KeyType;
  const auto set = token::KeySet::from({token::Jwk::from_public(jws_key(KeyType::p256).public_key(), "a"),
                                        token::Jwk::from_public(jws_key(KeyType::rsa).public_key(), "b"),
                                        token::Jwk::from_public(jws_key(KeyType::p384).public_key(), std::nullopt)})
                       .value();
  CHECK(set.find("a", Algorithm::es256).value()->key_id() == "a");
  CHECK(set.find("a", Algorithm::rs256).error().fault == Fault::unauthenticated);
  CHECK(set.find("z", Algorithm::es256).error().fault == Fault::not_found);
  for (const auto* const name : {"a", "z"})
    CHECK(set.find(name, Algorithm::rs256).error().told == "The token is signed with a key that is not known here.");
  CHECK(set.find({}, Algorithm::es384).value() == &set.keys()[2]);
  CHECK(set.find({}, Algorithm::hs256).error().fault == Fault::unauthenticated);
  const auto twins =
      token::KeySet::from({jws_public(KeyType::p256), token::Jwk::from_public(crypto::PrivateKey::generate(KeyType::p256)->public_key(), "other")})
          .value();
  CHECK(twins.find({}, Algorithm::es256).error().detail.contains("several"));
  CHECK(token::KeySet::parse(set.to_json())->keys().size() == 3);
  CHECK(token::KeySet().find("a", Algorithm::es256).error().fault == Fault::not_found);
}

TEST_CASE("a set that was fetched anew goes on with the keys that it knows") {
  using crypto::KeyType;
  const auto old = token::KeySet::from({jws_public(KeyType::p256)}).value();
  old.prepare();
  auto fresh = token::KeySet::parse(old.to_json()).value();
  fresh.reuse(old);
  fresh.reuse(token::KeySet());
  const auto jws = token::Jws::parse(jws_signed(R"({"alg":"ES256"})", "{}")).value();
  CHECK(check_signature(jws, *fresh.find("k", Algorithm::es256).value(), {Algorithm::es256}));
}

TEST_CASE("the gate's own identity verifies with the set that it serves") {
  const auto signer = token::Signer::create(jws_key(crypto::KeyType::p256), "gatehouse-identity+jwt").value();
  const auto compact = signer.sign(R"({"sub":"a"})").value();
  const auto set = token::KeySet::parse(token::KeySet::from({signer.public_jwk()})->to_json()).value();
  const auto jws = token::Jws::parse(compact).value();
  CHECK(jws.header().type == "gatehouse-identity+jwt");
  CHECK(jws.unverified_payload() == R"({"sub":"a"})");
  CHECK(check_signature(jws, *set.find(jws.header().key_id, jws.header().algorithm).value(), {Algorithm::es256}));
  CHECK_FALSE(token::Signer::create(jws_key(crypto::KeyType::rsa), "x"));
}

TEST_CASE("a header is not signed for another algorithm than it says") {
  CHECK_FALSE(sign_compact(token::SigningKey(jws_key(crypto::KeyType::p256)), Algorithm::es256, R"({"alg":"ES384"})", "p"));
  CHECK_FALSE(sign_compact(token::SigningKey(jws_key(crypto::KeyType::p256)), Algorithm::rs256, R"({"alg":"RS256"})", "p"));
}

TEST_CASE("a header whose later member is malformed is refused, and leaves nothing behind of the ones before it") {
  // Under LeakSanitizer: a long kid is memory of its own, and whoever can send tokens could have it lost once a request.
  const auto with = [](std::string_view typ) {
    return encoding::to_base64url(as_bytes(R"({"alg":"ES256","kid":")" + std::string(500, 'k') + R"(","typ":)" + std::string(typ) + "}")) + ".e30." +
           std::string(86, 'A');
  };
  CHECK_FALSE(token::Jws::parse(with("5")));
  CHECK(token::Jws::parse(with("\"JWT\"")));
}

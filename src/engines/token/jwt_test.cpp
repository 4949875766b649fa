#include <doctest/doctest.h>

#include <limits>

#include "engines/token/jwt.hpp"
#include "engines/token/signature_cache.hpp"

using namespace gatehouse;
using token::Algorithm;

namespace {
constexpr Instant jwt_now{1'750'000'000s};
constexpr std::int64_t jwt_now_s = 1'750'000'000;

const crypto::PrivateKey& jwt_private() {
  static const auto key = crypto::PrivateKey::generate(crypto::KeyType::ed25519).value();
  return key;
}
const token::KeySet& jwt_keys() {
  static const auto keys = token::KeySet::from({token::Jwk::from_public(jwt_private().public_key(), "k")}).value();
  return keys;
}
std::string jwt_signed(std::string_view claims, std::string_view header = R"({"alg":"EdDSA","kid":"k","typ":"JWT"})") {
  return sign_compact(token::SigningKey(jwt_private()), Algorithm::eddsa, header, claims).value();
}
Result<std::shared_ptr<const token::VerifiedSignature>> jwt_proven(std::string_view compact) {
  auto jwt = TRY(token::Jwt::parse(compact));
  const auto* key = TRY(jwt_keys().find(jwt.header().key_id, jwt.header().algorithm));
  return verify_signature(std::move(jwt), *key, token::default_algorithms);
}
token::Expectations jwt_expected() { return {.issuer = "https://issuer.test", .audiences = {"https://api.test"}}; }

/// The usual claims with more or other members; `more` begins with a comma.
std::string jwt_claims(std::string_view more, std::int64_t exp = jwt_now_s + 60) {
  return R"({"iss":"https://issuer.test","aud":"https://api.test","sub":"ann","exp":)" + std::to_string(exp) + std::string(more) + "}";
}
/// What a caller is told stands before another sentence, the remedy of its kind.
bool jwt_is_sentence(std::string_view told) { return told.size() > 1 && told.front() >= 'A' && told.front() <= 'Z' && told.ends_with('.'); }

std::string jwt_verdict(std::string_view claims, const token::Expectations& expected = jwt_expected(), Instant now = jwt_now,
                        std::string_view header = R"({"alg":"EdDSA","kid":"k","typ":"JWT"})") {
  auto proven = jwt_proven(jwt_signed(claims, header));
  if (!proven) {
    CHECK(jwt_is_sentence(proven.error().told));
    return proven.error().detail;
  }
  const auto verified = check_claims(*proven, expected, now);
  if (!verified) CHECK(jwt_is_sentence(verified.error().told));
  return verified ? "accepted" : verified.error().detail;
}
}  // namespace

TEST_CASE("a good token shows its claims") {
  const auto verified =
      check_claims(jwt_proven(jwt_signed(jwt_claims(R"(,"scope":"read write","jti":"7","nested":{"a":1})"))).value(), jwt_expected(), jwt_now)
          .value();
  CHECK(verified.issuer() == "https://issuer.test");
  CHECK(verified.subject() == "ann");
  CHECK(verified.token_id() == "7");
  CHECK(verified.expires() == jwt_now + 60s);
  CHECK(verified.get("nested")->get("a")->integer() == 1);
  CHECK(verified.has_scope("read"));
  CHECK(verified.has_scope("write"));
  CHECK_FALSE(verified.has_scope("rea"));
  CHECK_FALSE(verified.has_scope("read write"));
  CHECK_FALSE(verified.has_scope(""));
  CHECK(verified.scopes() == std::vector<std::string_view>{"read", "write"});
}

TEST_CASE("scopes come as a text or as an array, and from the claim that was asked for alone") {
  const auto scopes = [](std::string_view more, std::string_view claim = "scope") {
    return check_claims(jwt_proven(jwt_signed(jwt_claims(more))).value(), jwt_expected(), jwt_now)->scopes(claim).size();
  };
  CHECK(scopes(R"(,"scp":["a","b"])", "scp") == 2);
  CHECK(scopes(R"(,"scp":"a b")", "scp") == 2);
  CHECK(scopes(R"(,"scope":"a  b ","scp":["b","c"])") == 2);
  CHECK(scopes(R"(,"scope":"a","scp":["admin"])", "roles") == 0);
  CHECK(scopes(R"(,"scope":"a b a a")") == 2);
  CHECK(scopes(R"(,"scope":7)") == 0);
  CHECK(scopes("") == 0);
}

TEST_CASE("a list's element that holds a space or is no scope in another way is none") {
  const auto verified =
      check_claims(jwt_proven(jwt_signed(jwt_claims(R"(,"scope":["read admin","","a\tb","write",["x"]])"))).value(), jwt_expected(), jwt_now).value();
  CHECK(verified.scopes() == std::vector<std::string_view>{"write"});
  CHECK_FALSE(verified.has_scope("admin"));
  CHECK_FALSE(verified.has_scope("read admin"));
}

TEST_CASE("a token past its time is refused, with the skew and not a second more") {
  CHECK(jwt_verdict(jwt_claims("", jwt_now_s + 1)) == "accepted");
  CHECK(jwt_verdict(jwt_claims("", jwt_now_s - 29)) == "accepted");
  CHECK(jwt_verdict(jwt_claims("", jwt_now_s - 30)).contains("expired"));
  auto strict = jwt_expected();
  strict.skew = 0s;
  CHECK(jwt_verdict(jwt_claims("", jwt_now_s), strict).contains("expired"));
  CHECK(jwt_verdict(jwt_claims("", jwt_now_s + 1), strict) == "accepted");
  auto lax = jwt_expected();
  lax.skew = 24h;  // bounded by skew_max
  CHECK(jwt_verdict(jwt_claims("", jwt_now_s - 300), lax).contains("expired"));
  const auto error = check_claims(jwt_proven(jwt_signed(jwt_claims("", 1))).value(), jwt_expected(), jwt_now).error();
  CHECK(token::is_expiry(error));
  CHECK_FALSE(token::is_expiry(check_claims(jwt_proven(jwt_signed(jwt_claims(R"(,"nbf":1e10)"))).value(), jwt_expected(), jwt_now).error()));
}

TEST_CASE("a token from the future is refused") {
  CHECK(jwt_verdict(jwt_claims(R"(,"nbf":1750000030)")) == "accepted");
  CHECK(jwt_verdict(jwt_claims(R"(,"nbf":1750000031)")).contains("nbf"));
  CHECK(jwt_verdict(jwt_claims(R"(,"iat":1750000030)")) == "accepted");
  CHECK(jwt_verdict(jwt_claims(R"(,"iat":1750000031)")).contains("iat"));
}

TEST_CASE("times are numbers of seconds and nothing else") {
  CHECK(jwt_verdict(R"({"iss":"https://issuer.test","aud":"https://api.test"})").contains("'exp'"));
  for (const auto* time : {"\"1750000060\"", "-1", "true", "null", "[1]", "1750000060000", "1e300"})
    CHECK(jwt_verdict(R"({"iss":"https://issuer.test","aud":"https://api.test","exp":)" + std::string(time) + "}").contains("no time"));
  CHECK(jwt_verdict(R"({"iss":"https://issuer.test","aud":"https://api.test","exp":1750000060.5})") == "accepted");
  CHECK(jwt_verdict(R"({"iss":"https://issuer.test","aud":"https://api.test","exp":1.75000006e9})") == "accepted");
  CHECK(jwt_verdict(R"({"iss":"https://issuer.test","aud":"https://api.test","exp":253402300799})") == "accepted");
}

TEST_CASE("issuer and audience must be there and equal exactly") {
  const auto with = [](std::string_view iss, std::string_view aud) { return R"({"exp":1750000060)" + std::string(iss) + std::string(aud) + "}"; };
  const std::string iss = R"(,"iss":"https://issuer.test")", aud = R"(,"aud":"https://api.test")";
  CHECK(jwt_verdict(with(iss, aud)) == "accepted");
  CHECK(jwt_verdict(with("", aud)).contains("iss"));
  CHECK(jwt_verdict(with(R"(,"iss":"https://issuer.test/")", aud)).contains("iss"));
  CHECK(jwt_verdict(with(R"(,"iss":"https://issuer.test.attacker.test")", aud)).contains("iss"));
  CHECK(jwt_verdict(with(R"(,"iss":["https://issuer.test"])", aud)).contains("iss"));
  CHECK(jwt_verdict(with(iss, "")).contains("aud"));
  CHECK(jwt_verdict(with(iss, R"(,"aud":"https://other.test")")).contains("aud"));
  CHECK(jwt_verdict(with(iss, R"(,"aud":[])")).contains("aud"));
  CHECK(jwt_verdict(with(iss, R"(,"aud":["https://other.test","https://api.test"])")) == "accepted");
  CHECK(jwt_verdict(with(iss, R"(,"aud":["https://api.test",7])")).contains("aud"));
  CHECK(jwt_verdict(with(iss, R"(,"aud":{"https://api.test":1})")).contains("aud"));
  auto nobody = jwt_expected();
  nobody.audiences.clear();
  CHECK(jwt_verdict(with(iss, aud), nobody).contains("aud"));
  nobody = jwt_expected();
  nobody.issuer.clear();
  CHECK(jwt_verdict(with(R"(,"iss":"")", aud), nobody).contains("iss"));
}

TEST_CASE("a token of another kind does not pass as an access token (RFC 8725 section 3.11)") {
  const auto typed = [](std::string_view type) {
    return jwt_verdict(jwt_claims(""), jwt_expected(), jwt_now, R"({"alg":"EdDSA","kid":"k","typ":")" + std::string(type) + "\"}");
  };
  CHECK(jwt_verdict(jwt_claims(""), jwt_expected(), jwt_now, R"({"alg":"EdDSA","kid":"k"})") == "accepted");
  for (const auto* type : {"JWT", "jwt", "at+jwt", "application/at+jwt", "AT+JWT"}) CHECK(typed(type) == "accepted");
  for (const auto* type : {"dpop+jwt", "logout+jwt", "secevent+jwt", "JOSE", "application/", "application/x/at+jwt", "at+jwt "})
    CHECK(typed(type).contains("typ"));
  auto explicit_only = jwt_expected();
  explicit_only.types = {"at+jwt"};
  CHECK(jwt_verdict(jwt_claims(""), explicit_only).contains("typ"));
  CHECK(jwt_verdict(jwt_claims(""), explicit_only, jwt_now, R"({"alg":"EdDSA","kid":"k","typ":"at+jwt"})") == "accepted");
}

TEST_CASE("an algorithm that is no longer allowed is refused though the signature was proven before") {
  const auto proven = jwt_proven(jwt_signed(jwt_claims(""))).value();
  auto expected = jwt_expected();
  CHECK(check_claims(proven, expected, jwt_now));
  expected.algorithms = {Algorithm::es256};
  CHECK_FALSE(check_claims(proven, expected, jwt_now));
}

TEST_CASE("claims that a route requires must be there with one of their values") {
  auto expected = jwt_expected();
  expected.claims = {{"role", {"doctor", "nurse"}}, {"tenant", {}}};
  CHECK(jwt_verdict(jwt_claims(R"(,"role":"nurse","tenant":7)"), expected) == "accepted");
  CHECK(jwt_verdict(jwt_claims(R"(,"role":["guest","doctor"],"tenant":"x")"), expected) == "accepted");
  CHECK(jwt_verdict(jwt_claims(R"(,"role":"guest","tenant":7)"), expected).contains("role"));
  CHECK(jwt_verdict(jwt_claims(R"(,"role":"doctor ","tenant":7)"), expected).contains("role"));
  CHECK(jwt_verdict(jwt_claims(R"(,"role":{"doctor":1},"tenant":7)"), expected).contains("role"));
  CHECK(jwt_verdict(jwt_claims(R"(,"role":"doctor")"), expected).contains("tenant"));
  CHECK(jwt_verdict(jwt_claims(R"(,"role":"doctor","tenant":null)"), expected).contains("tenant"));
  CHECK(check_claims(jwt_proven(jwt_signed(jwt_claims(""))).value(), expected, jwt_now).error().fault == Fault::forbidden);
}

TEST_CASE("a claim is a boolean or a number where one is asked for, and never what only looks like it") {
  const auto kept = [](token::ClaimValue wanted, std::string_view claim) {
    auto expected = jwt_expected();
    expected.claims = {{"c", {std::move(wanted)}}};
    return jwt_verdict(jwt_claims(R"(,"c":)" + std::string(claim)), expected) == "accepted";
  };
  CHECK(kept(true, "true"));
  CHECK(kept(false, "false"));
  CHECK(kept(true, "[false,true]"));
  for (const auto* other : {"false", "\"true\"", "1", "[\"true\"]", "{\"true\":true}", "null", "\"\"", "[]"}) {
    CAPTURE(other);
    CHECK_FALSE(kept(true, other));
  }
  CHECK_FALSE(kept(false, "null"));
  CHECK_FALSE(kept(false, "0"));
  CHECK(kept(std::int64_t{3}, "3"));
  CHECK(kept(std::int64_t{-3}, "[1,-3]"));
  CHECK(kept(std::numeric_limits<std::int64_t>::max(), "9223372036854775807"));
  for (const auto* other : {"\"3\"", "3.0", "3e0", "3.0000000000000000001", "4", "-3", "true", "[\"3\"]", "null", "18446744073709551615"}) {
    CAPTURE(other);
    CHECK_FALSE(kept(std::int64_t{3}, other));
  }
  CHECK_FALSE(kept(std::int64_t{-1}, "18446744073709551615"));
  CHECK_FALSE(kept("3", "3"));
  CHECK_FALSE(kept("true", "true"));
  CHECK(kept("true", "\"true\""));
}

TEST_CASE("each refusal of a token tells the caller one whole sentence") {
  const auto told = [](std::string_view claims, const token::Expectations& expected = jwt_expected()) {
    const auto refused = check_claims(jwt_proven(jwt_signed(claims)).value(), expected, jwt_now);
    REQUIRE_FALSE(refused);
    return refused.error().told;
  };
  auto other = jwt_expected(), claim = jwt_expected(), kind = jwt_expected(), algorithm = jwt_expected();
  other.issuer = "https://other.test";
  claim.claims = {{"tenant", {"north"}}};
  kind.types = {"at+jwt"};
  algorithm.algorithms = {};
  for (const auto& text :
       {told(jwt_claims("", 1)), told(R"({"iss":"https://issuer.test","aud":"https://api.test"})"), told(jwt_claims(R"(,"nbf":1e10)")),
        told(jwt_claims(R"(,"iat":1e10)")), told(jwt_claims(""), other), told(R"({"iss":"https://issuer.test","aud":"bakery","exp":1e10})"),
        told(jwt_claims(""), claim), told(jwt_claims(""), kind), told(jwt_claims(""), algorithm), jwt_proven("no token").error().told,
        jwt_proven(jwt_signed("[]")).error().told, jwt_proven(jwt_signed(R"({"sub":1})")).error().told})
    CHECK_MESSAGE(jwt_is_sentence(text), text);
  CHECK(told(jwt_claims("", 1)) == "The token has expired.");
  CHECK_FALSE(jwt_is_sentence("the token has expired"));
}

TEST_CASE("a payload that is no object with single names is no token") {
  for (const auto* claims : {"", "[]", "7", "\"x\"", "{", R"({"exp":1,"exp":2})", R"({"a":{"b":1,"b":2}})", "\xFF"})
    CHECK(jwt_verdict(claims).contains("claims"));
  CHECK(jwt_verdict(jwt_claims(R"(,"sub2":1)")) == "accepted");
  CHECK(jwt_verdict(R"({"iss":"https://issuer.test","aud":"https://api.test","exp":1750000060,"sub":7})").contains("'sub'"));
  CHECK(jwt_verdict(R"({"iss":"https://issuer.test","aud":"https://api.test","exp":1750000060,"jti":{}})").contains("'jti'"));
  CHECK(jwt_verdict("{\"a\":" + std::string(17, '[') + std::string(17, ']') + "}").contains("deep"));
}

TEST_CASE("the cache gives back what was proven, for the whole text only") {
  token::SignatureCache cache({.slots = 8, .bytes = 1U << 20U});
  const auto compact = jwt_signed(jwt_claims(""));
  CHECK_FALSE(cache.find(compact));
  const auto proven = jwt_proven(compact).value();
  cache.put(compact, proven);
  REQUIRE(cache.find(compact));
  CHECK(cache.find(compact)->issuer() == "https://issuer.test");
  CHECK(cache.find(compact)->with(jwt_keys()) == proven);
  for (std::size_t at = 0; at < compact.size(); ++at) {
    auto altered = compact;
    altered[at] = altered[at] == 'A' ? 'B' : 'A';
    if (altered != compact) CHECK_FALSE(cache.find(altered));
  }
  CHECK_FALSE(cache.find(compact + "A"));
  CHECK_FALSE(cache.find(""));
  cache.put(compact, proven);
  CHECK(cache.size() == 1);
}

TEST_CASE("a key that left the set takes its cached tokens with it") {
  token::SignatureCache cache({.slots = 8, .bytes = 1U << 20U});
  const auto compact = jwt_signed(jwt_claims(""));
  cache.put(compact, jwt_proven(compact).value());
  const auto same_again = token::KeySet::parse(jwt_keys().to_json()).value();  // the set was fetched anew
  CHECK(cache.find(compact)->with(same_again));
  const auto fresh = crypto::PrivateKey::generate(crypto::KeyType::ed25519).value();
  CHECK_FALSE(cache.find(compact)->with(token::KeySet::from({token::Jwk::from_public(fresh.public_key(), "k")}).value()));  // same name, another key
  CHECK_FALSE(cache.find(compact)->with(token::KeySet::from({token::Jwk::from_public(jwt_private().public_key(), "renamed")}).value()));
  CHECK_FALSE(cache.find(compact)->with(token::KeySet()));
  CHECK(cache.find(compact)->with(jwt_keys()));
}

TEST_CASE("the cache stays within its slots and bytes, and keeps what is used") {
  token::SignatureCache cache({.slots = 16, .bytes = 1U << 20U});
  const auto favourite = jwt_signed(jwt_claims(R"(,"n":-1)"));
  cache.put(favourite, jwt_proven(favourite).value());
  for (int i = 0; i < 200; ++i) {
    const auto compact = jwt_signed(jwt_claims(R"(,"n":)" + std::to_string(i)));
    cache.put(compact, jwt_proven(compact).value());
    CHECK(cache.find(compact));
    CHECK(cache.find(favourite));
    CHECK(cache.size() <= 16);
  }
  token::SignatureCache small({.slots = 1024, .bytes = 8192});
  for (int i = 0; i < 200; ++i) {
    const auto compact = jwt_signed(jwt_claims(R"(,"n":)" + std::to_string(i)));
    small.put(compact, jwt_proven(compact).value());
    CHECK(small.bytes() <= 8192);
    CHECK(small.find(compact));
  }
  const auto large = jwt_signed(jwt_claims(R"(,"fill":")" + std::string(4000, 'x') + "\""));
  small.put(large, jwt_proven(large).value());
  CHECK_FALSE(small.find(large));
  CHECK(small.bytes() <= 8192);
}

TEST_CASE("verified claims outlive the cache that they came from") {
  auto cache = std::make_unique<token::SignatureCache>(token::SignatureCache::Options{.slots = 4, .bytes = 1U << 20U});
  const auto compact = jwt_signed(jwt_claims(""));
  cache->put(compact, jwt_proven(compact).value());
  const auto verified = check_claims(cache->find(compact)->with(jwt_keys()), jwt_expected(), jwt_now).value();
  cache.reset();
  CHECK(verified.subject() == "ann");
}

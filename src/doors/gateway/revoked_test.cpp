// Tokens that are taken back, seen through a worker: judged on every request, also when their signature was proved before.
#include "doors/gateway/trial_keys.hpp"
#include "doors/gateway/trial_talk.hpp"
#include "engines/token/signer.hpp"
#include "ground/base/encoding.hpp"
#include "ground/crypto/digest.hpp"
#include "ground/crypto/key.hpp"
#include "services/audit/audit.hpp"

using namespace gatehouse;
using namespace gatehouse::gateway;

namespace {
using revocations::Kind;

/// A gate with an issuer whose tokens it takes at /t, and an open route.
struct RevokingGate {
  RevokingGate() : gate(setup()) {}

  [[nodiscard]] TrialGate::Setup setup() const {
    auto made = open_gate();
    made.routes[0].path = "/open";
    auto& route = made.routes.emplace_back(open_route("t", "/t", {"GET"}));
    route.authenticate = {Credential::jwt};
    auto& issuer = made.issuers["login"];
    issuer.issuer = "https://login.example";
    issuer.audience = {"api"};
    issuer.jwks = JwksOptions{};
    issuer.jwks->url = settings::Url{.secure = true, .host = "login.example", .port = 443, .path = "/keys"};
    made.key_source.fetch = [set = token::KeySet::from({signer.public_jwk()}).value().to_json()](
                                const settings::Url&, const std::string&) -> Result<std::string> { return set; };
    return made;
  }
  [[nodiscard]] std::int64_t now() const { return unix_seconds(gate.clock.now()); }
  /// `more`: further claims, each with a comma before it.
  [[nodiscard]] std::string token(std::string_view subject, std::string_view more) const {
    return signer
        .sign(R"({"iss":"https://login.example","aud":"api","exp":)" + std::to_string(now() + 1000) + R"(,"sub":")" + std::string(subject) + "\"" +
              std::string(more) + "}")
        .value();
  }
  [[nodiscard]] revocations::Record record(Kind kind, std::string name, std::int64_t issued_before = 0) {
    return {
        .id = revocations::RevocationId::make(gate.random),
        .what = {.kind = kind, .issuer = "https://login.example", .name = std::move(name), .issued_before = issued_before, .lapses_at = now() + 500},
        .made_at = now()};
  }
  void revoke(const revocations::Record& record) { gate.use_revocations({&record, 1}); }
  /// The status of what the gate says itself; 200: it was passed on.
  int status(std::string_view token, std::string_view path = "/t") {
    auto client = gate.connect();
    said = exchange(gate, client, ask(path, "authorization: Bearer " + std::string(token) + "\r\n"));
    if (!said.empty()) return std::stoi(said.substr(9, 3));
    gate.servers.back()->got.clear();
    said = answer(gate, client, ok, gate.servers.size() - 1);
    return 200;
  }
  /// `gatehouse why` for the last answer.
  [[nodiscard]] audit::Decision why() { return decision_on(gate, said); }

  const token::Signer signer = token::Signer::create(crypto::PrivateKey::generate(crypto::KeyType::p256).value(), "at+jwt").value();
  TrialGate gate;
  std::string said;
};
}  // namespace

TEST_CASE("a token that was seen before is refused from the request after its revocation, and taken again when that lapses") {
  RevokingGate trial;
  const auto token = trial.token("ada", R"(,"jti":"t-1")"), neighbour = trial.token("ada", R"(,"jti":"t-2")");
  CHECK(trial.status(token) == 200);
  CHECK(trial.status(neighbour) == 200);
  const auto record = trial.record(Kind::token, "t-1");
  trial.revoke(record);
  CHECK(trial.status(token) == 401);
  CHECK(trial.said.contains("urn:gatehouse:problem:token-revoked"));
  CHECK(field_of(trial.said, "www-authenticate").contains("invalid_token"));
  CHECK(trial.gate.ended(audit::Counter::token_cache_hits) == 1);  // the signature was not proved again
  const auto why = trial.why();
  CHECK(why.stage == "authenticate");
  CHECK(why.rule == "revocations.token");
  CHECK(why.facts == "revocation " + std::string(record.id.text()));
  CHECK(why.principal == "ada");
  CHECK(trial.status(neighbour) == 200);
  trial.gate.pass(500s);
  CHECK(trial.status(token) == 200);
}

TEST_CASE("a revoked token that was never seen is refused, too") {
  RevokingGate trial;
  trial.revoke(trial.record(Kind::token, "t-1"));
  CHECK(trial.status(trial.token("ada", R"(,"jti":"t-1")")) == 401);
  CHECK(trial.status(trial.token("ada", R"(,"jti":"t-2")")) == 200);
}

TEST_CASE("the tokens of a subject are refused by their time of issue, and one without it is told why") {
  RevokingGate trial;
  const auto iat = [&](std::int64_t seconds) { return R"(,"iat":)" + std::to_string(seconds); };
  trial.revoke(trial.record(Kind::subject, "ada", trial.now()));
  CHECK(trial.status(trial.token("ada", iat(trial.now() - 1))) == 401);
  CHECK(trial.why().rule == "revocations.subject");
  CHECK(trial.status(trial.token("ada", iat(trial.now()))) == 200);
  CHECK(trial.status(trial.token("bob", iat(trial.now() - 1))) == 200);
  CHECK(trial.status(trial.token("bob", "")) == 200);
  CHECK(trial.status(trial.token("ada", "")) == 401);
  CHECK(trial.said.contains("iat"));
  CHECK(trial.why().facts.ends_with("no iat, so it counts as old"));
}

TEST_CASE("a token without a jti is refused by the digest of what is signed, whatever its signature looks like") {
  RevokingGate trial;
  const auto token = trial.token("ada", ""), neighbour = trial.token("ada", R"(,"role":"clerk")");
  const auto dot = token.rfind('.');
  trial.revoke(trial.record(Kind::digest, encoding::to_hex(crypto::sha256(std::string_view(token).substr(0, dot)))));
  CHECK(trial.status(token) == 401);
  CHECK(trial.why().rule == "revocations.digest");
  CHECK(trial.status(neighbour) == 200);

  // ECDSA: n - s proves as well as s. Who holds a token can write this other form of it without any key.
  auto signature = encoding::from_base64url(token.substr(dot + 1)).value();
  const auto order = encoding::from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").value();
  int borrow = 0;
  for (int i = 31; i >= 0; --i) {
    const int difference = static_cast<std::uint8_t>(order[static_cast<std::size_t>(i)]) -
                           static_cast<std::uint8_t>(signature[static_cast<std::size_t>(32 + i)]) - borrow;
    borrow = difference < 0 ? 1 : 0;
    signature[static_cast<std::size_t>(32 + i)] = static_cast<char>(difference + 256 * borrow);
  }
  const auto twin = token.substr(0, dot + 1) + encoding::to_base64url(as_bytes(signature));
  REQUIRE(twin != token);
  CHECK(trial.status(twin) == 401);
  CHECK(trial.said.contains("token-revoked"));
  trial.gate.use_revocations({});
  CHECK(trial.status(twin) == 200);  // it is a token that proves itself
}

TEST_CASE("all tokens of an issuer are refused at once, and a bad token is not called revoked") {
  RevokingGate trial;
  auto forged = trial.token("ada", R"(,"jti":"t-1")");
  forged[forged.size() - 8] = forged[forged.size() - 8] == 'A' ? 'B' : 'A';
  trial.revoke(trial.record(Kind::issuer, "", trial.now()));
  CHECK(trial.status(trial.token("ada", R"(,"jti":"t-1")")) == 401);
  CHECK(trial.why().rule == "revocations.issuer");
  CHECK(trial.status(forged) == 401);
  CHECK(trial.said.contains("credential-invalid"));
}

TEST_CASE("where no credential is asked for, a revoked token is as little looked at as any") {
  RevokingGate trial;
  trial.revoke(trial.record(Kind::token, "t-1"));
  CHECK(trial.status(trial.token("ada", R"(,"jti":"t-1")"), "/open") == 200);
}

TEST_CASE("a key in the query is refused on an open route, too, and goes nowhere; what only resembles one passes") {
  RevokingGate trial;
  auto& gate = trial.gate;
  const TrialKeys keys(gate, std::vector<keys::Plan>{{"free", {}}, {"paid", {}}});
  auto client = gate.connect();
  const auto coded = [&](std::string_view from, std::string_view to) {
    return std::string(keys.reader).replace(keys.reader.find(from), from.size(), to);
  };
  for (const auto& key : {keys.reader, keys.reader.substr(0, 40), coded("_", "%5F"), coded("g", "%67"), coded("live_", "l%69ve%5f")}) {
    trial.said = exchange(gate, client, ask("/open?a=1&api_key=" + key));
    CHECK(trial.said.starts_with("HTTP/1.1 401 "));
    CHECK(field_of(trial.said, "www-authenticate").contains("invalid_token"));
    CHECK_FALSE(trial.said.contains(key));
    CHECK(gate.servers.empty());
    const auto why = trial.why();
    CHECK(why.stage == "authenticate");
    CHECK(why.rule == "authenticate.key-in-query");
    CHECK(why.route == "all");
    CHECK(why.facts.contains(keys.reader.substr(9, 12)));
  }
  for (const std::string_view query :
       {"api_key=ghk_live_", "q=ghk_docs&ghk_", "q=ghk%5Fdocs%20and", "key=ghk%5Flive_0123456789AB", "key=ghk_live_0123456789AB", ""}) {
    client.send(ask("/open?" + std::string(query)));
    CHECK(told_server(gate).starts_with("GET /open?" + std::string(query) + " "));
    CHECK(answer(gate, client, ok).ends_with("ok"));
  }
}

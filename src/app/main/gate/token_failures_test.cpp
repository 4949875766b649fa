// Failures that count against the subject of a token, although the request was refused before anybody asked for a credential: only where the signature was
// proved shortly before. What costs nothing to make must ban nobody.
#include "app/main/gate/gate_trial.hpp"
#include "engines/token/signer.hpp"

using namespace gatehouse;
using namespace gatehouse::main;
using namespace gatehouse::main::trial;

namespace {

token::Signer own_signer() { return token::Signer::create(crypto::PrivateKey::generate(crypto::KeyType::p256).value(), "JWT").value(); }

/// A gate with one issuer, whose keys this holds. Five failures ban a subject; addresses are exempt.
class TokenGate {
 public:
  TokenGate() {
    publish(signer);
    trial.emplace([this](auto& configuration) {
      auto& route = configuration.routes.front();
      route.path = "/only";
      route.methods = {"GET"};
      route.authenticate = {gateway::Credential::jwt};
      auto& issuer = configuration.issuers["clinic"];
      issuer.issuer = "https://issuer.example";
      issuer.audience = {"clinic"};
      issuer.jwks.emplace().file = folder_.file("keys.jwks");
      configuration.limits.per_address.reset();
      configuration.limits.failures =
          limits::FailureOptions{.count = 5, .window = 1h, .ban = 1h, .exempt = {http::AddressBlock::parse("127.0.0.0/8").value()}};
    });
  }
  void publish(const token::Signer& of) const {
    std::ofstream(folder_.file("keys.jwks")) << token::KeySet::from({of.public_jwk()}).value().to_json();
  }
  /// `number` makes another token of the same subject.
  [[nodiscard]] std::string token_of(std::string_view subject, int number = 0, Duration lifetime = 1h, std::string_view audience = "clinic") const {
    return signer
        .sign(R"({"iss":"https://issuer.example","aud":")" + std::string(audience) + R"(","sub":")" + std::string(subject) + R"(","n":)" +
              std::to_string(number) + R"(,"exp":)" + std::to_string(unix_seconds(trial->clock.now() + lifetime)) + "}")
        .value();
  }
  [[nodiscard]] std::string ask(std::string_view method, std::string_view path, const std::string& token) const {
    return Client(trial->front())
        .ask(std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer " + token +
             "\r\n\r\n");
  }
  [[nodiscard]] bool is_served(const std::string& token) const { return ask("GET", "/only", token).starts_with("HTTP/1.1 200 "); }
  /// Twice as many failures as a ban takes: half of them unknown paths, half methods that are not allowed.
  void scan(const std::string& token) const {
    for (int i = 0; i < 5; ++i) {
      CHECK(ask("GET", "/admin" + std::to_string(i), token).starts_with("HTTP/1.1 404 "));
      CHECK(ask("DELETE", "/only", token).starts_with("HTTP/1.1 405 "));
    }
  }
  [[nodiscard]] std::uint64_t bans() const { return trial->count(audit::Counter::bans); }

  const token::Signer signer = own_signer();
  std::optional<Trial> trial;

 private:
  gatehouse::testing::TemporaryFolder folder_;
};

}  // namespace

TEST_CASE("who scans with a token that was proved loses its subject, with whatever token of it, and nobody else does") {
  const TokenGate gate;
  const auto scanner = gate.token_of("scanner"), other = gate.token_of("scanner", 1), honest = gate.token_of("honest");
  CHECK(gate.is_served(scanner));  // which proves the signature
  CHECK(gate.is_served(other));
  CHECK(gate.is_served(honest));
  for (int i = 0; i < 3; ++i) CHECK(gate.ask("GET", "/admin" + std::to_string(i), scanner).starts_with("HTTP/1.1 404 "));
  CHECK(gate.ask("DELETE", "/only", other).starts_with("HTTP/1.1 405 "));
  CHECK(gate.bans() == 0);
  CHECK(gate.ask("PUT", "/only", scanner).starts_with("HTTP/1.1 405 "));
  CHECK(gate.bans() == 1);
  for (const auto& token : {scanner, other, gate.token_of("scanner", 2)}) {
    const auto refused = gate.ask("GET", "/only", token);
    CHECK(refused.starts_with("HTTP/1.1 429 "));
    CHECK(refused.contains("too-many-failures"));
  }
  CHECK(gate.is_served(honest));
  std::string log;
  CHECK(comes_true([&] { return (log = gate.trial->audit_log()).contains("\"/admin2\""); }));
  CHECK(log.contains("\"principal\":\"scanner\""));  // who it was is on record
}

TEST_CASE("a token that was not proved here counts against no subject, however good it is") {
  const TokenGate gate;
  gate.scan(gate.token_of("victim"));
  CHECK(gate.bans() == 0);
  CHECK(gate.is_served(gate.token_of("victim")));
}

TEST_CASE("tokens that are forged, for another audience, expired or signed by a key that is gone ban nobody's subject") {
  TokenGate gate;
  const auto proved = gate.token_of("victim");
  CHECK(gate.is_served(proved));
  auto altered = proved;
  altered.back() = altered.back() == 'A' ? 'Q' : 'A';  // of the signature; the claims are the victim's own
  gate.scan(altered);
  const auto strange = own_signer();
  gate.scan(strange.sign(R"({"iss":"https://issuer.example","aud":"clinic","sub":"victim","exp":9999999999})").value());
  const auto elsewhere = gate.token_of("victim", 0, 1h, "pharmacy");
  CHECK(gate.ask("GET", "/only", elsewhere).starts_with("HTTP/1.1 401 "));
  gate.scan(elsewhere);
  CHECK(gate.bans() == 0);
  gate.trial->clock.advance(2h);
  gate.scan(proved);  // expired
  CHECK(gate.bans() == 0);
  const auto fresh = gate.token_of("victim", 1);
  CHECK(gate.is_served(fresh));
  gate.publish(strange);
  REQUIRE(gate.trial->reload({}));
  gate.scan(fresh);  // proved before the keys were changed
  CHECK(gate.bans() == 0);
}

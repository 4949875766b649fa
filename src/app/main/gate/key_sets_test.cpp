// Key sets at URLs, seen at the whole gate: what hangs there holds up nothing here, and is nobody's failure.
#include "app/main/gate/gate_trial.hpp"
#include "engines/token/signer.hpp"

using namespace gatehouse;
using namespace gatehouse::main;
using namespace gatehouse::main::trial;

namespace {

/// Issuers at URLs: /hangs... takes the request and never answers, /keys answers with the set of `signer`, all others fail.
struct KeyUrls {
  token::Signer signer = token::Signer::create(crypto::PrivateKey::generate(crypto::KeyType::p256).value(), "at+jwt").value();
  std::string set = token::KeySet::from({signer.public_jwk()}).value().to_json();
  std::atomic<int> hanging{0};

  [[nodiscard]] Outside outside(gateway::Resolve resolve = gateway::resolve_by_system) {
    return {.resolve = std::move(resolve),
            .fetch = [this](const settings::Url& url, const std::string&, const std::atomic<bool>& stop) -> Result<std::string> {
              if (url.path == "/keys") return set;
              if (!url.path.starts_with("/hangs")) return fail(Fault::unavailable, "nobody is there");
              ++hanging;
              stop.wait(false);
              return fail(Fault::unavailable, "stopped");
            }};
  }
  [[nodiscard]] std::string bearer(const std::string& issuer) const {
    const auto now = unix_seconds(SystemClock().now());
    return "authorization: Bearer " +
           signer.sign(R"({"iss":")" + issuer + R"(","aud":"api","sub":"ada","exp":)" + std::to_string(now + 3600) + "}").value() + "\r\n";
  }
};

void add_issuer(config::Configuration& configuration, const std::string& name) {
  auto& issuer = configuration.issuers[name];
  issuer.issuer = name;
  issuer.audience = {"api"};
  issuer.jwks = gateway::JwksOptions{};
  issuer.jwks->url = settings::Url{.secure = false, .host = "127.0.0.1", .port = 1, .path = "/" + name};
}

void add_token_route(config::Configuration& configuration) {
  auto route = configuration.routes.front();
  route.name = "token";
  route.path = "/token";
  route.authenticate = {gateway::Credential::jwt};
  configuration.routes.push_back(std::move(route));
}

}  // namespace

// Whoever waited for one of these URLs would wait for ever.
TEST_CASE("key sets whose URLs take a request and never answer hold up neither the start, nor what is tended, nor a reload, nor the stop") {
  KeyUrls urls;
  std::atomic<int> resolved{0};
  const auto resolve = [&](const std::string&) -> Result<std::vector<http::Address>> {
    ++resolved;
    return std::vector{http::Address::parse("127.0.0.1").value()};
  };
  Trial trial(
      [](auto& c) {
        for (const auto* name : {"hangs1", "hangs2", "hangs3", "keys"}) add_issuer(c, name);
        add_token_route(c);
        c.upstreams.begin()->second.servers.front().host = "api.test";
      },
      "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", urls.outside(resolve));
  CHECK(get(trial.front(), "/").starts_with("HTTP/1.1 200 "));
  CHECK(get(trial.front(), "/token", urls.bearer("keys")).starts_with("HTTP/1.1 200 "));  // it waits for its set, which comes
  CHECK(comes_true([&] { return urls.hanging == 3; }));
  const auto ready = get(trial.operations(), "/readyz");
  CHECK(ready.starts_with("HTTP/1.1 503 "));
  CHECK(ready.contains(R"(["no key set for issuer hangs1","no key set for issuer hangs2","no key set for issuer hangs3"])"));
  const int before = resolved;
  trial.clock.advance(31s);
  CHECK(comes_true([&] { return resolved > before; }));  // the thread that tends the gate goes on
  CHECK(trial.reload({}));
  CHECK(comes_true([&] { return urls.hanging == 6; }));
  CHECK(get(trial.front(), "/").starts_with("HTTP/1.1 200 "));
  CHECK(get(trial.front(), "/token", urls.bearer("keys")).starts_with("HTTP/1.1 200 "));
  Client waiting(trial.front());  // a request that waits for a set is no reason to stay either
  waiting.send("GET /token HTTP/1.1\r\nhost: localhost\r\n" + urls.bearer("hangs1") + "\r\n");
}

TEST_CASE("who comes with a token of an issuer whose keys never came has done nothing wrong: 503 each time, and no ban") {
  KeyUrls urls;
  Trial trial(
      [](auto& c) {
        add_issuer(c, "keys");
        add_issuer(c, "gone");
        add_token_route(c);
        c.limits.failures = limits::FailureOptions{.count = 3, .window = 1h, .ban = 1h, .exempt = {}};
      },
      "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", urls.outside());
  for (int i = 0; i < 10; ++i) {
    const auto refused = get(trial.front(), "/token", urls.bearer("gone"));
    CHECK(refused.starts_with("HTTP/1.1 503 "));
    CHECK(refused.contains("urn:gatehouse:problem:issuer-unavailable"));
    CHECK(refused.contains("\r\nretry-after: "));
    CHECK_FALSE(refused.contains("www-authenticate"));
  }
  CHECK(trial.count(audit::Counter::bans) == 0);
  CHECK(get(trial.front(), "/token", urls.bearer("keys")).starts_with("HTTP/1.1 200 "));
  for (int i = 0; i < 3; ++i) CHECK(get(trial.front(), "/token", urls.bearer("stranger")).starts_with("HTTP/1.1 401 "));
  CHECK(get(trial.front(), "/token", urls.bearer("keys")).starts_with("HTTP/1.1 403 "));  // those were counted
}

// Issuers whose keys are at a URL, seen through a worker: when the set is fetched, by how many, and who is believed meanwhile.
#include <latch>
#include <thread>

#include "doors/gateway/trial_talk.hpp"
#include "engines/token/signer.hpp"
#include "ground/crypto/key.hpp"

using namespace gatehouse;
using namespace gatehouse::gateway;

namespace {
constexpr std::string_view issuer_name = "https://issuer.example";

/// A key pair of the issuer, and tokens that it signs.
struct IssuerKey {
  token::Signer signer = token::Signer::create(crypto::PrivateKey::generate(crypto::KeyType::p256).value(), "at+jwt").value();

  [[nodiscard]] std::string token(Instant now, std::string_view issuer = issuer_name) const {
    const auto seconds = unix_seconds(now);
    return signer
        .sign(R"({"iss":")" + std::string(issuer) + R"(","aud":"api","sub":"somebody","exp":)" + std::to_string(seconds + 100'000) + R"(,"iat":)" +
              std::to_string(seconds) + "}")
        .value();
  }
};

/// Of the issuer, without `kid` and with a signature by nobody.
std::string nameless_token() {
  const auto part = [](std::string_view text) { return encoding::to_base64url(as_bytes(text)); };
  return part(R"({"alg":"ES256","typ":"at+jwt"})") + "." + part(R"({"iss":"https://issuer.example","aud":"api","sub":"somebody"})") + "." +
         part(std::string(64, 'x'));
}

std::string set_of(std::initializer_list<const IssuerKey*> keys) {
  std::vector<token::Jwk> all;
  for (const auto* key : keys) all.push_back(key->signer.public_jwk());
  return token::KeySet::from(std::move(all)).value().to_json();
}

/// What stands at the URL. The text is changed only while nobody fetches.
struct KeyServer {
  Result<std::string> text = fail(Fault::unavailable, "nobody is there");
  std::atomic<int> fetches = 0;
  std::shared_ptr<std::latch> hold;  ///< not null: an answer waits for it; set while nobody fetches, and left in place
  std::mutex mutex;
  std::vector<std::string> told;  ///< what became of a set

  [[nodiscard]] KeySource source() {
    return {[this](const settings::Url&, const std::string&) -> Result<std::string> {
              ++fetches;
              if (const auto held = hold) held->wait();
              return text;
            },
            [this](const std::string& issuer, const std::string& what) {
              const std::scoped_lock lock(mutex);
              told.push_back(issuer + ": " + what);
            }};
  }
};

TrialGate::Setup token_gate(KeyServer& server) {
  auto setup = open_gate();
  setup.routes[0].authenticate = {Credential::jwt};
  auto& issuer = setup.issuers["clinic"];
  issuer.issuer = issuer_name;
  issuer.audience = {"api"};
  issuer.jwks = JwksOptions{};
  issuer.jwks->url = settings::Url{.secure = true, .host = "issuer.example", .port = 443, .path = "/keys"};
  setup.key_source = server.source();
  return setup;
}

std::string with_token(std::string_view token) { return ask("/x", "authorization: Bearer " + std::string(token) + "\r\n"); }

/// One request with that token, its work on the pool done: 0 if it was let through (and is then answered), else the refusal's status.
int asked_with(TrialGate& gate, std::string_view token) {
  auto client = gate.connect();
  const auto before = gate.servers.size();
  client.send(with_token(token));
  gate.turn();
  gate.settle();
  client.read();
  if (!client.got.empty()) return std::stoi(client.got.substr(9, 3));
  auto& server = *gate.servers.back();
  REQUIRE((gate.servers.size() > before || server.got.contains("GET /x ")));
  server.got.clear();
  server.send(ok);
  gate.turn();
  client.read();
  CHECK(client.got.ends_with("ok"));
  return 0;
}

/// The same with a token that this key signs now.
int asked_with(TrialGate& gate, const IssuerKey& key) { return asked_with(gate, key.token(gate.clock.now())); }

/// Time passes, and what is stale by then is fetched, as the gate does once a second.
void pass_and_tend(TrialGate& gate, Duration time) {
  gate.pass(time);
  const auto issuers = gate.last_made.lock()->issuers;
  for (const auto& issuer : issuers->all()) issuer->expire(gate.clock.ticks());
  refresh_stale(issuers, gate.services().pool, gate.clock.ticks());
  gate.settle();
}
}  // namespace

TEST_CASE("the keys of an issuer are fetched at the start; without them its tokens are refused until they come") {
  KeyServer server;
  const IssuerKey key;
  SUBCASE("there from the start") {
    server.text = set_of({&key});
    TrialGate gate(token_gate(server));
    CHECK(asked_with(gate, key) == 0);
    CHECK(server.fetches == 1);
    CHECK(server.told.empty());
  }
  SUBCASE("there later") {
    TrialGate gate(token_gate(server));
    CHECK(server.fetches == 1);
    REQUIRE(server.told.size() == 1);
    CHECK(server.told[0].starts_with("clinic: "));
    CHECK(server.told[0].contains("nobody is there"));
    // 503 and not 401: nobody can say whether the token is good, also of one that names no key.
    CHECK(asked_with(gate, key) == 503);
    CHECK(asked_with(gate, nameless_token()) == 503);
    CHECK(asked_with(gate, key.token(gate.clock.now(), "https://elsewhere.example")) == 401);
    CHECK(asked_with(gate, "not.a.token") == 401);
    CHECK(server.fetches == 1);  // asked a moment ago
    gate.pass(31s);
    CHECK(asked_with(gate, key) == 503);
    CHECK(server.fetches == 2);
    CHECK(server.told.size() == 2);
    server.text = set_of({&key});
    gate.pass(31s);
    CHECK(asked_with(gate, key) == 0);
    CHECK(server.fetches == 3);
  }
}

TEST_CASE("a key that the issuer has rotated in is looked for once and believed, and the one it has rotated out is not believed any more") {
  KeyServer server;
  const IssuerKey old, fresh;
  server.text = set_of({&old});
  TrialGate gate(token_gate(server));
  const auto seen = old.token(gate.clock.now());
  CHECK(asked_with(gate, seen) == 0);
  CHECK(asked_with(gate, seen) == 0);  // from the cache
  gate.pass(31s);
  server.text = set_of({&fresh});
  CHECK(asked_with(gate, seen) == 0);  // nobody knows yet
  CHECK(server.fetches == 1);
  CHECK(asked_with(gate, fresh) == 0);
  CHECK(server.fetches == 2);
  CHECK(asked_with(gate, seen) == 401);  // proved before, by a key that is gone
  CHECK(asked_with(gate, old) == 401);
  CHECK(server.fetches == 2);
  CHECK(asked_with(gate, fresh) == 0);
}

TEST_CASE("tokens with keys that nobody knows bring one fetch in a while, however many there are, and known keys none") {
  KeyServer server;
  const IssuerKey known;
  server.text = set_of({&known});
  TrialGate gate(token_gate(server));
  std::vector<IssuerKey> unknown(20);
  gate.pass(31s);
  for (const auto& key : unknown) CHECK(asked_with(gate, key) == 401);
  CHECK(server.fetches == 2);
  for (int i = 0; i < 5; ++i) CHECK(asked_with(gate, known) == 0);
  gate.pass(29s);
  CHECK(asked_with(gate, unknown[0]) == 401);
  CHECK(server.fetches == 2);
  gate.pass(2s);
  for (const auto& key : unknown) CHECK(asked_with(gate, key) == 401);
  CHECK(server.fetches == 3);
  CHECK(asked_with(gate, known) == 0);
}

TEST_CASE("a token of another issuer, one without a signature of a known key and one that is no token bring no fetch") {
  KeyServer server;
  const IssuerKey known, other;
  server.text = set_of({&known});
  TrialGate gate(token_gate(server));
  gate.pass(31s);
  CHECK(asked_with(gate, known.token(gate.clock.now(), "https://elsewhere.example")) == 401);
  CHECK(asked_with(gate, other.token(gate.clock.now(), "https://elsewhere.example")) == 401);
  CHECK(asked_with(gate, "not.a.token") == 401);
  const auto good = known.token(gate.clock.now()), bad = other.token(gate.clock.now());
  CHECK(asked_with(gate, good.substr(0, good.rfind('.')) + bad.substr(bad.rfind('.'))) == 401);
  CHECK(server.fetches == 1);
  CHECK(asked_with(gate, good) == 0);
}

TEST_CASE("a set of which no key is for an allowed algorithm is no usable one: 503, nobody's failure, and told with what the keys are for") {
  KeyServer server;
  const IssuerKey key;
  server.text = set_of({&key});
  auto setup = token_gate(server);
  SUBCASE("none fits") {
    setup.issuers["clinic"].algorithms = {"RS256", "PS256"};
    TrialGate gate(std::move(setup));
    CHECK(asked_with(gate, key) == 503);
    REQUIRE(server.told.size() == 1);
    CHECK(server.told[0].contains("no key of the set is for RS256 PS256, which `algorithms` takes; they are for ES256"));
  }
  SUBCASE("one does") {
    setup.issuers["clinic"].algorithms = {"RS256", "ES256"};
    TrialGate gate(std::move(setup));
    CHECK(asked_with(gate, key) == 0);
    CHECK(server.told.empty());
  }
}

TEST_CASE("what comes from the URL instead of a key set is told and changes nothing") {
  KeyServer server;
  const IssuerKey known, unknown;
  server.text = set_of({&known});
  TrialGate gate(token_gate(server));
  gate.pass(31s);
  SUBCASE("an error") { server.text = fail(Fault::unavailable, "status 302 instead of 200"); }
  SUBCASE("a page") { server.text = "<html>Please sign in</html>"; }
  SUBCASE("cut off") { server.text = set_of({&known, &unknown}).substr(0, 100); }
  CHECK(asked_with(gate, unknown) == 401);
  CHECK(server.fetches == 2);
  CHECK(server.told.size() == 1);
  CHECK(asked_with(gate, known) == 0);
}

TEST_CASE("requests with the new key that come while it is fetched wait for it too: none is refused, and one fetch serves all") {
  KeyServer server;
  const IssuerKey old, fresh, unknown;
  server.text = set_of({&old});
  TrialGate gate(token_gate(server));
  gate.pass(31s);
  server.text = set_of({&old, &fresh});
  const auto held = server.hold = std::make_shared<std::latch>(1);
  const auto with = [&](const IssuerKey& key) { return with_token(key.token(gate.clock.now())); };
  auto first = gate.connect(), second = gate.connect(), third = gate.connect(), leaving = gate.connect(), known = gate.connect();
  CHECK(exchange(gate, first, with(fresh)).empty());
  CHECK(exchange(gate, second, with(fresh)).empty());
  CHECK(exchange(gate, third, with(unknown)).empty());
  CHECK(exchange(gate, leaving, with(fresh)).empty());
  CHECK(gate.servers.empty());
  CHECK(exchange(gate, known, with(old)).empty());
  CHECK(answer(gate, known, ok).ends_with("ok"));  // who needs no new key does not wait
  leaving.reset();
  gate.turn();
  held->count_down();
  gate.settle();
  CHECK(server.fetches == 2);
  CHECK(heard(gate, third).starts_with("HTTP/1.1 401 "));
  REQUIRE(gate.servers.size() == 2);
  for (const auto& upstream : gate.servers) {
    CHECK(upstream->got.contains("GET /x "));
    upstream->send(ok);
  }
  CHECK(heard(gate, first).ends_with("ok"));
  CHECK(heard(gate, second).ends_with("ok"));
  CHECK(gate.worker->busy() == 0);
}

TEST_CASE("a fetch for which the pool has no room is not counted as one: the next request may ask again") {
  KeyServer server;
  const IssuerKey old, fresh;
  server.text = set_of({&old});
  auto setup = token_gate(server);
  setup.pool_queue = 1;
  TrialGate gate(std::move(setup));
  gate.pass(31s);
  server.text = set_of({&old, &fresh});
  std::latch begun(1), released(1), drained(1);
  REQUIRE(gate.services().pool.submit([&] {
    begun.count_down();
    released.wait();
  }));
  begun.wait();
  REQUIRE(gate.services().pool.submit([&] { drained.count_down(); }));
  auto client = gate.connect();
  CHECK(exchange(gate, client, with_token(fresh.token(gate.clock.now()))).starts_with("HTTP/1.1 503 "));
  released.count_down();
  drained.wait();
  CHECK(server.fetches == 1);
  CHECK(asked_with(gate, fresh) == 0);
  CHECK(server.fetches == 2);
}

TEST_CASE("a reload while the URL does not answer keeps the keys that were there, unless the URL or who vouches for it is another") {
  KeyServer server;
  const IssuerKey key;
  server.text = set_of({&key});
  TrialGate gate(token_gate(server));
  server.text = fail(Fault::unavailable, "nobody is there");
  bool same = true;
  SUBCASE("the same URL") {}
  SUBCASE("another URL") {
    gate.setup.issuers["clinic"].jwks->url->path = "/other";
    same = false;
  }
  SUBCASE("other authorities") {
    gate.setup.issuers["clinic"].jwks->ca_file = "other-ca.pem";
    same = false;
  }
  gate.worker->adopt(gate.snapshot().value());
  gate.settle();
  CHECK(server.fetches == 2);
  CHECK(server.told.size() == 1);
  CHECK(asked_with(gate, key) == (same ? 0 : 503));
}

TEST_CASE("a key set is stale after its time, and a fetch makes it fresh, also one that fails") {
  KeyServer server;
  TrialGate gate(token_gate(server));
  const auto issuers = gate.snapshot().value()->issuers;
  const auto& issuer = *issuers->all().front();
  gate.settle();  // it was asked for by the snapshot
  CHECK_FALSE(issuer.claim_stale(gate.clock.ticks()));
  gate.clock.advance(9min + 59s);
  CHECK_FALSE(issuer.claim_stale(gate.clock.ticks()));
  gate.clock.advance(1s);
  CHECK(issuer.claim_stale(gate.clock.ticks()));  // given up at once
  auto claim = issuer.claim_stale(gate.clock.ticks());
  REQUIRE(claim);
  CHECK_FALSE(std::move(*claim).refresh());
  CHECK_FALSE(issuer.claim_stale(gate.clock.ticks()));
}

TEST_CASE("an issuer that withdraws its keys is believed: its tokens are refused at once, those of before too, and it is told once") {
  KeyServer server;
  const IssuerKey key, fresh;
  server.text = set_of({&key});
  TrialGate gate(token_gate(server));
  const auto seen = key.token(gate.clock.now());
  CHECK(asked_with(gate, seen) == 0);
  server.text = R"({"keys":[]})";
  pass_and_tend(gate, 10min);
  CHECK(server.fetches == 2);
  CHECK(asked_with(gate, seen) == 401);
  CHECK(asked_with(gate, key) == 401);
  CHECK(asked_with(gate, nameless_token()) == 401);
  pass_and_tend(gate, 10min);
  REQUIRE(server.told.size() == 1);
  CHECK(server.told[0].contains("publishes no key"));
  server.text = set_of({&fresh});
  pass_and_tend(gate, 10min);
  CHECK(asked_with(gate, fresh) == 0);
  CHECK(asked_with(gate, key) == 401);
}

TEST_CASE("a set of which no key can be used ends the keys before it, but nobody is blamed for what is not understood here") {
  KeyServer server;
  const IssuerKey key;
  server.text = set_of({&key});
  TrialGate gate(token_gate(server));
  const auto seen = key.token(gate.clock.now());
  CHECK(asked_with(gate, seen) == 0);
  server.text = R"({"keys":[{"kty":"later"},{"kty":"RSA","use":"enc","n":"AQAB","e":"AQAB"}]})";
  pass_and_tend(gate, 10min);
  CHECK(asked_with(gate, seen) == 503);
  REQUIRE(server.told.size() == 1);
  CHECK(server.told[0].contains("no key of the set can be used"));
  server.text = set_of({&key});
  pass_and_tend(gate, 10min);
  CHECK(asked_with(gate, seen) == 0);
}

TEST_CASE("the last set stays in force while the URL does not answer, but not for ever; then nobody knows, and 503 says so") {
  KeyServer server;
  const IssuerKey key;
  server.text = set_of({&key});
  auto setup = token_gate(server);
  setup.issuers["clinic"].jwks->keep = 1h;
  TrialGate gate(std::move(setup));
  const auto set = std::exchange(server.text, fail(Fault::unavailable, "nobody is there"));
  for (int i = 0; i < 5; ++i) {
    pass_and_tend(gate, 10min);
    CHECK(asked_with(gate, key) == 0);
  }
  gate.worker->adopt(gate.snapshot().value());  // a reload makes the set no younger
  gate.settle();
  pass_and_tend(gate, 9min);
  CHECK(asked_with(gate, key) == 0);
  pass_and_tend(gate, 1min);
  CHECK(asked_with(gate, key) == 503);
  CHECK(std::ranges::count_if(server.told, [](const auto& what) { return what.contains("came for so long"); }) == 1);
  server.text = set;
  pass_and_tend(gate, 10min);
  CHECK(asked_with(gate, key) == 0);
}

TEST_CASE("no more requests wait for one fetch than the bound, and all of them go on when it is given up") {
  KeyServer server;
  const ManualClock clock;
  auto setup = token_gate(server);
  const auto issuer = Issuer::create("clinic", setup.issuers["clinic"], setup.key_source).value();
  const auto later = clock.ticks() + 31s;
  std::size_t woken = 0;
  CHECK_FALSE(issuer->refreshing());
  CHECK(issuer->when_refreshed([&] { ++woken; }));  // nothing to wait for
  CHECK(woken == 1);
  {
    const auto claim = issuer->claim_refresh(later);
    REQUIRE(claim);
    CHECK(issuer->refreshing());
    CHECK_FALSE(issuer->claim_refresh(later));
    for (std::size_t i = 0; i < Issuer::waiting_max; ++i) REQUIRE(issuer->when_refreshed([&] { ++woken; }));
    CHECK_FALSE(issuer->when_refreshed([&] { ++woken; }));
    CHECK(woken == 1);
  }
  CHECK(woken == 1 + Issuer::waiting_max);
  CHECK(issuer->claim_refresh(later));  // given up is not asked
  CHECK(server.fetches == 0);
}

TEST_CASE("however many threads look for a key at once, one of them fetches at a time, and each that waits is woken exactly once") {
  KeyServer server;
  const IssuerKey key;
  server.text = set_of({&key});
  const ManualClock clock;
  auto setup = token_gate(server);
  std::atomic<int> fetching = 0, together = 0, claimed = 0, waited = 0, woken = 0, refused = 0, steps = 0;
  setup.key_source.fetch = [&, fetch = setup.key_source.fetch](const settings::Url& url, const std::string& ca_file) {
    if (++fetching > 1) ++together;
    auto text = fetch(url, ca_file);
    --fetching;
    return text;
  };
  const auto issuer = Issuer::create("clinic", setup.issuers["clinic"], setup.key_source).value();
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread)
      threads.emplace_back([&] {
        for (int i = 0; i < 100; ++i) {
          const auto now = clock.ticks() + 31s * ++steps;
          if (auto claim = i % 8 == 0 ? issuer->claim_stale(now) : issuer->claim_refresh(now)) {
            ++claimed;
            (void)std::move(*claim).refresh();
          } else if (issuer->refreshing()) {
            ++waited;
            if (!issuer->when_refreshed([&] { ++woken; })) ++refused;
          }
        }
      });
  }
  CHECK(claimed > 0);
  CHECK(together == 0);
  CHECK(refused == 0);
  CHECK(woken == waited);
  CHECK_FALSE(issuer->refreshing());
}

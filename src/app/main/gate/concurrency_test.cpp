// All that can happen at the same time, at the same time: three loop threads under requests, and beside them reloads, changes of keys, bans,
// questions about decisions, scrapes and clients that hang up. It proves most under ThreadSanitizer, and everywhere that each answer is the one
// that the caller would have had alone. Bounded by counts, not by time.
#include "app/main/gate/gate_trial.hpp"

#include <latch>

#include "app/main/running/decision_answer.hpp"
#include "engines/token/signer.hpp"

using namespace gatehouse;
using namespace gatehouse::main;
using namespace gatehouse::main::trial;
using audit::Counter;

namespace {

constexpr int concurrent_rounds = 40;

/// What one thread saw that should not be. Checked when all have ended: a CHECK in the midst would put the threads in order.
class Findings {
 public:
  void expect(bool good, std::string_view what, std::string_view saw) {
    if (!good && wrong_.size() < 5) wrong_.push_back(std::string(what) + ": " + std::string(saw.substr(0, 400)));
  }
  [[nodiscard]] const std::vector<std::string>& wrong() const noexcept { return wrong_; }

 private:
  std::vector<std::string> wrong_;
};

/// Runs each of its tasks on a thread of its own, all of them from the same moment on.
class Crowd {
 public:
  using Task = std::function<void(Findings&)>;
  void add(std::string name, Task task) { members_.push_back({std::move(name), std::move(task), {}}); }
  void run() {
    std::latch begin(static_cast<std::ptrdiff_t>(members_.size()));
    std::vector<std::jthread> threads;
    for (auto& member : members_)
      threads.emplace_back([&begin, &member] {
        begin.arrive_and_wait();
        member.task(member.findings);
      });
    threads.clear();
    for (const auto& member : members_)
      for (const auto& wrong : member.findings.wrong()) FAIL_CHECK(member.name << ": " << wrong);
  }

 private:
  struct Member {
    std::string name;
    Task task;
    Findings findings;
  };
  std::vector<Member> members_;
};

/// A caller behind a trusted proxy. It keeps its connection for a few requests, then takes a new one, which another loop thread may get.
class Caller {
 public:
  explicit Caller(const net::Endpoint& to) : to_(to) {}
  std::string get(std::string_view path, std::string_view client, std::string_view fields = {}) {
    if (asked_++ % 5 == 0) client_.emplace(to_);
    return client_->ask("GET " + std::string(path) + " HTTP/1.1\r\nhost: localhost\r\nx-forwarded-for: " + std::string(client) + "\r\n" +
                        std::string(fields) + "\r\n");
  }

 private:
  const net::Endpoint to_;
  std::optional<Client> client_;
  int asked_ = 0;
};

std::string field_in(std::string_view answer, std::string_view name) {
  const auto at = answer.find("\r\n" + std::string(name) + ": ");
  if (at == std::string_view::npos) return {};
  const auto from = at + name.size() + 4;
  return std::string(answer.substr(from, answer.find("\r\n", from) - from));
}

constexpr std::string_view harmless_client = "192.0.2.1";  // exempt from bans: many refusals are wanted from it

/// The gate of this file: its listeners (clear text and TLS), routes, issuer and two certificates between which a reload changes.
class BusyGate {
 public:
  BusyGate() {
    std::ofstream(folder_.file("keys.jwks")) << token::KeySet::from({signer_.public_jwk()}).value().to_json();
    token_ = signer_
                 .sign(R"({"iss":"https://issuer.example","aud":"clinic","sub":"ada","exp":)" +
                       std::to_string(unix_seconds(SystemClock().now()) + 3600) + "}")
                 .value();
    trial.emplace([this](auto& configuration) { describe(configuration); });
  }
  /// Every second time the other certificate and the other bound of bodies.
  [[nodiscard]] Trial::Change change(int round) const {
    return [this, odd = round % 2 == 1](auto& configuration) {
      if (!odd) return;
      configuration.listeners.back().tls.certificates = {{.certificate = b_.certificate, .key = b_.key, .hosts = {}}};
      for (auto& route : configuration.routes)
        if (route.path == "/size") route.body_bytes_max = 100;
    };
  }
  [[nodiscard]] std::string issue(std::string name, keys::KeyId* id = nullptr) const {
    auto issued = trial->opened->keys->create({.name = std::move(name)}).value();
    if (id != nullptr) *id = issued.id;
    return "x-api-key: " + std::string(issued.clear_text.reveal()) + "\r\n";
  }
  /// The header of a token of one's own.
  [[nodiscard]] std::string bearer(std::string_view subject, std::string_view jti, std::int64_t issued) const {
    return "authorization: Bearer " +
           signer_
               .sign(R"({"iss":"https://issuer.example","aud":"clinic","sub":")" + std::string(subject) + R"(","jti":")" + std::string(jti) +
                     R"(","iat":)" + std::to_string(issued) + R"(,"exp":)" + std::to_string(issued + 3600) + "}")
               .value() +
           "\r\n";
  }
  [[nodiscard]] std::string bearer() const { return "authorization: Bearer " + token_ + "\r\n"; }
  [[nodiscard]] Caller caller() const { return Caller(trial->front()); }
  [[nodiscard]] const net::Endpoint& tls_front() const { return trial->gate->endpoints().back(); }
  [[nodiscard]] std::string authorities() const { return authority_in(folder_.file("a")) + authority_in(folder_.file("b")); }

 private:
  void describe(config::Configuration& configuration) const {
    configuration.workers = 3;
    configuration.trusted_proxies = {http::AddressBlock::parse("127.0.0.1/32").value()};
    configuration.audit.decisions = 64;  // slots are written anew while others read them
    auto& tls = configuration.listeners.emplace_back(configuration.listeners.front());
    tls.tls = {.off = false, .certificates = {{.certificate = a_.certificate, .key = a_.key, .hosts = {}}}};
    configuration.limits.per_address = limits::AddressLimitOptions{.rate = settings::Rate{1'000'000, 1s}, .burst = 1'000'000, .concurrency = {}};
    configuration.limits.failures = limits::FailureOptions{
        .count = 3, .window = 1h, .ban = 1h, .exempt = {http::AddressBlock::parse(std::string(harmless_client) + "/32").value()}};
    auto& issuer = configuration.issuers["clinic"];
    issuer.issuer = "https://issuer.example";
    issuer.audience = {"clinic"};
    issuer.jwks.emplace().file = folder_.file("keys.jwks");
    const auto open = configuration.routes.front();
    configuration.routes.clear();
    const auto route = [&](std::string name) -> gateway::RouteOptions& {
      auto& made = configuration.routes.emplace_back(open);
      made.path = "/" + name;
      made.name = std::move(name);
      return made;
    };
    route("open").audit = audit::Level::all;
    route("size").body_bytes_max = 10;
    route("keyed").authenticate = {gateway::Credential::api_key};
    route("token").authenticate = {gateway::Credential::jwt};
    route("narrow").limits = limits::LimitOptions{.rate = {}, .burst = {}, .concurrency = 1};
  }

  gatehouse::testing::TemporaryFolder folder_;
  SystemClock clock_;
  SystemRandom random_;
  const LocalTlsFiles a_ = certificate_in(folder_.file("a"), clock_, random_), b_ = certificate_in(folder_.file("b"), clock_, random_);
  const token::Signer signer_ = token::Signer::create(crypto::PrivateKey::generate(crypto::KeyType::p256).value(), "JWT").value();
  std::string token_;

 public:
  std::optional<Trial> trial;
};

void call_openly(const BusyGate& busy, const std::string& key, Findings& findings) {
  auto caller = busy.caller();
  for (int i = 0; i < concurrent_rounds; ++i) {
    const auto open = caller.get("/open", harmless_client), keyed = caller.get("/keyed", harmless_client, key);
    findings.expect(open.starts_with("HTTP/1.1 200 ") && open.ends_with("\r\n\r\nok"), "an open route", open);
    findings.expect(keyed.starts_with("HTTP/1.1 200 "), "a key that nobody touches", keyed);
    const auto nobody = caller.get("/keyed", harmless_client), token = caller.get("/token", harmless_client, busy.bearer());
    findings.expect(nobody.starts_with("HTTP/1.1 401 "), "no key", nobody);
    findings.expect(token.starts_with("HTTP/1.1 200 "), "a token", token);
    const auto narrow = caller.get("/narrow", harmless_client);
    findings.expect(narrow.starts_with("HTTP/1.1 200 ") || narrow.starts_with("HTTP/1.1 429 "), "one request at a time", narrow);
  }
}

// Between 10 and 100 bytes: too large by one snapshot, fitting by the other, never anything else.
void call_with_bodies(const BusyGate& busy, Findings& findings) {
  for (int i = 0; i < concurrent_rounds; ++i) {
    Client client(busy.trial->front());
    const auto answer = client.ask("POST /size HTTP/1.1\r\nhost: a\r\nx-forwarded-for: " + std::string(harmless_client) +
                                   "\r\ntransfer-encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n");
    findings.expect(answer.starts_with("HTTP/1.1 200 ") || answer.starts_with("HTTP/1.1 413 "), "a body of 11 bytes", answer);
  }
}

void change_keys(const BusyGate& busy, Findings& findings) {
  auto caller = busy.caller();
  auto& keys = *busy.trial->opened->keys;
  for (int i = 0; i < concurrent_rounds; ++i) {
    keys::KeyId id;
    const auto key = busy.issue("brief", &id);
    const auto fresh = caller.get("/keyed", harmless_client, key);
    findings.expect(fresh.starts_with("HTTP/1.1 200 "), "a key that was just made", fresh);
    const auto next = keys.rotate(id, Duration::zero());
    findings.expect(next.has_value(), "a rotation", next ? "" : to_text(next.error()));
    if (!next) return;
    const auto rotated = "x-api-key: " + std::string(next->clear_text.reveal()) + "\r\n";
    const auto old = caller.get("/keyed", harmless_client, key), anew = caller.get("/keyed", harmless_client, rotated);
    findings.expect(old.starts_with("HTTP/1.1 401 "), "the secret before a rotation", old);
    findings.expect(anew.starts_with("HTTP/1.1 200 "), "the secret after a rotation", anew);
    findings.expect(keys.revoke(id).has_value(), "a revocation", "");
    const auto revoked = caller.get("/keyed", harmless_client, rotated);
    findings.expect(revoked.starts_with("HTTP/1.1 401 "), "a key that was just revoked", revoked);
  }
}

// Each of its revocations holds for the next request on whichever thread, and neither for its neighbour nor after it is lifted.
void revoke_tokens(const BusyGate& busy, int number, Findings& findings) {
  auto caller = busy.caller();
  auto& revocations = *busy.trial->opened->revocations;
  const auto now = unix_seconds(busy.trial->clock.now());
  const std::string subject = "caller-" + std::to_string(number);
  const auto get = [&](std::string_view fields) { return caller.get("/token", harmless_client, fields); };
  for (int i = 0; i < concurrent_rounds; ++i) {
    const auto jti = subject + "-" + std::to_string(i);
    const auto token = busy.bearer(subject, jti, now - 10), neighbour = busy.bearer("n" + subject, "n" + jti, now - 10);
    const auto fresh = get(token), beside = get(neighbour);
    findings.expect(fresh.starts_with("HTTP/1.1 200 "), "a token that nobody has revoked yet", fresh);
    findings.expect(beside.starts_with("HTTP/1.1 200 "), "its neighbour", beside);
    const bool one = i % 2 == 0;
    const auto made = revocations.revoke({.kind = one ? revocations::Kind::token : revocations::Kind::subject,
                                          .issuer = "https://issuer.example",
                                          .name = one ? jti : subject,
                                          .issued_before = one ? 0 : now,
                                          .lapses_at = now + 600});
    findings.expect(made.has_value(), "a revocation", made ? "" : to_text(made.error()));
    if (!made) return;
    const auto revoked = get(token), still = get(neighbour);
    findings.expect(revoked.starts_with("HTTP/1.1 401 ") && revoked.contains("token-revoked"), "a token that was just revoked", revoked);
    findings.expect(still.starts_with("HTTP/1.1 200 "), "the neighbour of a revoked token", still);
    if (one) continue;  // most stay: the list grows while it is read
    findings.expect(revocations.restore(made->id).has_value(), "a restoration", "");
    const auto again = get(token);
    findings.expect(again.starts_with("HTTP/1.1 200 "), "a token that was just restored", again);
  }
}

void earn_bans(const BusyGate& busy, int third, Findings& findings) {
  auto caller = busy.caller();
  for (int i = 0; i < concurrent_rounds; ++i) {
    const auto bad = "198.18." + std::to_string(third) + "." + std::to_string(i), good = "198.19." + std::to_string(third) + "." + std::to_string(i);
    for (int failure = 0; failure < 3; ++failure) {
      const auto missing = caller.get("/nowhere", bad);
      findings.expect(missing.starts_with("HTTP/1.1 404 "), "a failure before the ban", missing);
    }
    const auto banned = caller.get("/open", bad), neighbour = caller.get("/open", good);
    findings.expect(banned.starts_with("HTTP/1.1 403 "), "the banned one", banned);
    findings.expect(neighbour.starts_with("HTTP/1.1 200 "), "its neighbour", neighbour);
    // Other refusals may have taken its slot by now; what is found is whole and its own.
    const auto id = field_in(banned, "gatehouse-decision");
    const auto why = decision_answer(busy.trial->gate->audit().decisions(), id);
    findings.expect(!id.empty() && (why || why.error().fault == Fault::not_found), "why", why ? "" : to_text(why.error()));
    if (why) findings.expect(why->contains(id) && why->contains(bad), "why somebody is banned", *why);
  }
}

void reload_often(const BusyGate& busy, Findings& findings) {
  for (int i = 0; i < concurrent_rounds; ++i) {
    const auto done = busy.trial->gate->reload(busy.trial->make(busy.change(i)), busy.trial->local);
    findings.expect(done.has_value(), "a reload", done ? "" : to_text(done.error()));
    if (i % 4 != 3) continue;
    const auto refused = busy.trial->gate->reload(busy.trial->make([](auto& configuration) { configuration.workers = 2; }), busy.trial->local);
    findings.expect(!refused, "a reload that takes a restart", "was done");
  }
}

void scrape(const BusyGate& busy, Findings& findings) {
  Client scraper(busy.trial->operations());
  for (int i = 0; i < concurrent_rounds; ++i)
    for (const std::string_view path : {"/metrics", "/healthz", "/readyz"}) {
      const auto answer = scraper.ask("GET " + std::string(path) + " HTTP/1.1\r\nhost: localhost\r\n\r\n");
      findings.expect(answer.starts_with("HTTP/1.1 200 "), path, answer);
    }
}

void look_around(const BusyGate& busy, Findings& findings) {
  auto& gate = *busy.trial->gate;
  for (int i = 0; i < concurrent_rounds; ++i) {
    findings.expect(gate.meter().fold().has_value(), "usage into the store", "");
    findings.expect(gate.bans().list(busy.trial->clock.ticks()).size() <= 2U * concurrent_rounds, "more bans than offenders", "");
    for (const auto& decision : gate.audit().decisions().latest(10))
      findings.expect(decision.status != 0 || decision.outcome == audit::Outcome::failed, "a decision without a status", decision.path);
    const auto page = busy.trial->opened->keys->list({}, 100);
    findings.expect(page.has_value(), "the list of keys", page ? "" : to_text(page.error()));
  }
}

void shake_hands(const BusyGate& busy, Findings& findings) {
  const auto authorities = busy.authorities();
  for (int i = 0; i < concurrent_rounds; ++i) findings.expect(shakes_hands(busy.tls_front(), authorities), "a TLS handshake", "failed");
}

void hang_up(const BusyGate& busy) {
  for (int i = 0; i < concurrent_rounds; ++i) {
    Client half(busy.trial->front()), whole(busy.trial->front()), hello(busy.tls_front());
    half.send("POST /size HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nabc");
    whole.send("GET /narrow HTTP/1.1\r\nhost: a\r\n\r\n");
    hello.send("\x16\x03\x01");
    half.reset();
    whole.reset();
    hello.reset();
  }
}

}  // namespace

TEST_CASE("requests on three loop threads get the answers that they would have had alone, whatever else is done to the gate meanwhile") {
  const BusyGate busy;
  const auto& trial = *busy.trial;
  const auto standing = busy.issue("standing");
  Crowd crowd;
  for (int i = 0; i < 2; ++i) {
    crowd.add("caller", [&](Findings& findings) { call_openly(busy, standing, findings); });
    crowd.add("changer of keys", [&](Findings& findings) { change_keys(busy, findings); });
    crowd.add("revoker of tokens", [&, i](Findings& findings) { revoke_tokens(busy, i, findings); });
    crowd.add("offender", [&, i](Findings& findings) { earn_bans(busy, i, findings); });
  }
  crowd.add("sender of bodies", [&](Findings& findings) { call_with_bodies(busy, findings); });
  crowd.add("operator", [&](Findings& findings) { reload_often(busy, findings); });
  crowd.add("scraper", [&](Findings& findings) { scrape(busy, findings); });
  crowd.add("administrator", [&](Findings& findings) { look_around(busy, findings); });
  crowd.add("TLS client", [&](Findings& findings) { shake_hands(busy, findings); });
  crowd.add("rude client", [&](Findings&) { hang_up(busy); });
  crowd.run();

  // All offenders are banned, each once, and nothing of what came and went is left behind.
  CHECK(trial.count(Counter::bans) == 2 * concurrent_rounds);
  CHECK(trial.gate->bans().list(trial.clock.ticks()).size() == 2 * concurrent_rounds);
  CHECK(comes_true([&] { return trial.sample("gatehouse_connections") == 0; }));
  CHECK(comes_true([&] { return trial.sample("gatehouse_buffered_bytes") == 0; }));
  CHECK(trial.count(Counter::connections_accepted) == trial.count(Counter::connections_closed));
  const auto free_again = busy.caller().get("/narrow", harmless_client);
  CHECK_MESSAGE(free_again.starts_with("HTTP/1.1 200 "), free_again);
  const auto banned = busy.caller().get("/open", "198.18.0.0");
  CHECK(banned.starts_with("HTTP/1.1 403 "));
  CHECK(comes_true([&] { return decision_answer(trial.gate->audit().decisions(), field_in(banned, "gatehouse-decision")).has_value(); }));
}

TEST_CASE("a gate that drains while it is reloaded and asked answers what has begun, or closes, and nothing else") {
  const BusyGate busy;
  const auto& trial = *busy.trial;
  std::latch warm(3);
  Crowd crowd;
  for (int i = 0; i < 3; ++i)
    crowd.add("caller", [&](Findings& findings) {
      Client client(trial.front());
      const auto ask = [&] { return client.ask("GET /open HTTP/1.1\r\nhost: a\r\n\r\n"); };
      const auto first = ask();
      findings.expect(first.starts_with("HTTP/1.1 200 "), "before the drain", first);
      warm.count_down();
      std::string answer = first;
      // Bounded: the gate closes a connection that it drains after the answer, and at the latest when the drain ends.
      for (int asked = 0; asked < 1'000'000 && !answer.empty(); ++asked) {
        answer = ask();
        findings.expect(answer.empty() || (answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("ok")), "while it drains", answer);
      }
      findings.expect(answer.empty(), "still served after the drain", answer);
    });
  crowd.add("operator", [&](Findings& findings) {
    warm.wait();
    for (int i = 0; i < concurrent_rounds; ++i)
      findings.expect(trial.gate->reload(trial.make(busy.change(i)), trial.local).has_value(), "a reload", "failed");
  });
  crowd.add("drain", [&](Findings&) {
    warm.wait();
    trial.gate->drain(1s);
  });
  crowd.run();
  CHECK(trial.gate->server().connections() == 0);
}

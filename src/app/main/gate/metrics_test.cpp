#include "app/main/gate/gate_trial.hpp"

#include "engines/token/signer.hpp"
#include "ground/crypto/certificate.hpp"

using namespace gatehouse;
using namespace gatehouse::main;
using namespace gatehouse::main::trial;
using audit::Counter;

namespace {

const std::string metrics_get = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

}  // namespace

TEST_CASE("connections are counted when they come and when they go") {
  Trial trial;
  Client one(trial.front());
  CHECK(one.ask(metrics_get).starts_with("HTTP/1.1 200 "));
  CHECK(trial.count(Counter::connections_accepted) == 1);
  CHECK(trial.count(Counter::connections_closed) == 0);
  CHECK(trial.sample("gatehouse_connections") == 1);
  one.reset();
  CHECK(trial.counts(Counter::connections_closed, 1));
  CHECK(trial.sample("gatehouse_connections") == 0);
  CHECK(trial.count(Counter::connections_refused) == 0);
  CHECK(trial.count(Counter::tls_connections_closed) == 0);
}

TEST_CASE("a connection beyond the bound of its address is refused and counted in the metrics, not in the audit log") {
  Trial trial([](auto& configuration) { configuration.connections.connections_per_address_max = 1; });
  Client one(trial.front());
  CHECK(one.ask(metrics_get).starts_with("HTTP/1.1 200 "));
  CHECK(trial.count(Counter::connections_refused) == 0);
  CHECK(get(trial.front(), "/").empty());
  CHECK(trial.counts(Counter::connections_refused, 1));
  CHECK(trial.count(Counter::connections_accepted) == 1);
  (void)trial.gate->audit().log().stop(5s);
  CHECK(trial.audit_log().empty());
}

TEST_CASE("TLS handshakes are counted as done or failed, and failures are no lines of the audit log") {
  gatehouse::testing::TemporaryFolder certificates;
  SystemClock clock;
  SystemRandom random;
  const auto files = certificate_in(certificates.file("a"), clock, random);
  Trial trial([&](auto& configuration) {
    configuration.listeners.front().tls = {.off = false, .certificates = {{.certificate = files.certificate, .key = files.key, .hosts = {}}}};
  });
  CHECK(shakes_hands(trial.front(), authority_in(certificates.file("a"))));
  const auto ends = crypto::read_certificate(text_of(files.certificate)).value().not_after;
  CHECK(trial.gate->audit().metrics().exposition().contains("\ngatehouse_certificate_expiry_seconds{file=\"" + files.certificate + "\"} " +
                                                            std::to_string(unix_seconds(ends)) + "\n"));
  CHECK(trial.counts(Counter::tls_handshakes, 1));
  CHECK(trial.counts(Counter::tls_connections_closed, 1));
  CHECK(trial.count(Counter::tls_failures) == 0);
  CHECK(trial.count(Counter::tls_resumed) == 0);
  SUBCASE("what is no TLS") {
    Client(trial.front()).ask("SSH-2.0-x\r\n");
    CHECK(trial.counts(Counter::tls_failures, 1));
    (void)trial.gate->audit().log().stop(5s);
    CHECK(trial.audit_log().empty());
  }
  SUBCASE("HTTP in clear text, which is a request that was refused") {
    const auto begun = std::chrono::steady_clock::now();
    const auto answer = Client(trial.front()).ask("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun);
    CHECK(answer.starts_with("HTTP/1.1 400 "));
    CHECK(answer.contains("This port speaks TLS. Use https in the URL in place of http."));
    CHECK(trial.counts(Counter::tls_failures, 1));
    CHECK(comes_true([&] { return !trial.audit_log().empty(); }));  // the client has its answer before it is on record
    (void)trial.gate->audit().log().stop(5s);
    const auto line = trial.audit_log();
    CHECK(line.contains("\"http.clear-text\""));
    const auto total = line.find("\"total_us\":");
    REQUIRE(total != line.npos);
    CHECK(std::strtoll(line.c_str() + total + 11, nullptr, 10) <= took.count());  // and not the time for which the machine has been up
  }
  CHECK(trial.count(Counter::tls_handshakes) == 1);
}

TEST_CASE("connections on which nothing comes ban nobody, and failed handshakes do, which a line of the audit log says") {
  gatehouse::testing::TemporaryFolder certificates;
  SystemClock clock;
  SystemRandom random;
  const auto files = certificate_in(certificates.file("a"), clock, random);
  Trial trial([&](auto& configuration) {
    configuration.listeners.front().tls = {.off = false, .certificates = {{.certificate = files.certificate, .key = files.key, .hosts = {}}}};
    configuration.limits.failures = limits::FailureOptions{.count = 3, .window = 1h, .ban = 1h, .exempt = {}};
  });
  for (int i = 0; i < 12; ++i) {
    Client looks(trial.front());
    if (i % 2 == 0) looks.reset();
  }
  CHECK(trial.counts(Counter::connections_closed, 12));
  CHECK(trial.count(Counter::tls_failures) == 0);
  CHECK(trial.count(Counter::bans) == 0);
  CHECK(shakes_hands(trial.front(), authority_in(certificates.file("a"))));
  for (int i = 0; i < 3; ++i) {
    CHECK(trial.count(Counter::bans) == 0);
    Client(trial.front()).ask("SSH-2.0-x\r\n");
    CHECK(trial.counts(Counter::tls_failures, static_cast<std::uint64_t>(i) + 1));
  }
  CHECK(trial.counts(Counter::bans, 1));
  (void)trial.gate->audit().log().stop(5s);
  const auto log = trial.audit_log();
  CHECK(std::ranges::count(log, '\n') == 1);
  CHECK(log.contains(R"("problem":"address-banned","stage":"connection","rule":"limits.failures")"));
  CHECK(log.contains("(tls-handshake); banned from now on"));
  CHECK_FALSE(trial.gate->audit().metrics().exposition().contains("gatehouse_requests_total{"));  // none of it was a request
}

TEST_CASE("requests that are refused before a route is found are early refusals, others are not") {
  Trial trial([](auto& configuration) { configuration.routes.front().path = "/only"; });
  CHECK(get(trial.front(), "/only").starts_with("HTTP/1.1 200 "));
  CHECK(get(trial.front(), "/only", "content-length: 99999999999\r\n").starts_with("HTTP/1.1 413 "));  // of a route
  CHECK(trial.count(Counter::early_refusals) == 0);
  CHECK(get(trial.front(), "/other").starts_with("HTTP/1.1 404 "));
  CHECK(trial.count(Counter::early_refusals) == 1);
  CHECK(Client(trial.front()).ask("GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 400 "));
  CHECK(trial.count(Counter::early_refusals) == 2);
}

TEST_CASE("fields that are dropped because of their name are counted one by one") {
  Trial trial;
  (void)get(trial.front(), "/", "accept: */*\r\n");
  CHECK(trial.count(Counter::headers_dropped) == 0);
  (void)get(trial.front(), "/", "x-forwarded-for: 192.0.2.1\r\nmy_field: 1\r\n");
  CHECK(trial.count(Counter::headers_dropped) == 2);
}

TEST_CASE("a request over a rate is a limit's refusal, or a delay where the limit says so") {
  const auto limited = [](limits::Over over) {
    return [over](auto& c) {
      c.routes.front().limits = limits::LimitOptions{.rate = settings::Rate{1, 1h}, .burst = 1, .over = over, .max_delay = 1h, .concurrency = {}};
    };
  };
  Trial rejecting(limited(limits::Over::reject));
  CHECK(get(rejecting.front(), "/").starts_with("HTTP/1.1 200 "));
  CHECK(rejecting.count(Counter::limit_refusals) == 0);
  CHECK(get(rejecting.front(), "/").starts_with("HTTP/1.1 429 "));
  CHECK(rejecting.count(Counter::limit_refusals) == 1);
  CHECK(rejecting.count(Counter::limit_delays) == 0);

  Trial delaying(limited(limits::Over::delay));
  CHECK(get(delaying.front(), "/").starts_with("HTTP/1.1 200 "));
  CHECK(delaying.count(Counter::limit_delays) == 0);
  Client client(delaying.front());
  client.send(metrics_get);
  CHECK(delaying.counts(Counter::limit_delays, 1));
  CHECK(delaying.sample("gatehouse_delayed_requests") == 1);
  delaying.clock.advance(61min);
  CHECK(client.answer().starts_with("HTTP/1.1 200 "));
  CHECK(delaying.sample("gatehouse_delayed_requests") == 0);
  CHECK(delaying.count(Counter::limit_refusals) == 0);
}

TEST_CASE("the third of three failures bans, which is counted, shown, and said to whoever is banned") {
  Trial trial([](auto& configuration) {
    configuration.routes.front().path = "/only";
    configuration.limits.failures = limits::FailureOptions{.count = 3, .window = 1h, .ban = 5min, .exempt = {}};
  });
  for (int i = 0; i < 2; ++i) CHECK(get(trial.front(), "/other").starts_with("HTTP/1.1 404 "));
  CHECK(get(trial.front(), "/only").starts_with("HTTP/1.1 200 "));
  CHECK(trial.count(Counter::bans) == 0);
  CHECK(trial.sample("gatehouse_banned") == 0);
  CHECK(get(trial.front(), "/other").starts_with("HTTP/1.1 404 "));
  CHECK(trial.count(Counter::bans) == 1);
  CHECK(trial.sample("gatehouse_banned") == 1);
  CHECK(get(trial.front(), "/only").starts_with("HTTP/1.1 403 "));
  trial.clock.advance(6min);
  const auto after = get(trial.front(), "/only");
  CHECK_MESSAGE(after.starts_with("HTTP/1.1 200 "), after);
  CHECK(trial.sample("gatehouse_banned") == 0);
}

TEST_CASE("an exempt address is never banned") {
  Trial trial([](auto& configuration) {
    configuration.routes.front().path = "/only";
    configuration.limits.failures =
        limits::FailureOptions{.count = 3, .window = 1h, .ban = 5min, .exempt = {http::AddressBlock::parse("127.0.0.0/8").value()}};
  });
  for (int i = 0; i < 5; ++i) CHECK(get(trial.front(), "/other").starts_with("HTTP/1.1 404 "));
  CHECK(trial.count(Counter::bans) == 0);
}

TEST_CASE("a key whose holder keeps failing is banned from every address, and its neighbour is not") {
  Trial trial([](auto& configuration) {
    configuration.routes.front().authenticate = {gateway::Credential::api_key};
    configuration.routes.front().body_bytes_max = 10;
    // Addresses are exempt, so that the key alone is what is counted.
    configuration.limits.failures =
        limits::FailureOptions{.count = 3, .window = 1h, .ban = 5min, .exempt = {http::AddressBlock::parse("127.0.0.0/8").value()}};
  });
  const auto issue = [&](std::string name) { return std::string(trial.opened->keys->create({.name = std::move(name)}).value().clear_text.reveal()); };
  const auto bad = issue("bad"), good = issue("good");
  const auto ask = [&](const std::string& key, std::string_view body) {
    return Client(trial.front())
        .ask("POST / HTTP/1.1\r\nhost: a\r\nx-api-key: " + key + "\r\ntransfer-encoding: chunked\r\n\r\n" + std::string(body));
  };
  constexpr std::string_view fits = "2\r\nok\r\n0\r\n\r\n", too_large = "b\r\nhello world\r\n0\r\n\r\n";
  CHECK(ask(bad, fits).starts_with("HTTP/1.1 200 "));
  for (int i = 0; i < 3; ++i) CHECK(ask(bad, too_large).starts_with("HTTP/1.1 413 "));
  const auto banned = ask(bad, fits);
  CHECK(banned.starts_with("HTTP/1.1 429 "));
  CHECK(banned.contains("\r\nretry-after: "));
  CHECK(ask(good, fits).starts_with("HTTP/1.1 200 "));
  CHECK(trial.count(Counter::bans) == 1);
}

TEST_CASE("a token is proved once by its signature and then found in the cache") {
  const auto signer = token::Signer::create(crypto::PrivateKey::generate(crypto::KeyType::p256).value(), "JWT").value();
  gatehouse::testing::TemporaryFolder folder;
  std::ofstream(folder.file("keys.jwks")) << token::KeySet::from({signer.public_jwk()}).value().to_json();
  Trial trial([&](auto& configuration) {
    auto& issuer = configuration.issuers["clinic"];
    issuer.issuer = "https://issuer.example";
    issuer.audience = {"clinic"};
    issuer.jwks.emplace().file = folder.file("keys.jwks");
    configuration.routes.front().authenticate = {gateway::Credential::jwt};
  });
  const auto expires = std::to_string(unix_seconds(SystemClock().now()) + 300);
  const auto token_of = [&](std::string_view subject) {
    return signer.sign(R"({"iss":"https://issuer.example","aud":"clinic","sub":")" + std::string(subject) + R"(","exp":)" + expires + "}").value();
  };
  const auto ada = token_of("ada");
  CHECK(get(trial.front(), "/", "authorization: Bearer " + ada + "\r\n").starts_with("HTTP/1.1 200 "));
  CHECK(trial.count(Counter::token_cache_misses) == 1);
  CHECK(trial.count(Counter::token_cache_hits) == 0);
  CHECK(get(trial.front(), "/", "authorization: Bearer " + ada + "\r\n").starts_with("HTTP/1.1 200 "));
  CHECK(trial.count(Counter::token_cache_hits) == 1);
  CHECK(get(trial.front(), "/", "authorization: Bearer " + token_of("grace") + "\r\n").starts_with("HTTP/1.1 200 "));
  CHECK(trial.count(Counter::token_cache_misses) == 2);
  CHECK(trial.count(Counter::token_cache_hits) == 1);
}

TEST_CASE("a connection to the upstream is made once and then used again; a dead upstream is a failure") {
  Trial trial;
  Client client(trial.front());
  CHECK(client.ask(metrics_get).starts_with("HTTP/1.1 200 "));
  CHECK(trial.count(Counter::upstream_connections) == 1);
  CHECK(trial.count(Counter::upstream_reused) == 0);
  CHECK(client.ask(metrics_get).starts_with("HTTP/1.1 200 "));
  CHECK(trial.count(Counter::upstream_connections) == 1);
  CHECK(trial.count(Counter::upstream_reused) == 1);
  CHECK(trial.count(Counter::upstream_failures) == 0);
  trial.api.stop();
  CHECK(client.ask(metrics_get).starts_with("HTTP/1.1 502 "));
  CHECK(trial.count(Counter::upstream_failures) == 1);
}

TEST_CASE("buffered bytes are counted, and over the budget requests with a body are refused while others pass") {
  // Answers of 8 MiB that nobody takes: what the sockets do not hold waits in the gate.
  const std::string large = "HTTP/1.1 200 OK\r\ncontent-length: 8388608\r\n\r\n" + std::string(8388608, 'x');
  const std::string post = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\nconnection: close\r\n\r\nab";
  Trial trial([](auto& configuration) { configuration.memory.bodies_bytes_max = 128 * 1024; }, large);
  CHECK(trial.sample("gatehouse_buffered_bytes") == 0);
  std::vector<std::unique_ptr<Client>> slow;
  for (int i = 0; i < 64; ++i) {  // from half of the budget on, each adds no more than the rest of one piece
    slow.push_back(std::make_unique<Client>(trial.front(), 4096));
    slow.back()->send(metrics_get);
  }
  REQUIRE(comes_true([&] { return trial.sample("gatehouse_buffered_bytes") >= 128 * 1024; }));
  std::string refused;
  CHECK(comes_true([&] {  // on a slow machine the first of them may have been ended already for not reading
    refused = Client(trial.front()).ask(post);
    if (refused.starts_with("HTTP/1.1 503 ")) return true;
    slow.push_back(std::make_unique<Client>(trial.front(), 4096));
    slow.back()->send(metrics_get);
    return false;
  }));
  CHECK(refused.contains("\r\nretry-after: 1\r\n"));
  // A request without a body passes, and its answer is handed on piece by piece as it is taken.
  Client reader(trial.front());
  CHECK(reader.ask(metrics_get).size() > 8388608);
  SUBCASE("who goes gives back what waited; then bodies are taken again") {
    for (auto& client : slow) client->reset();
    CHECK(comes_true([&] { return trial.sample("gatehouse_buffered_bytes") < 64 * 1024; }));
    CHECK(Client(trial.front()).ask(post).starts_with("HTTP/1.1 200 "));
  }
  SUBCASE("who stays and reads nothing is ended after a while; then, too") {
    CHECK(comes_true([&] { return Client(trial.front()).ask(post).starts_with("HTTP/1.1 200 "); }));
    CHECK(trial.count(Counter::slow_clients) > 0);
  }
}

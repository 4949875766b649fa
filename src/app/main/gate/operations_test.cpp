#include "app/main/gate/gate_trial.hpp"

#include <future>

#include "doors/gateway/trial_validator.hpp"

using namespace gatehouse;
using namespace gatehouse::main;
using namespace gatehouse::main::trial;

namespace {
std::string operations_ask(const Trial& trial, std::string_view request) { return Client(trial.operations()).ask(request); }

/// A contract over which a loop thread ponders until it is let go.
class PonderingValidator final : public gateway::RequestValidator {
 public:
  PonderingValidator(std::promise<void>& entered, std::shared_future<void> released) : entered_(entered), released_(std::move(released)) {}
  [[nodiscard]] bool reads_body(const http::Request&) const noexcept override { return false; }
  [[nodiscard]] Findings check_request(const http::Request&, std::optional<std::string_view>, Arena&) const override {
    entered_.set_value();
    released_.wait();
    return {};
  }

 private:
  std::promise<void>& entered_;
  std::shared_future<void> released_;
};
}  // namespace

TEST_CASE("metrics, health and readiness are answered on a listener of their own, and nowhere else") {
  Trial trial;
  const auto metrics = get(trial.operations(), "/metrics");
  CHECK(metrics.starts_with("HTTP/1.1 200 "));
  CHECK(metrics.contains("content-type: text/plain; version=0.0.4"));
  CHECK(metrics.contains("# TYPE gatehouse_requests_total counter\n"));
  CHECK(get(trial.operations(), "/healthz").contains("{\"healthy\":true,\"reasons\":[]}"));
  CHECK(get(trial.operations(), "/readyz").contains("{\"ready\":true,\"reasons\":[]}"));
  CHECK(get(trial.front(), "/metrics").ends_with("\r\n\r\nok"));  // on the gate's own listener the path is the API's
  CHECK(get(trial.operations(), "/").starts_with("HTTP/1.1 404 "));
}

TEST_CASE("without a metrics block nothing listens for the operator") {
  Trial trial([](auto& configuration) { configuration.metrics.reset(); });
  CHECK_FALSE(trial.gate->operations_endpoint());
  CHECK(get(trial.front(), "/").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("the operations listener takes GET and HEAD in canonical form, and no more") {
  Trial trial;
  const auto head = operations_ask(trial, "HEAD /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
  CHECK_MESSAGE(head.starts_with("HTTP/1.1 200 "), head);
  CHECK(head.ends_with("\r\n\r\n"));
  const auto nothing = operations_ask(trial, "HEAD /nothing HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
  CHECK(nothing.starts_with("HTTP/1.1 404 "));
  CHECK(nothing.ends_with("\r\n\r\n"));  // an answer to HEAD has no body, whatever it says
  const auto post = operations_ask(trial, "POST /metrics HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\n\r\nabc");
  CHECK(post.starts_with("HTTP/1.1 405 "));
  CHECK(post.contains("allow: GET, HEAD\r\n"));
  CHECK(operations_ask(trial, "GET /%2e%2e/metrics HTTP/1.1\r\nhost: localhost\r\n\r\n").starts_with("HTTP/1.1 400 "));
  CHECK(operations_ask(trial, "GET /metrics HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 400 "));
  CHECK(operations_ask(trial, "GET /metrics HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n")
            .starts_with("HTTP/1.1 400 "));
  CHECK(operations_ask(trial, "OPTIONS * HTTP/1.1\r\nhost: localhost\r\n\r\n").starts_with("HTTP/1.1 404 "));
  // A scraper keeps its connection.
  Client scraper(trial.operations());
  for (int i = 0; i < 3; ++i) CHECK(scraper.ask("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("a page that lets its own name point to this machine reads nothing on the operations listener") {
  Trial trial;
  for (const std::string host : {"rebound.example:9464", "rebound.example", "localhost.rebound.example", "127.0.0.1.rebound.example"})
    CHECK(operations_ask(trial, "GET /metrics HTTP/1.1\r\nhost: " + host + "\r\n\r\n").starts_with("HTTP/1.1 421 "));
  for (const std::string host : {"localhost", "LOCALHOST:9464", "127.0.0.1:9464", "[::1]:9464"})
    CHECK(operations_ask(trial, "GET /metrics HTTP/1.1\r\nhost: " + host + "\r\n\r\n").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("more connections of operators than the bound are closed at once, and room that is given back can be used") {
  Trial trial;
  std::vector<std::unique_ptr<Client>> idle;
  for (std::size_t i = 0; i < gateway::Operations::connections_max; ++i) {
    idle.push_back(std::make_unique<Client>(trial.operations()));
    CHECK(idle.back()->ask("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").starts_with("HTTP/1.1 200 "));
  }
  CHECK(get(trial.operations(), "/healthz").empty());
  CHECK(get(trial.front(), "/").starts_with("HTTP/1.1 200 "));
  SUBCASE("one goes") { idle.pop_back(); }
  SUBCASE("one has asked nothing for a while") { trial.clock.advance(2s); }
  CHECK(comes_true([&] { return get(trial.operations(), "/healthz").starts_with("HTTP/1.1 200 "); }));
}

TEST_CASE("a loop thread that hangs is unhealthy, and healthy again when it turns") {
  std::promise<void> entered, release;
  Trial trial([&, released = release.get_future().share()](auto& configuration) {
    auto& route = configuration.routes.front();
    route.validate = gateway::Validate::enforce;
    route.validator = std::make_shared<const PonderingValidator>(entered, released);
  });
  CHECK(get(trial.operations(), "/healthz").starts_with("HTTP/1.1 200 "));
  Client asking(trial.front());
  asking.send("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
  entered.get_future().wait();
  CHECK(get(trial.operations(), "/healthz").starts_with("HTTP/1.1 200 "));  // it may still be at work; now it owes an answer
  trial.clock.advance(6s);
  const auto stuck = get(trial.operations(), "/healthz");
  CHECK(stuck.starts_with("HTTP/1.1 503 "));
  CHECK(stuck.contains("{\"healthy\":false,\"reasons\":[\"loop thread 0 does not turn\"]}"));
  CHECK(get(trial.operations(), "/readyz").starts_with("HTTP/1.1 200 "));
  release.set_value();
  CHECK(asking.answer().starts_with("HTTP/1.1 200 "));
  CHECK(comes_true([&] { return get(trial.operations(), "/healthz").starts_with("HTTP/1.1 200 "); }));
}

TEST_CASE("an issuer without keys makes the gate unready, not unhealthy") {
  Trial trial([](auto& configuration) {
    auto& issuer = configuration.issuers["clinic"];
    issuer.issuer = "https://issuer.example";
    issuer.audience = {"clinic"};
    issuer.jwks = gateway::JwksOptions{};
    issuer.jwks->url = settings::Url{.secure = false, .host = "127.0.0.1", .port = 1, .path = "/jwks"};
  });
  const auto ready = get(trial.operations(), "/readyz");
  CHECK(ready.starts_with("HTTP/1.1 503 "));
  CHECK(ready.contains("{\"ready\":false,\"reasons\":[\"no key set for issuer clinic\"]}"));
  CHECK(get(trial.operations(), "/healthz").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("a gate that drains is unready while it finishes what had begun") {
  Trial trial;
  Client slow(trial.front());
  slow.send("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\n\r\nab");  // a request under way holds the drain open
  CHECK(comes_true([&] { return trial.count(audit::Counter::connections_accepted) == 1; }));
  std::thread draining([&] { trial.gate->drain(20s); });
  CHECK(comes_true([&] { return get(trial.operations(), "/readyz").contains("\"draining\""); }));
  CHECK(get(trial.operations(), "/readyz").starts_with("HTTP/1.1 503 "));
  CHECK(get(trial.operations(), "/healthz").starts_with("HTTP/1.1 200 "));
  slow.reset();
  draining.join();
}

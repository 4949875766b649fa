// Failures that count against a credential, although the request was refused before anybody asked for one.
#include "app/main/gate/gate_trial.hpp"
#include "ground/base/encoding.hpp"

using namespace gatehouse;
using namespace gatehouse::main;
using namespace gatehouse::main::trial;

namespace {

/// Five failures ban a key; addresses are exempt, so that only keys can be.
Trial::Change five_failures() {
  return [](auto& c) {
    auto& route = c.routes.front();
    route.path = "/only";
    route.methods = {"GET"};
    route.authenticate = {gateway::Credential::api_key};
    c.limits.failures = limits::FailureOptions{.count = 5, .window = 1h, .ban = 1h, .exempt = {http::AddressBlock::parse("127.0.0.0/8").value()}};
  };
}

std::string key_of(Trial& trial, std::string_view name) {
  return std::string(trial.opened->keys->create({.name = std::string(name)}).value().clear_text.reveal());
}

std::string ask(Trial& trial, std::string_view method, std::string_view path, const std::string& key) {
  return Client(trial.front())
      .ask(std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-api-key: " + key + "\r\n\r\n");
}

}  // namespace

TEST_CASE("who scans with a good key loses the key, from whatever address, and nobody else does") {
  Trial trial(five_failures());
  const auto scanner = key_of(trial, "scanner"), honest = key_of(trial, "honest");
  for (int i = 0; i < 3; ++i) CHECK(ask(trial, "GET", "/admin" + std::to_string(i), scanner).starts_with("HTTP/1.1 404 "));
  CHECK(ask(trial, "GET", "/only", scanner).starts_with("HTTP/1.1 200 "));
  CHECK(ask(trial, "DELETE", "/only", scanner).starts_with("HTTP/1.1 405 "));
  CHECK(trial.count(audit::Counter::bans) == 0);
  CHECK(ask(trial, "PUT", "/only", scanner).starts_with("HTTP/1.1 405 "));
  CHECK(trial.count(audit::Counter::bans) == 1);
  const auto refused = ask(trial, "GET", "/only", scanner);
  CHECK(refused.starts_with("HTTP/1.1 429 "));
  CHECK(refused.contains("too-many-failures"));
  CHECK(ask(trial, "GET", "/only", honest).starts_with("HTTP/1.1 200 "));
  std::string log;
  CHECK(comes_true([&] { return (log = trial.audit_log()).contains("\"/admin2\""); }));
  CHECK(log.contains("\"principal\":\"scanner\""));  // who it was is on record
}

TEST_CASE("failures with a key that is not good count against no key: nobody can have another's key banned") {
  Trial trial(five_failures());
  const auto key = key_of(trial, "victim");
  // The id is no secret; the last six characters are the checksum, which anybody can make.
  auto forged = key.substr(0, key.size() - 6);
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'a' ? 'b' : 'a';
  forged += encoding::to_base62(std::uint64_t{encoding::crc32(forged)}, 6);
  for (int i = 0; i < 10; ++i) {
    CHECK(ask(trial, "GET", "/admin", forged).starts_with("HTTP/1.1 404 "));
    CHECK(ask(trial, "GET", "/admin", key + "\r\nauthorization: Bearer x").starts_with("HTTP/1.1 404 "));  // which of two is meant cannot be known
    CHECK(ask(trial, "GET", "/only", forged).starts_with("HTTP/1.1 401 "));
  }
  CHECK(trial.count(audit::Counter::bans) == 0);
  CHECK(ask(trial, "GET", "/only", key).starts_with("HTTP/1.1 200 "));
}

TEST_CASE("whose plan was lost from the configuration is answered with 503, neither charged nor banned, and passes when it is back") {
  Trial trial([](auto& c) {
    c.routes.front().authenticate = {gateway::Credential::api_key};
    c.plans["free"] = {};
    c.limits.failures = limits::FailureOptions{.count = 3, .window = 1h, .ban = 1h, .exempt = {}};
  });
  const std::string key(trial.opened->keys->create({.name = "shop", .plan = "free"}).value().clear_text.reveal());
  CHECK(ask(trial, "GET", "/", key).starts_with("HTTP/1.1 200 "));
  REQUIRE(trial.reload([](auto& c) {
    c.plans["fre"] = c.plans["free"];
    c.plans.erase("free");
  }));
  for (int i = 0; i < 10; ++i) {
    const auto refused = ask(trial, "GET", "/", key);
    CHECK(refused.starts_with("HTTP/1.1 503 "));
    CHECK(refused.contains("urn:gatehouse:problem:plan-unavailable"));
    CHECK(refused.contains("the key is good"));
    CHECK(refused.contains("\r\nretry-after: "));
    CHECK_FALSE(refused.contains("www-authenticate"));
    CHECK_FALSE(refused.contains("free"));  // the name of the plan is for the operator
  }
  CHECK(trial.count(audit::Counter::bans) == 0);
  std::string log;
  CHECK(comes_true([&] { return (log = trial.audit_log()).contains("whose plan 'free' is not in the configuration"); }));
  REQUIRE(trial.reload({}));
  CHECK(ask(trial, "GET", "/", key).starts_with("HTTP/1.1 200 "));
  for (int i = 0; i < 3; ++i) CHECK(ask(trial, "GET", "/", "gh_live_nobody").starts_with("HTTP/1.1 401 "));  // what is the caller's doing is counted
  CHECK(ask(trial, "GET", "/", key).starts_with("HTTP/1.1 403 "));
}

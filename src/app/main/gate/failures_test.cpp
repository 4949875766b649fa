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

// Who is charged for a request that cannot be read, when it comes by a proxy: the client that the proxy names, if that could be read, else nobody.
#include "doors/gateway/trial_talk.hpp"

using namespace gatehouse;
using namespace gatehouse::gateway;

namespace {
const http::Address stranger = http::Address::parse("203.0.113.9").value();  // who asks
const http::Address bystander = http::Address::parse("192.0.2.50").value();  // whom the stranger would like to see banned

/// Every peer is a proxy, and the third failure of an address bans it.
TrialGate::Setup gate_behind_proxy() {
  auto setup = open_gate();
  setup.trusted_proxies = {http::AddressBlock{}};  // the test's sockets have the address that is none
  setup.failures_max = 3;
  return setup;
}
bool banned(TrialGate& gate, const http::Address& address) {
  return gate.services().bans.until(limits::Suspect::address(address), gate.worker->loop().ticks()).has_value();
}
/// The stranger claims to be the bystander; the proxy appends who it is.
std::string by_proxy(std::string_view line, std::string_view fields) {
  return std::string(line) + "\r\nhost: a\r\nx-forwarded-for: 192.0.2.50\r\n" + std::string(fields) + "x-forwarded-for: 203.0.113.9\r\n\r\n";
}
}  // namespace

TEST_CASE("a head from which the proxy's word was cut off counts against nobody, least of all against whom the client names") {
  TrialGate gate(gate_behind_proxy());
  std::string request;
  http::Status status = 0;
  SUBCASE("too many fields") {
    std::string fields;
    for (int i = 0; i < 100; ++i) fields += "x-" + std::to_string(i) + ": 1\r\n";
    request = by_proxy("GET /x HTTP/1.1", fields), status = 431;
  }
  SUBCASE("too many bytes") { request = by_proxy("GET /x HTTP/1.1", "x-large: " + std::string(33'000, 'a') + "\r\n"), status = 431; }
  SUBCASE("a field that cannot be read") { request = by_proxy("GET /x HTTP/1.1", "x y: 1\r\n"), status = 400; }
  SUBCASE("a bare line feed") { request = by_proxy("GET /x HTTP/1.1", "x: 1\n"), status = 400; }
  SUBCASE("a target that is too long") { request = by_proxy("GET /" + std::string(9000, 'a') + " HTTP/1.1", ""), status = 414; }
  SUBCASE("two names for the client") { request = by_proxy("GET /x HTTP/1.1", "forwarded: for=198.51.100.7\r\n"), status = 400; }
  for (int i = 0; i < 5; ++i) {
    auto client = gate.connect();
    const auto refused = exchange(gate, client, request);
    CHECK(refused.starts_with("HTTP/1.1 " + std::to_string(status)));
    const auto decision = decision_on(gate, refused);
    CHECK(decision.facts.starts_with("the client behind the proxy is not known"));
    CHECK(decision.client == http::Address{});  // the proxy's
  }
  CHECK_FALSE(banned(gate, bystander));
  CHECK_FALSE(banned(gate, stranger));
  CHECK_FALSE(banned(gate, http::Address{}));
}

TEST_CASE("a whole head by a proxy that is refused all the same counts against the client that the proxy names") {
  TrialGate gate(gate_behind_proxy());
  std::string request;
  SUBCASE("framing") { request = by_proxy("POST /x HTTP/1.1", "content-length: 1\r\ncontent-length: 1\r\n"); }
  SUBCASE("path") { request = by_proxy("GET /a/../b HTTP/1.1", ""); }
  SUBCASE("as many fields as may be") {
    std::string fields;
    for (int i = 0; i < 97; ++i) fields += "x-" + std::to_string(i) + ": 1\r\n";
    request = by_proxy("GET /a//b HTTP/1.1", fields);
  }
  for (int i = 0; i < 3; ++i) {
    auto client = gate.connect();
    const auto refused = exchange(gate, client, request);
    CHECK(refused.starts_with("HTTP/1.1 400 "));
    const auto decision = decision_on(gate, refused);
    CHECK(decision.client == stranger);
    CHECK_FALSE(decision.facts.contains("proxy"));
  }
  CHECK(banned(gate, stranger));
  CHECK_FALSE(banned(gate, bystander));
  auto client = gate.connect();
  CHECK(exchange(gate, client, by_proxy("GET /x HTTP/1.1", "")).starts_with("HTTP/1.1 403 "));
  client = gate.connect();
  CHECK(exchange(gate, client, "GET /x HTTP/1.1\r\nhost: a\r\nx-forwarded-for: 192.0.2.50\r\n\r\n").empty());  // the bystander is served
}

TEST_CASE("without a proxy a head that cannot be read counts against its sender, whomever it names") {
  auto setup = gate_behind_proxy();
  setup.trusted_proxies.clear();
  TrialGate gate(std::move(setup));
  for (int i = 0; i < 3; ++i) {
    auto client = gate.connect();
    CHECK(exchange(gate, client, by_proxy("GET /x HTTP/1.1", "x y: 1\r\n")).starts_with("HTTP/1.1 400 "));
  }
  CHECK(banned(gate, http::Address{}));
  CHECK_FALSE(banned(gate, bystander));
}

TEST_CASE("who is not known is charged for nothing, hence put on record only so many times a minute, and nobody is banned for it") {
  TrialGate gate(gate_behind_proxy());
  const auto unreadable = by_proxy("GET /x HTTP/1.1", "forwarded: x\r\n");
  std::size_t recorded = 0;
  for (int i = 0; i < 100; ++i) {
    auto client = gate.connect();
    const auto refused = exchange(gate, client, unreadable);
    CHECK(refused.starts_with("HTTP/1.1 400 "));
    const auto id = audit::DecisionId::parse(field_of(refused, "gatehouse-decision"));
    if (gate.services().audit.decisions().find(id.value())) ++recorded;
  }
  CHECK(recorded == 60);
  CHECK(gate.ended(audit::Counter::unrecorded_refusals) == 40);
  CHECK_FALSE(banned(gate, stranger));
  CHECK_FALSE(banned(gate, bystander));
  CHECK_FALSE(banned(gate, http::Address{}));

  auto client = gate.connect();
  CHECK(exchange(gate, client, by_proxy("GET /x HTTP/1.1", "")).empty());  // who is known is served meanwhile
  client = gate.connect();
  const auto wrong = exchange(gate, client, by_proxy("GET /a/../b HTTP/1.1", ""));
  CHECK(decision_on(gate, wrong).client == stranger);  // and is on record
  gate.clock.advance(1min);
  client = gate.connect();
  CHECK(decision_on(gate, exchange(gate, client, unreadable)).rule == "http.forwarding.form");
}

TEST_CASE("a client that its proxy does not name is not taken for the proxy by a guard that lets the proxies' network in") {
  const auto network = *http::AddressBlock::parse("10.0.0.0/8");
  auto setup = gate_behind_proxy();
  setup.trusted_proxies.push_back(network);
  std::string guard;
  SUBCASE("of a route") { setup.routes.front().addresses = {network}, guard = "routes." + setup.routes.front().name + ".addresses"; }
  SUBCASE("of the gate, by who is let in") { setup.addresses.allow = {network}, guard = "addresses.allow"; }
  SUBCASE("of the gate, by who is denied") { setup.addresses.deny = {*http::AddressBlock::parse("198.51.100.0/24")}, guard = "addresses.deny"; }
  TrialGate gate(std::move(setup));
  const auto by_two_proxies = [&](std::string_view said) {
    auto client = gate.connect();
    return exchange(gate, client, "GET /x HTTP/1.1\r\nhost: a\r\nx-forwarded-for: " + std::string(said) + "10.0.0.2\r\n\r\n");
  };
  for (const auto* const said : {"unknown, ", "203.0.113.9:, ", "\"203.0.113.9\", ", "203.0.113.9,, "}) {
    const auto answered = by_two_proxies(said);
    CHECK(answered.starts_with("HTTP/1.1 403 "));
    CHECK(decision_on(gate, answered).rule == guard);
  }
  CHECK(by_two_proxies("").empty());  // the proxy itself is served
}

TEST_CASE("a client that its proxy does not name is served where no guard asks for its address") {
  TrialGate gate(gate_behind_proxy());
  auto client = gate.connect();
  CHECK(exchange(gate, client, "GET /x HTTP/1.1\r\nhost: a\r\nx-forwarded-for: unknown\r\n\r\n").empty());
  CHECK(told_server(gate).contains("\r\nx-forwarded-for: unknown\r\n"));
}

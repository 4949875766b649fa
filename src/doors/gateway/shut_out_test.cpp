// Who may not ask at all is told so, and then costs next to nothing. The clients of a TrialGate come from the address "::".
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "doors/gateway/trial_talk.hpp"

using namespace gatehouse;
using namespace gatehouse::gateway;

namespace {
const http::AddressBlock here = *http::AddressBlock::parse("::/128");

TrialGate::Setup denying_gate() {
  auto setup = open_gate();
  setup.addresses.deny = {here};
  return setup;
}

std::size_t answers_in(std::string_view text) {
  std::size_t count = 0;
  for (auto at = text.find("HTTP/1.1 "); at != text.npos; at = text.find("HTTP/1.1 ", at + 1)) ++count;
  return count;
}

/// What a new connection is answered.
std::string ask_anew(TrialGate& gate, std::string_view fields = {}) {
  auto client = gate.connect();
  return exchange(gate, client, ask("/x", fields));
}
}  // namespace

TEST_CASE("a denied address is told so once a connection: what it pipelined is neither judged nor put on record") {
  TrialGate gate(denying_gate());
  auto client = gate.connect();
  std::string many;
  for (int i = 0; i < 50; ++i) many += ask("/x");
  const auto got = exchange(gate, client, many);
  CHECK(got.starts_with("HTTP/1.1 403 "));
  CHECK(got.contains("connection: close\r\n"));
  CHECK(answers_in(got) == 1);
  CHECK(gate.ended(audit::Counter::early_refusals) == 1);
  gate.turn();
  client.read();
  CHECK(client.ended());
}

TEST_CASE("an address beside the allowed ones is shut out like a denied one") {
  auto setup = open_gate();
  setup.addresses.allow = {*http::AddressBlock::parse("192.0.2.0/24")};
  TrialGate gate(std::move(setup));
  auto client = gate.connect();
  CHECK(answers_in(exchange(gate, client, ask("/x") + ask("/x"))) == 1);
}

TEST_CASE("a ban ends each connection with the answer that tells of it, and a refusal of another kind does not") {
  TrialGate gate(open_gate());
  auto client = gate.connect();
  const auto wrong = "GET /%zz HTTP/1.1\r\nhost: a\r\n\r\n", other = "DELETE /x HTTP/1.1\r\nhost: a\r\n\r\n";
  CHECK(answers_in(exchange(gate, client, std::string(other) + other)) == 2);
  (void)gate.services().bans.ban(limits::Suspect::address({}), gate.worker->loop().ticks());
  const auto got = exchange(gate, client, ask("/x") + wrong + ask("/x"));
  CHECK(got.contains("address-banned"));
  CHECK(got.contains("\r\nretry-after: "));
  CHECK(got.contains("connection: close\r\n"));
  CHECK(answers_in(got) == 1);
}

TEST_CASE("behind a trusted proxy a banned client does not end the connection of the others") {
  auto setup = denying_gate();
  setup.trusted_proxies = {here};
  setup.addresses.deny = {*http::AddressBlock::parse("192.0.2.7/32")};
  TrialGate gate(std::move(setup));
  auto proxy = gate.connect();
  const auto denied = ask("/x", "x-forwarded-for: 192.0.2.7\r\n");
  const auto got = exchange(gate, proxy, denied + denied);
  CHECK(answers_in(got) == 2);
  CHECK_FALSE(got.contains("connection: close"));
  CHECK(exchange(gate, proxy, ask("/x", "x-forwarded-for: 192.0.2.8\r\n")).empty());
  CHECK(answer(gate, proxy, ok).ends_with("ok"));
}

TEST_CASE("a route's own list of addresses shuts nobody out of the other routes") {
  auto setup = open_gate();
  setup.routes.front().addresses = {*http::AddressBlock::parse("192.0.2.0/24")};
  TrialGate gate(std::move(setup));
  auto client = gate.connect();
  const auto got = exchange(gate, client, ask("/x") + ask("/x"));
  CHECK(answers_in(got) == 2);
  CHECK_FALSE(got.contains("connection: close"));
}

TEST_CASE("new connections of a denied address are told why ten times, then closed unread and only counted; later it is told again") {
  TrialGate gate(denying_gate());
  for (int i = 0; i < 10; ++i) CHECK(ask_anew(gate).starts_with("HTTP/1.1 403 "));
  for (int i = 0; i < 5; ++i) CHECK(ask_anew(gate).empty());
  CHECK(gate.ended(audit::Counter::connections_shut_out) == 5);
  CHECK(gate.ended(audit::Counter::connections_accepted) == 10);
  CHECK(gate.ended(audit::Counter::early_refusals) == 10);
  gate.pass(6s);
  CHECK(ask_anew(gate).starts_with("HTTP/1.1 403 "));
  CHECK(ask_anew(gate).empty());
}

TEST_CASE("a lifted ban lets the connections in at once") {
  TrialGate gate(open_gate());
  const auto me = limits::Suspect::address({});
  (void)gate.services().bans.ban(me, gate.worker->loop().ticks());
  for (int i = 0; i < 20; ++i) (void)ask_anew(gate);
  CHECK(gate.ended(audit::Counter::connections_shut_out) == 10);
  CHECK(gate.services().bans.lift(me, gate.worker->loop().ticks()));
  auto client = gate.connect();
  CHECK(exchange(gate, client, ask("/x")).empty());
  CHECK(answer(gate, client, ok).ends_with("ok"));
}

TEST_CASE("new connections beyond the rate of an address are closed before anything is read, and after a while there is room again") {
  auto setup = open_gate();
  setup.connections.connections_per_address_rate = {1, 1s};
  setup.connections.connections_per_address_burst = 3;
  const auto let_in = [](TrialGate& gate) {
    auto client = gate.connect();
    exchange(gate, client, "DELETE /x HTTP/1.1\r\nhost: a\r\n\r\n");
    return client.got.starts_with("HTTP/1.1 405 ");
  };
  SUBCASE("") {
    TrialGate gate(std::move(setup));
    for (int i = 0; i < 3; ++i) CHECK(let_in(gate));
    CHECK_FALSE(let_in(gate));
    CHECK(gate.ended(audit::Counter::connections_refused) == 1);
    gate.pass(1s);
    CHECK(let_in(gate));
    CHECK_FALSE(let_in(gate));
  }
  SUBCASE("but not those of a trusted proxy, by which many come") {
    setup.trusted_proxies = {here};
    TrialGate gate(std::move(setup));
    for (int i = 0; i < 10; ++i) CHECK(let_in(gate));
    CHECK(gate.ended(audit::Counter::connections_refused) == 0);
  }
}

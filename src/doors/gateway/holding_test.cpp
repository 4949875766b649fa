// What a client can make the gate hold at the upstream, by reading slowly, sending slowly, or coming often.
#include "doors/gateway/trial_talk.hpp"

using namespace gatehouse;
using namespace gatehouse::gateway;

namespace {
constexpr std::string_view announced = "POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n";

std::string from(std::string_view client, std::string_view target) { return ask(target, "x-forwarded-for: " + std::string(client) + "\r\n"); }
}  // namespace

TEST_CASE("a client that says it will send a body holds no connection to the upstream before it does") {
  TrialGate gate(open_gate());
  auto client = gate.connect();
  SUBCASE("nothing comes") {
    exchange(gate, client, std::string(announced) + "\r\n");
    gate.pass(31s);
    CHECK(heard(gate, client).starts_with("HTTP/1.1 408 "));
    CHECK(gate.servers.empty());
    CHECK(gate.worker->busy() == 0);
  }
  SUBCASE("the body comes: it leaves with the head, and the rest behind it") {
    exchange(gate, client, std::string(announced) + "\r\n");
    CHECK(gate.servers.empty());
    exchange(gate, client, "ab");
    CHECK(told_server(gate).ends_with("\r\n\r\nab"));
    exchange(gate, client, "cde");
    CHECK(told_server(gate) == "cde");
    CHECK(answer(gate, client, ok).ends_with("ok"));
  }
  SUBCASE("it waits to be asked for the body (100-continue), and is") {
    CHECK(exchange(gate, client, std::string(announced) + "expect: 100-continue\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    CHECK(gate.servers.empty());
    exchange(gate, client, "abcde");
    const auto told = told_server(gate);
    CHECK(told.ends_with("\r\n\r\nabcde"));
    CHECK_FALSE(told.contains("expect"));
    CHECK(answer(gate, client, ok).ends_with("ok"));
  }
  SUBCASE("in chunks, of which the first is the last: the upstream hears of it at once") {
    exchange(gate, client, "POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n");
    CHECK(gate.servers.empty());
    exchange(gate, client, "0\r\n\r\n");
    CHECK(told_server(gate).ends_with("\r\n\r\n0\r\n\r\n"));
    CHECK(answer(gate, client, ok).ends_with("ok"));
  }
  SUBCASE("an empty body is no reason to wait") {
    exchange(gate, client, "POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n");
    CHECK(told_server(gate).contains("content-length: 0\r\n"));
    CHECK(answer(gate, client, ok).ends_with("ok"));
  }
  SUBCASE("it leaves") {
    exchange(gate, client, std::string(announced) + "\r\n");
    client.close();
    gate.turn();
    CHECK(gate.servers.empty());
    CHECK(gate.worker->busy() == 0);
  }
}

TEST_CASE("an answer that has been read whole gives its connection back while its client still takes it") {
  TrialGate gate(open_gate());
  auto slow = gate.connect(), other = gate.connect();
  CHECK(exchange(gate, slow, ask("/x")).empty());
  // More than the socket to a client that reads nothing takes, and less than what the gate keeps for it.
  std::string body(250'000, 'b');
  gate.servers[0]->send("HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  gate.turn(6);
  CHECK(gate.worker->busy() == 0);
  CHECK(gate.services().memory.used() > 0);  // it waits here
  CHECK(exchange(gate, other, ask("/y")).empty());
  CHECK(gate.servers.size() == 1);
  CHECK(told_server(gate).contains("GET /y "));
  CHECK(answer(gate, other, ok).ends_with("ok"));
  gate.turn(6);
  std::string taken;
  for (int i = 0; i < 20; ++i) taken += heard(gate, slow);
  CHECK(taken.ends_with("\r\n\r\n" + body));
}

TEST_CASE("who takes an answer too slowly is cut off, its connection to the upstream with it, and the log says by which setting") {
  auto setup = open_gate();
  setup.connections.write_rate_min = 24'000;  // the system tells of what was taken from a Unix socket in large steps only
  TrialGate gate(std::move(setup));
  auto slow = gate.connect(), other = gate.connect();
  CHECK(exchange(gate, slow, ask("/x")).empty());
  const std::string piece(100'000, 'b');
  gate.servers[0]->send("HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n");
  for (int i = 0; i < 20; ++i) {
    gate.servers[0]->send(piece);
    gate.turn();
  }
  REQUIRE(gate.worker->busy() == 1);
  const auto decision = [&] {
    slow.read(4096);
    return *audit::DecisionId::parse(field_of(slow.got, "gatehouse-decision"));
  }();
  std::string rule = "connections.write_idle";
  SUBCASE("nothing") { gate.pass(31s); }
  SUBCASE("a trickle") {
    rule = "connections.write_rate_min";
    for (int i = 0; i < 40 && gate.worker->busy() == 1; ++i) {
      slow.read(50'000);
      gate.servers[0]->send(piece);
      gate.pass(5s);
    }
  }
  SUBCASE("the neighbour that takes it fast enough") {
    for (int i = 0; i < 40; ++i) {
      slow.read(200'000);
      gate.servers[0]->send(piece);
      gate.servers[0]->send(piece);
      gate.pass(5s);
    }
    CHECK(gate.worker->busy() == 1);
    CHECK(gate.ended(audit::Counter::slow_clients) == 0);
    return;
  }
  CHECK(gate.worker->busy() == 0);
  CHECK(gate.servers[0]->ended());
  CHECK(gate.ended(audit::Counter::slow_clients) == 1);
  const auto found = gate.services().audit.decisions().find(decision);
  REQUIRE(found);
  CHECK(found->rule == rule);
  CHECK(exchange(gate, other, ask("/y")).empty());
  CHECK(answer(gate, other, ok, 1).ends_with("ok"));
}

TEST_CASE("a client may hold as many connections to an upstream server as are free, and no more") {
  auto setup = open_gate();
  setup.connections_max = 8;
  setup.trusted_proxies = {*http::AddressBlock::parse("::/128")};
  SUBCASE("by default") {
    setup.limits.per_address = limits::AddressLimitOptions{.rate = {}, .burst = {}};
    TrialGate gate(std::move(setup));
    std::vector<TrialSocket> clients;
    const auto begin = [&](std::string_view address) {
      clients.push_back(gate.connect());
      return exchange(gate, clients.back(), from(address, "/x"));
    };
    for (int i = 0; i < 4; ++i) CHECK(begin("192.0.2.1").empty());
    const auto refused = begin("192.0.2.1");
    CHECK(refused.starts_with("HTTP/1.1 429 "));
    CHECK(refused.contains("urn:gatehouse:problem:too-many-requests-at-once"));
    CHECK(field_of(refused, "retry-after") == "1");
    CHECK(begin("192.0.2.2").empty());  // a neighbour has his own
    CHECK(begin("192.0.2.2").empty());
    CHECK(begin("192.0.2.2").starts_with("HTTP/1.1 429 "));
    CHECK(begin("192.0.2.3").empty());
    CHECK(begin("192.0.2.4").empty());
    CHECK(begin("192.0.2.5").starts_with("HTTP/1.1 503 "));  // all are taken, by four
    CHECK(gate.servers.size() == 8);
    for (std::size_t i = 0; i < 4; ++i) CHECK(answer(gate, clients[i], ok, i).ends_with("ok"));
    CHECK(begin("192.0.2.1").empty());
    CHECK(begin("192.0.2.5").empty());
    CHECK(gate.servers.size() == 8);
  }
  SUBCASE("where the operator wants no bound for an address, none") {
    setup.limits.per_address = limits::AddressLimitOptions{.rate = {}, .burst = {}, .concurrency = {}};
    TrialGate gate(std::move(setup));
    std::vector<TrialSocket> clients;
    for (int i = 0; i < 9; ++i) {
      clients.push_back(gate.connect());
      const auto got = exchange(gate, clients.back(), from("192.0.2.1", "/x"));
      CHECK(got.starts_with("HTTP/1.1 503 ") == (i == 8));
    }
  }
}

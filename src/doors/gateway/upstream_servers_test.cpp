// An upstream of several servers: whose turn it is, and what becomes of a request whose server is not there.
#include "doors/gateway/trial_talk.hpp"

using namespace gatehouse;
using namespace gatehouse::gateway;

namespace {
TrialGate::Setup gate_with_servers(std::size_t count) {
  auto setup = open_gate();
  setup.upstream_servers = count;
  return setup;
}

/// The server that the request reached, which then answers; nothing: the client was answered by the gate.
std::optional<std::size_t> served_by(TrialGate& gate, std::string_view request, std::string* refusal = nullptr) {
  auto client = gate.connect();
  client.send(request);
  gate.turn(12);  // a server that is not there costs a few
  for (std::size_t i = 0; i < gate.servers.size(); ++i) {
    if (gate.servers[i]->got.empty()) continue;
    CHECK(answer(gate, client, ok, i).ends_with("ok"));
    gate.servers[i]->got.clear();
    return gate.server_of[i];
  }
  client.read();
  if (refusal != nullptr) *refusal = client.got;
  return std::nullopt;
}

const std::string post = "POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\nx";
}  // namespace

TEST_CASE("servers take turns") {
  TrialGate gate(gate_with_servers(3));
  for (int round = 0; round < 2; ++round)
    for (const std::size_t server : {0, 1, 2}) CHECK(served_by(gate, ask("/x")) == server);
}

TEST_CASE("a request whose server is not there is told to another one with as much of its body as has come, and the rest follows") {
  TrialGate gate(gate_with_servers(2));
  gate.end_upstream(0);
  auto client = gate.connect();
  std::string more;
  SUBCASE("the whole body at once") { client.send("POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 6\r\n\r\nabcdef"); }
  SUBCASE("a part of it") {
    client.send("POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 6\r\n\r\nabc");
    more = "def";
  }
  SUBCASE("in chunks") { client.send("POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"); }
  gate.turn(12);
  client.send(more);
  gate.turn();
  REQUIRE(gate.servers.size() == 1);
  CHECK(gate.server_of[0] == 1);
  const auto told = told_server(gate);
  CHECK(told.starts_with("POST /x HTTP/1.1\r\n"));
  CHECK((told.ends_with("\r\n\r\nabcdef") || told.ends_with("\r\n\r\n6\r\nabcdef\r\n0\r\n\r\n")));
  CHECK(told.find("POST") == told.rfind("POST"));
  CHECK(answer(gate, client, ok).ends_with("ok"));
  CHECK(gate.worker->busy() == 0);
}

TEST_CASE("with least_connections the server with the fewest requests under way is next") {
  auto setup = gate_with_servers(2);
  setup.balance = net::Balance::least_connections;
  TrialGate gate(std::move(setup));
  auto slow = gate.connect();
  CHECK(exchange(gate, slow, ask("/slow")).empty());
  REQUIRE(gate.servers.size() == 1);
  const auto busy = gate.server_of[0];
  gate.servers[0]->got.clear();
  for (int i = 0; i < 4; ++i) CHECK(served_by(gate, ask("/x")) == 1 - busy);
}

TEST_CASE("a server that is down costs no request that may be repeated, and is passed over for a while; then it is tried again") {
  TrialGate gate(gate_with_servers(2));
  gate.end_upstream(0);
  for (int i = 0; i < 4; ++i) CHECK(served_by(gate, ask("/x")) == 1);
  CHECK(gate.ended(audit::Counter::upstream_connections) > 0);
  for (int i = 0; i < 4; ++i) CHECK(served_by(gate, post) == 1);  // known to be down: nothing is tried there
  gate.pass(6s);
  for (int i = 0; i < 4; ++i) CHECK(served_by(gate, ask("/x")) == 1);
}

TEST_CASE("without retries a POST whose server is not there is refused, and the next one goes where somebody is") {
  auto setup = gate_with_servers(2);
  setup.retries = 0;
  TrialGate gate(std::move(setup));
  gate.end_upstream(0);
  std::string refusal;
  CHECK(served_by(gate, post, &refusal) == std::nullopt);
  CHECK(refusal.starts_with("HTTP/1.1 502 "));
  CHECK(refusal.contains("urn:gatehouse:problem:upstream-unreachable"));
  CHECK(gate.servers.empty());
  CHECK(served_by(gate, post) == 1);
  CHECK(served_by(gate, post) == 1);
}

TEST_CASE("a server that dies under a request that it has taken: the request is not sent to another one") {
  TrialGate gate(gate_with_servers(2));
  auto client = gate.connect();
  SUBCASE("GET") { client.send(ask("/x")); }
  SUBCASE("POST") { client.send(post); }
  gate.turn();
  REQUIRE(gate.servers.size() == 1);
  gate.servers[0]->reset();
  gate.end_upstream(0);
  CHECK(heard(gate, client).starts_with("HTTP/1.1 502 "));
  CHECK(gate.servers.size() == 1);
}

TEST_CASE("one server of three that is left is found with two retries, and when none is left each request is refused") {
  auto setup = gate_with_servers(3);
  setup.retries = 2;
  TrialGate gate(std::move(setup));
  for (const std::size_t server : {0, 1}) gate.end_upstream(server);
  CHECK(served_by(gate, ask("/x")) == 2);  // the third try
  gate.end_upstream(2);
  gate.servers.clear();
  gate.server_of.clear();
  gate.turn();
  CHECK(gate.worker->busy() == 0);
  std::string refusal;
  for (int i = 0; i < 3; ++i) {
    CHECK(served_by(gate, ask("/x"), &refusal) == std::nullopt);
    CHECK(refusal.starts_with("HTTP/1.1 502 "));
  }
}

TEST_CASE("no more servers are tried for one request than the settings say") {
  auto setup = gate_with_servers(3);
  setup.retries = 0;
  TrialGate gate(std::move(setup));
  gate.end_upstream(0);
  CHECK(served_by(gate, ask("/x")) == std::nullopt);
  CHECK(served_by(gate, ask("/x")) == 1);
}

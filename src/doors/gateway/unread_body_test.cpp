// A server that does not read a body takes it for the next request: of whoever comes next on its connection, past everything that the gate has checked.
#include "doors/gateway/trial_talk.hpp"

using namespace gatehouse;
using namespace gatehouse::gateway;

namespace {
constexpr std::string_view smuggled = "GET /patients/7 HTTP/1.1\r\nhost: a\r\nx: ";

std::string carrying(std::string_view method, std::string_view body = smuggled, std::string_view fields = {}) {
  return std::string(method) + " /x HTTP/1.1\r\nhost: a\r\n" + std::string(fields) + "content-length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

/// Whether the next request of another client comes by the connection that the first one has used.
bool used_again(TrialGate& gate, std::string_view first, std::string_view answered = ok) {
  auto attacker = gate.connect(), other = gate.connect();
  exchange(gate, attacker, first);
  answer(gate, attacker, answered);
  exchange(gate, other, ask("/other"));
  const auto reused = gate.servers.size() == 1;
  CHECK(gate.servers.back()->got.contains("GET /other "));
  return reused;
}

TrialGate::Setup all_methods() {
  auto setup = open_gate();
  setup.routes[0].methods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "REPORT"};
  return setup;
}
}  // namespace

TEST_CASE("a connection that has carried a body with a method that needs none is not used again, and the server is told so") {
  for (const std::string_view method : {"GET", "HEAD", "DELETE", "OPTIONS", "REPORT"}) {
    CAPTURE(method);
    TrialGate gate(all_methods());
    const auto answered = method == "HEAD" ? std::string_view("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n") : ok;
    CHECK_FALSE(used_again(gate, carrying(method), answered));
    CHECK(field_of(gate.servers[0]->got, "connection") == "close");
  }
}

TEST_CASE("a body in chunks is a body, too, also when nothing is in it") {
  TrialGate gate(all_methods());
  CHECK_FALSE(used_again(gate, "GET /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"));
  CHECK(field_of(gate.servers[0]->got, "connection") == "close");
}

TEST_CASE("a request without a body, and one of a method that has one, leave a connection that is used again") {
  for (const auto& first : {ask("/x"), carrying("POST", "{}"), carrying("PUT", "{}"), carrying("PATCH", "{}"), carrying("DELETE", "")}) {
    CAPTURE(first);
    TrialGate gate(all_methods());
    CHECK(used_again(gate, first));
    CHECK(field_of(gate.servers[0]->got, "connection").empty());
  }
}

TEST_CASE("a connection that has carried HEAD is not used again, since its server may send the body all the same, and is told so") {
  TrialGate gate(all_methods());
  const std::string head = "HEAD /x HTTP/1.1\r\nhost: a\r\n\r\n";
  CHECK_FALSE(used_again(gate, head, "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n"));
  CHECK(field_of(gate.servers[0]->got, "connection") == "close");
}

TEST_CASE("an answer that can have no body, but says that it has one, ends its connection; one that says nothing of it does not") {
  for (const std::string_view status : {"204 No Content", "304 Not Modified"}) {
    CAPTURE(status);
    const auto answered = [&](std::string_view fields) { return "HTTP/1.1 " + std::string(status) + "\r\n" + std::string(fields) + "\r\n"; };
    for (const std::string_view fields : {"content-length: 7\r\n", "content-length: 07\r\n", "transfer-encoding: chunked\r\n"}) {
      CAPTURE(fields);
      TrialGate gate(all_methods());
      CHECK_FALSE(used_again(gate, ask("/x"), answered(fields)));
    }
    for (const std::string_view fields : {"", "content-length: 0\r\n"}) {
      CAPTURE(fields);
      TrialGate gate(all_methods());
      CHECK(used_again(gate, ask("/x"), answered(fields)));
    }
  }
}

TEST_CASE("an interim answer that announces a body, or the end, ends the connection behind the final one") {
  const auto answered = [](std::string_view fields) { return "HTTP/1.1 103 Early Hints\r\n" + std::string(fields) + "\r\n" + std::string(ok); };
  for (const std::string_view fields : {"content-length: 7\r\n", "connection: close\r\n", "transfer-encoding: chunked\r\n"}) {
    CAPTURE(fields);
    TrialGate gate(all_methods());
    CHECK_FALSE(used_again(gate, ask("/x"), answered(fields)));
  }
  TrialGate neighbour(all_methods());
  CHECK(used_again(neighbour, ask("/x"), answered("link: </a>\r\n")));
}

TEST_CASE("a server that refuses may not have read the body, so that its connection is not used again") {
  for (const std::string_view status : {"400 Bad Request", "404 Not Found", "413 Too Large", "500 Failed"}) {
    CAPTURE(status);
    TrialGate gate(all_methods());
    const auto refused = "HTTP/1.1 " + std::string(status) + "\r\ncontent-length: 0\r\n\r\n";
    CHECK_FALSE(used_again(gate, carrying("POST"), refused));
    TrialGate neighbour(all_methods());
    CHECK(used_again(neighbour, ask("/x"), refused));
  }
}

TEST_CASE("an upstream of which it is said that it may not read bodies gets a connection for each of them") {
  auto setup = all_methods();
  setup.reuse_after_body = false;
  TrialGate gate(std::move(setup));
  CHECK_FALSE(used_again(gate, carrying("POST", "{}")));
  CHECK(field_of(gate.servers[0]->got, "connection") == "close");
}

TEST_CASE("the end of a connection and the wish for trailers stand in one field") {
  auto setup = all_methods();
  setup.routes[0].trailers = {"x-checksum"};
  TrialGate gate(std::move(setup));
  auto client = gate.connect();
  exchange(gate, client, carrying("GET", "{}", "te: trailers\r\n"));
  CHECK(field_of(told_server(gate), "connection") == "close, te");
}

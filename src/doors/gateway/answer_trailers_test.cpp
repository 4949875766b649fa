#include <doctest/doctest.h>

#include <string>

#include "doors/gateway/trial_talk.hpp"

using namespace gatehouse;
using namespace gatehouse::gateway;

namespace {
TrialGate::Setup gate_with_trailers() {
  auto setup = open_gate();
  setup.routes[0].trailers = {"x-checksum", "server-timing"};
  return setup;
}
constexpr std::string_view with_trailers =
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: X-Checksum, X-Other\r\n\r\n2\r\nok\r\n0\r\nX-Checksum: 7\r\nX-Other: 8\r\n\r\n";
}  // namespace

TEST_CASE("of an answer's trailers those that the route names reach the client, announced if the upstream did so") {
  TrialGate gate(gate_with_trailers());
  auto client = gate.connect();
  for (int i = 0; i < 2; ++i) {
    exchange(gate, client, ask("/a"));
    const auto got = answer(gate, client, with_trailers);
    CHECK(field_of(got, "trailer") == "x-checksum");
    CHECK(got.ends_with("2\r\nok\r\n0\r\nx-checksum: 7\r\n\r\n"));
  }
  CHECK(gate.servers.size() == 1);
  SUBCASE("those of one answer are not those of the next") {
    exchange(gate, client, ask("/a"));
    const auto got = answer(gate, client, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
    CHECK(got.ends_with("2\r\nok\r\n0\r\n\r\n"));
    CHECK_FALSE(got.contains("trailer"));
  }
}

TEST_CASE("a route that names none hands none on, and announces none") {
  TrialGate gate(open_gate());
  auto client = gate.connect();
  exchange(gate, client, ask("/a"));
  const auto got = answer(gate, client, with_trailers);
  CHECK(got.ends_with("2\r\nok\r\n0\r\n\r\n"));
  CHECK_FALSE(got.contains("trailer"));
}

TEST_CASE("trailers that Connection names, or that arrive where the client has no room for them, are dropped") {
  TrialGate gate(gate_with_trailers());
  auto client = gate.connect();
  SUBCASE("Connection") {
    exchange(gate, client, ask("/a"));
    const auto got = answer(gate, client,
                            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: x-checksum\r\n\r\n2\r\nok\r\n0\r\n"
                            "X-Checksum: 7\r\nServer-Timing: db\r\n\r\n");
    CHECK(got.ends_with("0\r\nserver-timing: db\r\n\r\n"));
  }
  SUBCASE("HTTP/1.0") {
    exchange(gate, client, "GET /a HTTP/1.0\r\nhost: a\r\n\r\n");
    const auto got = answer(gate, client, with_trailers);
    CHECK(got.ends_with("\r\n\r\nok"));
    CHECK_FALSE(got.contains("trailer"));
    CHECK_FALSE(got.contains("checksum"));
  }
}

TEST_CASE("trailers of an answer that are no field lines, or too long, break it off and its connection with it") {
  TrialGate gate(gate_with_trailers());
  auto client = gate.connect();
  exchange(gate, client, ask("/a"));
  const std::string begun = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n";
  SUBCASE("a space before the colon") {
    const auto got = answer(gate, client, begun + "X-Checksum : 7\r\n\r\n");
    CHECK_FALSE(got.contains("checksum"));
    CHECK_FALSE(got.ends_with("0\r\n\r\n"));
  }
  SUBCASE("more than is kept") {
    const auto got = answer(gate, client, begun + "X-Checksum: " + std::string(9000, 'x') + "\r\n\r\n");
    CHECK_FALSE(got.contains("xxx"));
    CHECK_FALSE(got.ends_with("0\r\n\r\n"));
  }
  heard(gate, client);
  CHECK(client.ended());
  CHECK(gate.servers[0]->ended());
}

TEST_CASE("who says that it takes trailers is repeated to the upstream where the route names some") {
  auto setup = open_gate();
  setup.routes.push_back(open_route("sums", "/sums", {"GET"}));
  setup.routes.back().trailers = {"x-checksum"};
  TrialGate gate(std::move(setup));
  auto client = gate.connect();
  exchange(gate, client, ask("/sums", "te: gzip, Trailers\r\nconnection: te\r\n"));
  auto told = told_server(gate);
  CHECK(field_of(told, "te") == "trailers");
  CHECK(field_of(told, "connection") == "te");
  answer(gate, client, ok);
  exchange(gate, client, ask("/sums", "te: gzip\r\nconnection: te\r\n"));
  told = told_server(gate);
  CHECK(field_of(told, "te").empty());
  CHECK(field_of(told, "connection").empty());
  answer(gate, client, ok);
  exchange(gate, client, ask("/other", "te: trailers\r\nconnection: te\r\n"));
  CHECK(field_of(told_server(gate), "te").empty());
}

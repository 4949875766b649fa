#include "engines/net/http2/session_trial.hpp"

namespace {
using namespace gatehouse;
using namespace gatehouse::net;
using namespace gatehouse::net::http2::trial;
}  // namespace

TEST_CASE("an HTTP/2 request that expects anything but 100 (Continue) is refused as over HTTP/1.1") {
  Http2Trial trial;
  trial.send(trial.frame(headers, end_headers | end_stream, 1, trial.block(trial.request("GET", "/now", {{"expect", "a-miracle"}}))));
  CHECK(trial.answer(1).statuses == std::vector{417});
  trial.send(trial.frame(headers, end_headers | end_stream, 3, trial.block(trial.request("GET", "/now", {{"expect", "100-Continue"}}))));
  CHECK(trial.answer(3).statuses == std::vector{200});
}

TEST_CASE("a malformed head resets its stream and reaches no exchanger, its harmless neighbour is served") {
  const auto good = Http2Trial::request("GET", "/now");
  const auto with = [&](const Fields& more) { return Http2Trial::request("GET", "/now", more); };
  const std::vector<std::pair<const char*, Fields>> cases{
      {"no :method", {{":scheme", "http"}, {":authority", "a"}, {":path", "/now"}}},
      {"no :path", {{":method", "GET"}, {":scheme", "http"}, {":authority", "a"}}},
      {"no :scheme", {{":method", "GET"}, {":authority", "a"}, {":path", "/now"}}},
      {"empty :path", {{":method", "GET"}, {":scheme", "http"}, {":authority", "a"}, {":path", ""}}},
      {":path twice", with({{":path", "/hold"}})},
      {"unknown pseudo-header", {{":method", "GET"}, {":scheme", "http"}, {":authority", "a"}, {":path", "/now"}, {":protocol", "websocket"}}},
      {"a pseudo-header of answers", {{":method", "GET"}, {":scheme", "http"}, {":authority", "a"}, {":path", "/now"}, {":status", "200"}}},
      {"pseudo-header behind a field", {{":method", "GET"}, {":scheme", "http"}, {"x", "1"}, {":authority", "a"}, {":path", "/now"}}},
      {"upper case", with({{"X-A", "1"}})},
      {"connection", with({{"connection", "close"}})},
      {"transfer-encoding", with({{"transfer-encoding", "chunked"}})},
      {"te other than trailers", with({{"te", "gzip"}})},
      {"line feed in a value", with({{"x", "1\nhost: b"}})},
      {"content-length twice", with({{"content-length", "0"}, {"content-length", "0"}})},
  };
  for (const auto& [name, fields] : cases) {
    CAPTURE(name);
    Http2Trial trial;
    trial.send(trial.frame(headers, end_headers | end_stream, 1, trial.block(fields)));
    CHECK(trial.answer(1).reset_code == static_cast<int>(protocol_error));
    CHECK(trial.answer(1).statuses.empty());
    CHECK(trial.service.all_ended());
    // Whoever reads the log finds an attempt there, and not a client that has left.
    CHECK(trial.last().rule == "http2.message");
    CHECK_FALSE(trial.last().facts.empty());
    CHECK_FALSE(trial.last().left);
    CHECK(trial.serves_others(3));
  }
  Http2Trial trial;
  trial.send(trial.frame(headers, end_headers | end_stream, 1, trial.block(with({{"te", "trailers"}, {"x-a", "1"}, {"content-length", "0"}}))));
  CHECK(trial.answer(1).status() == 200);
}

TEST_CASE("trailers of a stream are read behind the body; what may not stand there is left out, too many of them reset the stream") {
  Http2Trial trial;
  trial.send(trial.post(1, "/echo") + trial.piece(1, "body"));
  SUBCASE("few") {
    trial.send(
        trial.frame(headers, end_headers | end_stream, 1, trial.block({{"x-sum", "7"}, {"content-length", "4"}, {"authorization", "Bearer x"}})));
    CHECK(trial.answer(1).body == "body");
    const auto trailers = trial.last().head().trailers.all();
    REQUIRE(trailers.size() == 1);
    CHECK(trailers[0].name == "x-sum");
    CHECK(trailers[0].value == "7");
  }
  SUBCASE("too many") {
    Fields many;
    for (int i = 0; i < 101; ++i) many.emplace_back("x-" + std::to_string(i), "1");
    trial.send(trial.frame(headers, end_headers | end_stream, 1, trial.block(many)));
    CHECK(trial.answer(1).reset_code == static_cast<int>(calm));
  }
  SUBCASE("pseudo-headers among them") {
    trial.send(trial.frame(headers, end_headers | end_stream, 1, trial.block({{":path", "/hold"}})));
    CHECK(trial.answer(1).reset_code == static_cast<int>(protocol_error));
  }
  CHECK(trial.serves_others(3));
  CHECK(trial.service.all_ended());
}

TEST_CASE("a body is held to its content-length, and a length of nothing is said onwards") {
  Http2Trial trial;
  using Kind = http::Framing::Kind;
  const auto framing = [&] { return trial.last().head().framing; };
  SUBCASE("equal") {
    trial.send(trial.post(1, "/echo", {{"content-length", "4"}}) + trial.piece(1, "body", true));
    CHECK(trial.answer(1).body == "body");
    CHECK(framing().kind == Kind::length);
    CHECK(framing().length == 4);
  }
  SUBCASE("more") {
    trial.send(trial.post(1, "/echo", {{"content-length", "3"}}) + trial.piece(1, "body", true));
    CHECK(trial.answer(1).reset_code == static_cast<int>(protocol_error));
  }
  SUBCASE("less") {
    trial.send(trial.post(1, "/echo", {{"content-length", "5"}}) + trial.piece(1, "body", true));
    CHECK(trial.answer(1).reset_code == static_cast<int>(protocol_error));
  }
  SUBCASE("none where some was promised") {
    trial.send(trial.frame(headers, end_headers | end_stream, 1, trial.block(trial.request("POST", "/echo", {{"content-length", "4"}}))));
    CHECK(trial.answer(1).reset_code == static_cast<int>(protocol_error));
  }
  SUBCASE("zero, and nothing follows") {
    trial.send(trial.frame(headers, end_headers | end_stream, 1, trial.block(trial.request("POST", "/echo", {{"content-length", "0"}}))));
    CHECK(trial.answer(1).body == "empty");
    CHECK(framing().kind == Kind::length);
    CHECK(framing().length == 0);
  }
  SUBCASE("not told, and nothing follows") {
    trial.send(trial.frame(headers, end_headers | end_stream, 1, trial.block(trial.request("POST", "/echo"))));
    CHECK(trial.answer(1).body == "empty");
    CHECK(framing().kind == Kind::none);
  }
  SUBCASE("not told, and something follows") {
    trial.send(trial.post(1, "/echo") + trial.piece(1, "body", true));
    CHECK(trial.answer(1).body == "body");
    CHECK(framing().kind == Kind::chunked);
  }
  CHECK(trial.serves_others(3));
  CHECK(trial.service.all_ended());
}

TEST_CASE("a head beyond its limits is refused, and the connection goes on: the compression was kept up") {
  Http2Trial trial;
  SUBCASE("fields") {
    Fields many;
    for (int i = 0; i < 101; ++i) many.emplace_back("x-" + std::to_string(i), "1");
    trial.send(trial.frame(headers, end_headers | end_stream, 1, trial.block(trial.request("GET", "/now", many))));
    CHECK(trial.answer(1).status() == 431);
  }
  SUBCASE("target") {
    trial.send(trial.get(1, "/" + std::string(9000, 'a')));
    CHECK(trial.answer(1).status() == 414);
  }
  CHECK(trial.serves_others(3));
}

TEST_CASE(
    "a field that was sent once and is meant a thousand times more resets its stream, counts against its sender, and keeps the compression up") {
  Http2Trial trial;
  const std::string value(3000, 'v');
  // A literal with incremental indexing (RFC 7541 section 6.2.1), then its index again and again (section 6.1).
  const auto stored = [&](std::string_view name) {
    auto literal = trial.block({{std::string(name), value}});
    literal[0] = '\x40';
    return literal;
  };
  std::string meant;
  std::vector<std::string> faults;
  int stream = 1;
  SUBCASE("a few times") { meant = std::string(3, '\xbe'); }
  SUBCASE("a thousand times, in the head") {
    meant = std::string(1000, '\xbe');
    faults = {"http2-header-list"};
  }
  SUBCASE("a thousand times, behind the body") {
    trial.send(trial.post(1, "/echo") + trial.piece(1, "body"));
    trial.send(trial.frame(headers, end_headers | end_stream, 1, stored("x") + std::string(1000, '\xbe')));
    CHECK(trial.answer(1).reset_code == static_cast<int>(calm));
    stream = 0;
  }
  SUBCASE("a thousand times, behind the body of a request that is answered") {
    trial.send(trial.post(1, "/now"));
    CHECK(trial.answer(1).status() == 200);
    trial.send(trial.frame(headers, end_headers | end_stream, 1, stored("x") + std::string(1000, '\xbe')));
    trial.read();
    CHECK(trial.answer(1).reset_code >= 0);
    stream = 0;
  }
  if (stream == 1) {
    trial.send(trial.frame(headers, end_headers | end_stream, 1, trial.block(trial.request("GET", "/now")) + stored("x") + meant));
    CHECK(trial.answer(1).status() == (faults.empty() ? 200 : 0));
    CHECK(trial.answer(1).reset_code == (faults.empty() ? -1 : static_cast<int>(calm)));
    CHECK(trial.last().rule == (faults.empty() ? "" : "http2.message"));
  }
  CHECK(trial.service.faults == faults);
  trial.send(trial.frame(headers, end_headers | end_stream, 3, trial.block(trial.request("GET", "/now")) + "\xbe"));
  CHECK(trial.answer(3).status() == 200);
  CHECK(trial.last().head().headers.all().back().value == value);
  CHECK(trial.service.all_ended());
}

TEST_CASE("streams that come in more than one read are begun over several turns, and all are answered") {
  Http2Trial trial;
  std::string many;
  for (std::uint32_t id = 1; id < 241; id += 2)
    many += trial.frame(headers, 5, id, trial.block(trial.request("GET", "/now", {{"x", std::string(1000, 'x')}})));
  REQUIRE(::send(trial.client.get(), many.data(), many.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(many.size()));
  trial.turn(1);
  CHECK(trial.service.exchangers.size() < 100);
  trial.turn(10);
  CHECK(trial.service.exchangers.size() == 120);
  for (std::uint32_t id = 1; id < 241; id += 2) CHECK(trial.answer(id).body == "now");
}

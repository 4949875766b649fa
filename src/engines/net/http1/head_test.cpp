#include <doctest/doctest.h>

#include <string>

#include "engines/net/http1/head.hpp"

namespace {
using namespace gatehouse;
using namespace gatehouse::net::http1;
using http::HeaderId;
using http::ProblemKind;
using FramingKind = http::Framing::Kind;

/// A head with all that it needs to live.
struct ReadRequest {
  explicit ReadRequest(std::string text, HeadLimits limits = {}) : memory(std::move(text)) {
    std::size_t scanned = 0;
    const auto size = find_head_end(memory, scanned, limits);
    if (!size) problem = size.error();
    else if (*size == 0) incomplete = true;
    else if (const auto done = parse_request_head({memory.data(), *size}, head, limits); !done) problem = done.error();
  }
  bool ok() const { return !problem && !incomplete; }
  http::Status status() const { return problem ? problem->status() : http::Status{0}; }
  std::string_view header(HeaderId id) const { return head.headers.get(id).value_or("(none)"); }

  Arena arena;
  std::string memory;
  http::RequestHead head{arena};
  std::optional<http::Problem> problem;
  bool incomplete = false;
};

struct ReadResponse {
  explicit ReadResponse(std::string text, http::Method method = http::Method::get) : memory(std::move(text)) {
    std::size_t scanned = 0;
    const auto size = find_head_end(memory, scanned, {}, Sender::upstream);
    if (!size) problem = size.error();
    else if (*size == 0) incomplete = true;
    else if (const auto done = parse_response_head({memory.data(), *size}, method, head, {}); !done) problem = done.error();
  }
  bool ok() const { return !problem && !incomplete; }

  Arena arena;
  std::string memory;
  http::ResponseHead head{arena};
  std::optional<http::Problem> problem;
  bool incomplete = false;
};

std::string get_with(std::string_view fields) { return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n"; }
}  // namespace

TEST_CASE("a request head is read: method, target, lower-case names, trimmed values") {
  const ReadRequest r("POST /a?b=c HTTP/1.1\r\nHost: example.test\r\nContent-LENGTH: \t12 \t\r\nX-Own:\r\n\r\nbody");
  REQUIRE(r.ok());
  CHECK(r.head.method == http::Method::post);
  CHECK(r.head.method_token == "POST");
  CHECK(r.head.target == "/a?b=c");
  CHECK(r.head.version == http::Version::http1_1);
  CHECK(r.header(HeaderId::host) == "example.test");
  CHECK(r.head.headers.all()[1].name == "content-length");
  CHECK(r.head.headers.find("x-own")->value.empty());
  CHECK(r.head.framing.kind == FramingKind::length);
  CHECK(r.head.framing.length == 12);
  CHECK(r.head.keep_alive);
}

TEST_CASE("a head in pieces is found at the same place as in one, and scanned on from where it was") {
  const std::string text = get_with("X-Long: " + std::string(100, 'v') + "\r\nAccept: */*\r\n");
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    std::size_t scanned = 0;
    CHECK(find_head_end(std::string_view(text).substr(0, cut), scanned, {}).value() == 0);
    CHECK(scanned >= cut - 1);
    CHECK(find_head_end(text + "more", scanned, {}).value() == text.size());
  }
}

TEST_CASE("what can no longer become a valid head is refused before it is complete") {
  for (const std::string text : {"GET / HTTP/1.1\n", "GET / HTTP/1.1\rX", "\x16\x03\x01", "   ", "GET\t/", "GE[", "{\"a\":1}", "\r\n\r\n", "\n",
                                 "GET / HTTP/1.1\r\nA: \x0c", "GET / HTTP/1.1\r\nA: \x7f", "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGH"}) {
    CAPTURE(text);
    const ReadRequest r(text);
    CHECK(r.status() == 400);
  }
  CHECK(ReadRequest(std::string("GET /\0", 6)).status() == 400);
  for (const std::string text :
       {"", "G", "\r", "\r\n", "GET", "GET ", "GET / HTTP/1.1\r", "GET / HTTP/1.1\r\nA: b\r\n", "GET / HTTP/1.1\r\nA: \xc3\xa4"}) {
    CAPTURE(text);
    CHECK(ReadRequest(text).incomplete);
  }
}

TEST_CASE("one empty line before a request is ignored, two are refused") {
  CHECK(ReadRequest("\r\nGET / HTTP/1.1\r\n\r\n").ok());
  CHECK(ReadRequest("\r\n\r\nGET / HTTP/1.1\r\n\r\n").status() == 400);
}

TEST_CASE("a line that two readers could take differently is refused") {
  const auto rule = [](std::string_view fields) {
    const ReadRequest r(get_with(fields));
    return r.problem ? r.problem->rule : "accepted";
  };
  CHECK(rule("A: b\r\n") == "accepted");
  CHECK(rule("A: b\n") == "http.line.bare-lf");
  CHECK(rule("A: b\rc\r\n") == "http.line.bare-cr");
  CHECK(rule("A : b\r\n") == "http.field.space");
  CHECK(rule("A\t: b\r\n") == "http.field.space");
  CHECK(rule("A: b\r\n folded\r\n") == "http.field.space");
  CHECK(rule(" A: b\r\n") == "http.field.space");
  CHECK(rule(": b\r\n") == "http.field.name");
  CHECK(rule("NoColon\r\n") == "http.field.name");
  CHECK(rule("Bad[Name: b\r\n") == "http.field.name");
  CHECK(rule("B\xc3\xa4\x64: b\r\n") == "http.field.name");
  CHECK(rule("A: \xc3\xa4\xff\r\n") == "accepted");  // obs-text
}

TEST_CASE("the request line has single spaces and an exact version") {
  const auto status = [](std::string line) { return ReadRequest(line + "\r\nHost: a\r\n\r\n").status(); };
  CHECK(status("GET / HTTP/1.1") == 0);
  CHECK(status("GET / HTTP/1.0") == 0);
  for (const auto* line :
       {"GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET / HTTP/1.1 ", "GET /", "GET HTTP/1.1", "GET / HTTP/1", "GET / HTTP/01.01", "GET / http/1.1",
        "GET / HTTP/ 1.1", "GET /pa th HTTP/1.1", "GET /\xc3\xa4 HTTP/1.1", "GET / HTTP/1.1x", "GET / IHTTP/1.0", "GET / HTTP/1,1"}) {
    CAPTURE(line);
    CHECK(status(line) == 400);
  }
  for (const auto* line : {"GET / HTTP/1.2", "GET / HTTP/9.9", "GET / HTTP/2.0", "GET / HTTP/0.9"}) {
    CAPTURE(line);
    CHECK(status(line) == 505);
  }
}

TEST_CASE("the target has a form that its method allows") {
  const auto status = [](std::string method_and_target) { return ReadRequest(method_and_target + " HTTP/1.1\r\n\r\n").status(); };
  CHECK(status("GET http://a/b") == 0);
  CHECK(status("GET HTTPS://a") == 0);
  CHECK(status("OPTIONS *") == 0);
  CHECK(status("GET *") == 400);
  CHECK(status("GET ftp://a/b") == 400);
  CHECK(status("GET a/b") == 400);
  CHECK(status("GET ?a") == 400);
  CHECK(status("CONNECT a:443") == 501);
  CHECK(status("CONNECT /") == 501);
}

TEST_CASE("the length of a body can be read in one way only") {
  const auto status = [](std::string_view fields) { return ReadRequest(get_with(fields)).status(); };
  CHECK(status("Content-Length: 0\r\n") == 0);
  CHECK(status("Content-Length: 9223372036854775807\r\n") == 0);
  for (const auto* value : {"", "+5", "-1", "-0", "5, 5", "5,5", "0x5", "1_0", "1 0", "5a", "9223372036854775808", "99999999999999999999",
                            "00000000000000000005", "\"5\""}) {
    CAPTURE(value);
    CHECK(status("Content-Length: " + std::string(value) + "\r\n") == 400);
  }
  CHECK(status("Content-Length: 5\r\nContent-Length: 5\r\n") == 400);
  CHECK(status("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") == 400);
  CHECK(status("Content-Length: 5\r\nTransfer-Encoding: identity\r\n") == 400);
  CHECK(status("Transfer-Encoding: chunked\r\n") == 0);
  CHECK(status("Transfer-Encoding: CHUNKED\r\n") == 0);
  CHECK(status("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") == 400);
  for (const auto* value :
       {"", "chunked, chunked", "gzip, chunked", "chunked, gzip", ", chunked", "chunked,", "chunked;q=1", "\"chunked\"", "chunked chunked"}) {
    CAPTURE(value);
    CHECK(status("Transfer-Encoding: " + std::string(value) + "\r\n") == 400);
  }
  CHECK(status("Transfer-Encoding: gzip\r\n") == 501);
  CHECK(status("Transfer-Encoding: xchunked\r\n") == 501);
  CHECK(ReadRequest("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n").status() == 400);
}

TEST_CASE("the connection stays as version and Connection say") {
  const auto keep = [](std::string_view version, std::string_view fields) {
    const ReadRequest r("GET / " + std::string(version) + "\r\n" + std::string(fields) + "\r\n");
    REQUIRE(r.ok());
    return r.head.keep_alive;
  };
  CHECK(keep("HTTP/1.1", ""));
  CHECK_FALSE(keep("HTTP/1.0", ""));
  CHECK(keep("HTTP/1.0", "Connection: Keep-Alive\r\n"));
  CHECK_FALSE(keep("HTTP/1.1", "Connection: x, , CLOSE\r\n"));
  CHECK_FALSE(keep("HTTP/1.1", "Connection: keep-alive\r\nConnection: close\r\n"));
  CHECK(ReadRequest(get_with("Connection: a b\r\n")).status() == 400);
}

TEST_CASE("the only expectation is 100-continue") {
  CHECK(ReadRequest(get_with("Expect: 100-Continue\r\n")).head.expects_continue);
  CHECK(ReadRequest(get_with("Expect: 200-ok\r\n")).status() == 417);
  CHECK(ReadRequest(get_with("Expect:\r\n")).status() == 417);
  const ReadRequest old("POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n");
  CHECK(old.ok());
  CHECK_FALSE(old.head.expects_continue);
}

TEST_CASE("limits on head, fields and target have their own answers, early where the line is endless") {
  CHECK(ReadRequest("GET /" + std::string(8191, 'a') + " HTTP/1.1\r\n\r\n").ok());
  CHECK(ReadRequest("GET /" + std::string(8192, 'a') + " HTTP/1.1\r\n\r\n").status() == 414);
  CHECK(ReadRequest("GET /" + std::string(9000, 'a')).status() == 414);
  CHECK(ReadRequest(get_with("A: " + std::string(40000, 'a') + "\r\n")).status() == 431);
  CHECK(ReadRequest("GET / HTTP/1.1\r\nA: " + std::string(40000, 'a')).status() == 431);
  std::string fields;
  for (int i = 0; i < 99; ++i) fields += "A: b\r\n";
  CHECK(ReadRequest(get_with(fields)).ok());
  CHECK(ReadRequest(get_with(fields + "A: b\r\n")).status() == 431);
}

TEST_CASE("parse_request_head proves by itself what find_head_end has seen before") {
  Arena arena;
  for (std::string text : {"GET / HTTP/1.1\r\nA: b\r\n", "GET / HTTP/1.1\r\nA: b\r\n\r", "GET / HTTP/1.1\r\nA: b\n\r\n", "GET / HTTP/1.1\r\n\r\nmore",
                           "GET / HTTP/1.1\r\nA", "GET ", "", "GET / HTTP/1.1\r\nA:"}) {
    CAPTURE(text);
    http::RequestHead head(arena);
    CHECK_FALSE(parse_request_head(text, head, {}));
  }
}

TEST_CASE("a response head is read, and its body is framed by status and method") {
  const ReadResponse r("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nServer: x\r\n\r\nabc");
  REQUIRE(r.ok());
  CHECK(r.head.status == 200);
  CHECK(r.head.framing.kind == FramingKind::length);
  CHECK(r.head.keep_alive);

  const ReadResponse until_close("HTTP/1.1 200\r\n\r\nabc");
  CHECK(until_close.head.framing.kind == FramingKind::until_close);
  CHECK_FALSE(until_close.head.keep_alive);

  const ReadResponse head_answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", http::Method::head);
  CHECK(head_answer.head.framing.kind == FramingKind::none);
  CHECK(head_answer.head.keep_alive);
  CHECK(ReadResponse("HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n").head.framing.kind == FramingKind::none);
}

TEST_CASE("an answer that announces a body where there is none costs its connection") {
  const ReadResponse plain("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n");
  CHECK(plain.head.keep_alive);
  const ReadResponse odd("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n");
  CHECK(odd.head.framing.kind == FramingKind::none);
  CHECK_FALSE(odd.head.keep_alive);
  CHECK_FALSE(ReadResponse("HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\n\r\n").head.keep_alive);
}

TEST_CASE("a malformed answer is the upstream's fault, and its text does not reach the client") {
  for (const std::string text :
       {"HTTP/1.1 200 OK\n\n", "HTTP/1.1  200 OK\r\n\r\n", "HTTP/1.1 2 OK\r\n\r\n", "HTTP/1.1 999 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 200OK\r\n\r\n", "\r\nHTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 \r\n\r\n\r\n"}) {
    CAPTURE(text);
    const ReadResponse r(text);
    REQUIRE(r.problem);
    CHECK(r.problem->kind == ProblemKind::upstream_malformed);
    CHECK(r.problem->told.empty());
  }
}

TEST_CASE("trailers that could change a decision are left out") {
  Arena arena;
  http::Headers out(arena);
  std::string lines = "X-Checksum: abc\r\nContent-Length: 50\r\nAuthorization: x\r\nHost: b\r\nETag: \"e\"\r\n\r\n";
  REQUIRE(parse_trailers(lines, out, {}));
  REQUIRE(out.size() == 2);
  CHECK(out.all()[0].name == "x-checksum");
  CHECK(out.all()[1].name == "etag");
}

TEST_CASE("what may stand behind a body: nothing that frames, routes, authenticates, stores or describes") {
  const auto may = [](std::string_view name) { return may_be_trailer(http::header_id(name), name); };
  for (const std::string_view name :
       {"x-checksum", "content-digest", "repr-digest", "server-timing", "grpc-status", "etag", "last-modified", "link"}) {
    CAPTURE(name);
    CHECK(may(name));
  }
  for (const std::string_view name : {"content-length",
                                      "transfer-encoding",
                                      "trailer",
                                      "te",
                                      "host",
                                      "connection",
                                      "expect",
                                      "authorization",
                                      "www-authenticate",
                                      "authentication-info",
                                      "proxy-authenticate",
                                      "proxy-status",
                                      "set-cookie",
                                      "set-cookie2",
                                      "cookie",
                                      "cache-control",
                                      "age",
                                      "expires",
                                      "vary",
                                      "pragma",
                                      "content-type",
                                      "content-encoding",
                                      "content-range",
                                      "content-location",
                                      "location",
                                      "retry-after",
                                      "date",
                                      "max-forwards",
                                      "access-control-allow-origin",
                                      "content-security-policy",
                                      "x-forwarded-for",
                                      "x-forwarded-user",
                                      "gatehouse-identity",
                                      "gatehouse-x",
                                      "x_a"}) {
    CAPTURE(name);
    CHECK_FALSE(may(name));
  }
}

TEST_CASE("an upstream's trailers that are none are its own fault") {
  Arena arena;
  http::Headers out(arena);
  std::string lines = "X-Checksum : abc\r\n\r\n";
  const auto read = parse_trailers(lines, out, {}, Sender::upstream);
  REQUIRE_FALSE(read);
  CHECK(read.error().kind == ProblemKind::upstream_malformed);
  CHECK(out.size() == 0);
}

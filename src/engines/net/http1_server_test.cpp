#include <doctest/doctest.h>

#include <sys/socket.h>
#include <unistd.h>
#include <string>

#include "engines/net/server_connection.hpp"
#include "engines/net/tls.hpp"
#include "engines/net/trial_service.hpp"

namespace {
using namespace gatehouse;
using namespace gatehouse::net;

/// A client at the other end of a socket pair, and the hands on the clock.
struct Http1Trial {
  Http1Trial() {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    client = Descriptor(ends[1]);
    const int small = 16 * 1024;
    ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    Accepted accepted{Descriptor(ends[0]), {}};
    context.buffered.count_for(budget);
    ServerConnection::begin(context, std::move(accepted), nullptr, 0);
    turn();
  }
  ~Http1Trial() {
    context.close_all();
    loop->turn(0s);
  }
  void turn(int times = 4) {
    for (int i = 0; i < times; ++i) loop->turn(0s);
  }
  void pass(Duration time) {
    clock.advance(time);
    turn();
  }
  void send(std::string_view text) {
    REQUIRE(::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
    turn();
  }
  /// All that has come by now; `closed` afterwards says whether the stream has ended.
  std::string read(std::size_t bytes_max = 64 * 1024 * 1024) {
    std::string got;
    char buffer[65536];
    for (int idle = 0; idle < 3 && got.size() < bytes_max;) {
      const auto count = ::recv(client.get(), buffer, std::min(sizeof buffer, bytes_max - got.size()), 0);
      if (count > 0) got.append(buffer, static_cast<std::size_t>(count)), idle = 0;
      else if (count == 0) {
        closed = true;
        break;
      } else ++idle;
      turn(1);
    }
    return got;
  }
  void half_close() {
    ::shutdown(client.get(), SHUT_WR);
    turn();
  }
  TrialExchanger& last() { return *service.exchangers.back(); }
  [[nodiscard]] std::uint64_t budget_used() const { return budget.used(); }
  [[nodiscard]] std::size_t unsent() const { return context.first == nullptr ? 0 : context.first->unsent(); }

  ManualClock clock;
  std::unique_ptr<async::Loop> loop = async::Loop::create(clock).value();
  TrialService service;
  BufferBudget budget{std::uint64_t{1} << 40};
  ServerContext context{*loop, service};
  Descriptor client;
  bool closed = false;
};

std::size_t count_of(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + what.size())) ++count;
  return count;
}

std::string get(std::string_view target) { return "GET " + std::string(target) + " HTTP/1.1\r\nhost: a\r\n\r\n"; }
std::string post(std::string_view target, std::size_t length) {
  return "POST " + std::string(target) + " HTTP/1.1\r\nhost: a\r\ncontent-length: " + std::to_string(length) + "\r\n\r\n";
}
}  // namespace

TEST_CASE("a connection carries one request after the other") {
  Http1Trial trial;
  for (int i = 0; i < 3; ++i) {
    trial.send(get("/now"));
    CHECK(trial.read() == "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nnow");
    CHECK_FALSE(trial.closed);
  }
  CHECK(trial.context.connections == 1);
}

TEST_CASE("pipelined requests are answered in their order, also when the first takes longest") {
  Http1Trial trial;
  trial.send(get("/hold") + get("/now") + post("/echo", 4) + "body" + get("/now"));
  CHECK(trial.read().empty());
  REQUIRE(trial.service.exchangers.size() == 1);
  trial.last().release();
  trial.turn();
  const auto got = trial.read();
  CHECK(count_of(got, "HTTP/1.1 200 OK") == 4);
  CHECK(got.find("held") < got.find("now"));
  CHECK(got.find("now") < got.find("body"));
  CHECK(got.find("body") < got.rfind("now"));
}

TEST_CASE("a head that comes byte by byte is read as one that comes at once") {
  Http1Trial trial;
  for (const char c : post("/echo", 3) + "abc") trial.send({&c, 1});
  CHECK(trial.read().ends_with("\r\n\r\nabc"));
}

TEST_CASE("who pipelines and reads no answers makes the gate stop, not swell") {
  Http1Trial trial;
  std::string many;
  for (int i = 0; i < 2000; ++i) many += get("/now");
  std::size_t offered = 0, most = 0;
  for (int i = 0; i < 2000; ++i) {  // 2 MB of requests and more are on offer
    const auto count = ::send(trial.client.get(), many.data(), many.size(), MSG_NOSIGNAL);
    if (count > 0) offered += static_cast<std::size_t>(count);
    trial.turn(1);
    most = std::max(most, trial.unsent());
    if (count <= 0 && i > 1000) break;
  }
  CHECK(offered > 200'000);
  CHECK(most <= 4096);                      // the end of one answer
  CHECK(trial.budget_used() <= 32 * 1024);  // and requests that were read with it
  const auto answered = trial.service.exchangers.size();
  CHECK(count_of(trial.read(), "200 OK") > answered);  // reading sets the rest going again
}

TEST_CASE("100 Continue is sent when the body is wanted, and only then") {
  Http1Trial trial;
  trial.send("POST /echo HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n");
  CHECK(trial.read() == "HTTP/1.1 100 Continue\r\n\r\n");
  trial.send("ok");
  CHECK(trial.read().ends_with("\r\n\r\nok"));
  SUBCASE("not wanted: the answer comes instead, and the connection ends because the body may or may not follow") {
    trial.send("POST /now HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n");
    const auto got = trial.read();
    CHECK_FALSE(got.contains("100 Continue"));
    CHECK(got.contains("connection: close\r\n"));
    CHECK(trial.closed);
  }
  SUBCASE("wanted later: not before") {
    trial.send("POST /late HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n");
    CHECK(trial.read().empty());
    trial.last().ask();
    CHECK(trial.read() == "HTTP/1.1 100 Continue\r\n\r\n");
  }
}

TEST_CASE("an answer to HEAD says the length and has no body") {
  Http1Trial trial;
  trial.send("HEAD /now HTTP/1.1\r\nhost: a\r\n\r\n" + get("/now"));
  CHECK(trial.read() == "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nnow");
}

TEST_CASE("HTTP/1.0: no chunks, the end of the connection ends the answer, keep-alive only on request") {
  Http1Trial trial;
  SUBCASE("an answer of unknown length ends with the connection") {
    trial.send("GET /chunks HTTP/1.0\r\nhost: a\r\n\r\n");
    const auto got = trial.read();
    CHECK(got.ends_with("\r\n\r\none two three"));
    CHECK_FALSE(got.contains("chunked"));
    CHECK(trial.closed);
  }
  SUBCASE("kept alive when asked") {
    trial.send("GET /now HTTP/1.0\r\nhost: a\r\nconnection: keep-alive\r\n\r\n");
    CHECK(trial.read().contains("connection: keep-alive\r\n"));
    CHECK_FALSE(trial.closed);
  }
}

TEST_CASE("an answer of unknown length is chunked, and a chunked body arrives as what it holds") {
  Http1Trial trial;
  trial.send(get("/chunks"));
  CHECK(trial.read().ends_with("\r\n\r\n4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n0\r\n\r\n"));
  trial.send("POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n" + get("/now"));
  const auto got = trial.read();
  CHECK(got.contains("\r\n\r\nabcde"));
  CHECK(got.ends_with("now"));
}

TEST_CASE("a client that has shut its sending side gets its answer, to the last byte") {
  Http1Trial trial;
  SUBCASE("short") {
    trial.send(get("/hold"));
    trial.half_close();
    trial.last().release();
    CHECK(trial.read().ends_with("held"));
  }
  SUBCASE("larger than what the socket takes") {
    trial.send(get("/big"));
    trial.half_close();
    const auto got = trial.read();
    CHECK(got.size() > TrialExchanger::big_bytes);
    CHECK(trial.last().sent == TrialExchanger::big_bytes);
  }
  SUBCASE("the end of the answer is still queued when the end of the input is seen") {
    std::string echo(150 * 1024, 'e');
    trial.send(post("/echo", echo.size()));
    std::size_t sent = 0;
    while (sent < echo.size()) {
      const auto count = ::send(trial.client.get(), echo.data() + sent, echo.size() - sent, MSG_NOSIGNAL);
      if (count > 0) sent += static_cast<std::size_t>(count);
      trial.turn(1);
    }
    trial.half_close();
    REQUIRE(trial.unsent() > 0);
    CHECK(trial.read().ends_with(echo));
  }
  CHECK(trial.closed);
  CHECK(trial.context.connections == 0);
}

TEST_CASE("a body that ends with the connection is refused, and so is one whose framing breaks") {
  Http1Trial trial;
  SUBCASE("incomplete") {
    trial.send(post("/echo", 10) + "abc");
    trial.half_close();
    CHECK(trial.read().starts_with("HTTP/1.1 400 "));
    CHECK(trial.last().rule == "http.body.incomplete");
  }
  SUBCASE("bad chunk") {
    trial.send("POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n" + get("/now"));
    const auto got = trial.read();
    CHECK(got.starts_with("HTTP/1.1 400 "));
    CHECK(count_of(got, "HTTP/1.1 ") == 1);  // what follows is nobody's request
  }
  CHECK(trial.closed);
}

TEST_CASE("a connection that ends within a head is a request that was refused, one that ends between requests is none") {
  Http1Trial trial;
  std::string sent, got;
  bool refused = true;
  SUBCASE("in the first line") { sent = "GET /no"; }
  SUBCASE("in a field") { sent = "GET /now HTTP/1.1\r\nhost: a\r\nx: "; }
  SUBCASE("before the empty line") { sent = "GET /now HTTP/1.1\r\nhost: a\r\n"; }
  SUBCASE("behind a whole request") { sent = get("/now") + "GET"; }
  SUBCASE("without a byte") { refused = false; }
  SUBCASE("behind an empty line") { sent = "\r\n", refused = false; }
  SUBCASE("behind a whole request and an empty line") { sent = get("/now") + "\r\n", refused = false; }
  if (!sent.empty()) trial.send(sent);
  trial.half_close();
  got = trial.read();
  CHECK(got.contains("HTTP/1.1 400 ") == refused);
  CHECK(got.contains("HTTP/1.1 200 ") == sent.starts_with(get("/now")));
  CHECK(trial.closed);
  CHECK(trial.context.connections == 0);
}

TEST_CASE("a slow head is 408, an idle connection ends in silence") {
  Http1Trial trial;
  SUBCASE("slow head") {
    trial.send("GET /now HTTP/1.1\r\nhost: ");
    for (int i = 0; i < 9; ++i) {
      trial.pass(1s);
      trial.send("a");
    }
    CHECK(trial.read().empty());
    trial.pass(1100ms);
    CHECK(trial.read().starts_with("HTTP/1.1 408 "));
  }
  SUBCASE("idle") {
    trial.pass(74s);
    CHECK(trial.context.connections == 1);
    trial.pass(2s);
    CHECK(trial.read().empty());
  }
  CHECK(trial.closed);
}

TEST_CASE("a slow body is 408: silence, and a trickle below the rate") {
  Http1Trial trial;
  trial.send(post("/echo", 10'000'000) + "a");
  std::string rule = "connections.body_rate_min";
  SUBCASE("silence") {
    trial.pass(29s);
    CHECK(trial.read().empty());
    trial.pass(2s);
    rule = "connections.body_idle";
  }
  SUBCASE("trickle") {
    for (int i = 0; i < 8; ++i) {
      trial.pass(4s);
      trial.send("a");
    }
  }
  SUBCASE("trickle behind a fast beginning") {
    for (int i = 0; i < 50; ++i) trial.send(std::string(20'000, 'a'));
    for (int i = 0; i < 8; ++i) {
      trial.pass(4s);
      trial.send("a");
    }
  }
  CHECK(trial.last().rule == rule);
  CHECK(trial.read().starts_with("HTTP/1.1 408 "));
  CHECK(trial.closed);
  CHECK(trial.service.all_ended());
}

TEST_CASE("a steady body is not cut off, and time for which the gate paused it does not count") {
  Http1Trial trial;
  SUBCASE("steady") {
    trial.send(post("/echo", 40 * 4000));
    const std::string piece(4000, 's');
    for (int i = 0; i < 40; ++i) {
      trial.pass(10s);
      trial.send(piece);
    }
    CHECK(trial.read().starts_with("HTTP/1.1 200 "));
  }
  SUBCASE("paused") {
    trial.send(post("/slow", 10));
    trial.pass(1h);
    CHECK(trial.read().empty());
    CHECK(trial.context.connections == 1);
    trial.last().ask();
    trial.pass(20s);
    trial.send("0123456789");
    CHECK(trial.read().ends_with("0123456789"));
  }
}

TEST_CASE("an answer before the body: a little of it is dropped and the connection goes on, much of it ends it") {
  Http1Trial trial;
  SUBCASE("little") {
    trial.send(get("/now"));
    (void)trial.read();
    trial.pass(60s);
    trial.send(post("/now", 1000));
    const auto got = trial.read();
    CHECK(got.ends_with("now"));
    CHECK_FALSE(got.contains("close"));
    trial.send("x");
    trial.pass(5s);
    trial.send(std::string(999, 'x') + get("/echo"));
    CHECK(trial.read().ends_with("empty"));
    CHECK_FALSE(trial.closed);
  }
  SUBCASE("much") {
    trial.send(post("/now", 10'000'000));
    const auto got = trial.read();
    CHECK(got.contains("connection: close\r\n"));
    CHECK(got.ends_with("now"));
    CHECK(trial.closed);  // our side is shut; what the client still sends is read for a while, so that no reset eats the answer
    trial.send(std::string(50'000, 'x'));
    CHECK(trial.context.connections == 1);
    trial.pass(3s);
    CHECK(trial.context.connections == 0);
  }
  SUBCASE("of unknown length") {
    trial.send("POST /now HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n");
    CHECK(trial.read().contains("connection: close\r\n"));
    CHECK(trial.closed);
  }
}

TEST_CASE("a slow reader costs a bounded buffer, is waited for, and given up when it takes nothing") {
  Http1Trial trial;
  trial.send(get("/big"));
  CHECK(trial.unsent() > unsent_high);
  CHECK(trial.unsent() <= unsent_high + 32 * 1024);
  SUBCASE("slow") {
    std::size_t got = 0;
    for (int i = 0; i < 200 && got < TrialExchanger::big_bytes; ++i) {
      trial.pass(20s);
      got += trial.read(20'000).size();
      CHECK(trial.unsent() <= unsent_high + 32 * 1024);
    }
    got += trial.read().size();
    CHECK(got > TrialExchanger::big_bytes);
    CHECK(trial.last().drains > 5);
  }
  SUBCASE("takes nothing") {
    trial.pass(29s);
    CHECK(trial.context.connections == 1);
    trial.pass(2s);
    CHECK(trial.context.connections == 0);
    CHECK(trial.last().left);
  }
}

TEST_CASE("who takes an answer below the rate is cut off with a reset, who takes it at the rate never is") {
  Http1Trial trial;
  trial.context.limits.write.rate_min = 2400;  // the system tells of what was taken from a socket pair in steps of some KiB only
  trial.send(get("/big"));
  std::string got;
  const auto take = [&](std::size_t bytes, int seconds) {
    for (int passed = 0; passed < seconds && trial.context.connections == 1; passed += 5) {
      trial.pass(5s);
      got += trial.read(bytes);
    }
  };
  SUBCASE("a trickle") {
    take(10'000, 600);  // 2,000 bytes a second
    CHECK(trial.context.connections == 0);
    CHECK(trial.last().gone_why == Gone::slow);
    CHECK(trial.service.cuts == 1);
    CHECK(got.size() < TrialExchanger::big_bytes);
  }
  SUBCASE("a trickle behind a fast beginning") {
    got += trial.read(600'000);
    take(5'000, 120);
    CHECK(trial.context.connections == 0);
    CHECK(trial.last().gone_why == Gone::slow);
  }
  SUBCASE("nothing") {
    take(0, 40);
    CHECK(trial.context.connections == 0);
    CHECK(trial.last().gone_why == Gone::idle);
    CHECK(trial.service.cuts == 1);
  }
  SUBCASE("the rate") {
    take(15'000, 300);  // 3,000 bytes a second
    CHECK(trial.context.connections == 1);
    CHECK_FALSE(trial.last().left);
    CHECK(trial.service.cuts == 0);
  }
}

TEST_CASE("over HTTP/1.1, too, an answer with nothing to send is not slow, however long it lasts") {
  Http1Trial trial;
  trial.send(get("/feed"));
  for (int i = 0; i < 100; ++i) {
    trial.pass(1min);
    if (i % 10 == 0) trial.last().feed();
    trial.turn();
  }
  CHECK(count_of(trial.read(), "event ") == 11);
  CHECK(trial.context.connections == 1);
}

TEST_CASE("a broken answer is seen as broken") {
  Http1Trial trial;
  trial.send(get("/break"));
  CHECK(trial.read().ends_with("\r\n\r\npart"));
  CHECK(trial.closed);
}

TEST_CASE("draining ends what is idle and lets the rest be answered") {
  Http1Trial trial;
  SUBCASE("idle") { trial.context.drain(); }
  SUBCASE("busy") {
    trial.send(get("/hold") + get("/now"));
    trial.context.drain();
    trial.turn();
    CHECK(trial.context.connections == 1);
    trial.last().release();
    const auto got = trial.read();
    CHECK(got.contains("connection: close\r\n"));
    CHECK(got.ends_with("held"));
  }
  (void)trial.read();
  CHECK(trial.closed);
  trial.client.close();
  trial.pass(3s);
  CHECK(trial.context.connections == 0);
}

TEST_CASE("a client that resets takes its exchange with it, once") {
  Http1Trial trial;
  trial.send(get("/hold"));
  trial.client.close();
  trial.turn();
  CHECK(trial.last().left);
  CHECK(trial.context.connections == 0);
}

TEST_CASE("many small chunks that come together go on as one piece") {
  Http1Trial trial;
  std::string body;
  for (int i = 0; i < 500; ++i) body += "1;a=b\r\n" + std::string(1, static_cast<char>('a' + i % 26)) + "\r\n";
  trial.send("POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n" + body + "0\r\n\r\n");
  const auto got = trial.read();
  CHECK(got.contains("abcdefghijklmnopqrstuvwxyzabc"));
  CHECK(trial.last().pieces <= 2);
}

TEST_CASE("every request that is refused early has a beginning: its first byte, and no later than the refusal") {
  Http1Trial trial;
  std::string rule, first, rest = "\r\n";
  Duration pause = 2s;
  SUBCASE("no head at all") { rule = "http.line.control", first = "\x16\x03\x01\r\n"; }
  SUBCASE("a head that parses as none") { rule = "http.request-line.version", first = "GET /a b HTTP/1.1\r\nhost: a\r\n"; }
  SUBCASE("a target that is too long") { rule = "http.request-line.target", first = "GET /", rest = std::string(20'000, 'a') + " HTTP/1.1\r\n\r\n"; }
  SUBCASE("a head that is too long") { rule = "http.head.bytes", first = "GET / HTTP/1.1\r\nhost: a\r\n", rest = "a: " + std::string(80'000, 'a'); }
  SUBCASE("half a head, and the end") { rule = "http.head.incomplete", first = "GET / HTT", rest.clear(); }
  SUBCASE("half a head, and silence") { rule = "connections.head_time", first = "GET / HTT", rest.clear(), pause = 11s; }
  trial.send("GET /now HTTP/1.1\r\nhost: a\r\n\r\n");
  trial.pass(30s);  // of rest, which belongs to no request
  const auto begun = trial.clock.ticks();
  trial.send(first);
  trial.pass(pause);
  if (rest.empty()) trial.half_close();
  else if (trial.service.exchangers.size() == 1) ::send(trial.client.get(), rest.data(), rest.size(), MSG_NOSIGNAL), trial.turn(20);
  REQUIRE(trial.service.exchangers.size() == 2);
  CHECK(trial.last().rule == rule);
  CHECK(trial.last().opened == begun);
}

TEST_CASE("what came in place of a head is not shown") {
  Http1Trial trial;
  SUBCASE("the rest of a body whose length was wrong") {
    trial.send(post("/now", 3) + "{\"user\":\"anna\",\"password\":\"hunter3\"}\r\n\r\n");
    (void)trial.read();
    CHECK(trial.last().facts == "it begins with the byte 73, which begins no method");
  }
  SUBCASE("credentials without a request line") {
    trial.send("Authorization: Basic dXNlcjpwYXNz\r\n\r\n");
    CHECK(trial.last().facts == "it begins with 'A'");
  }
  SUBCASE("the query of a line that ends in a bare LF") {
    trial.send("GET /a?password=hunter2 HTTP/1.1\nhost: a\r\n\r\n");
    CHECK(trial.last().facts == "it begins with 'GET'");
  }
}

TEST_CASE("of many requests that came at once a share begins in each turn, and all are answered in their order") {
  Http1Trial trial;
  std::string many;
  for (int i = 0; i < 100; ++i) many += get("/now");
  REQUIRE(::send(trial.client.get(), many.data(), many.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(many.size()));
  for (std::size_t turn = 1; turn <= 3; ++turn) {
    trial.turn(1);
    CHECK(trial.service.exchangers.size() <= turn * requests_a_turn);
  }
  CHECK(count_of(trial.read(), "200 OK") == 100);
  CHECK(trial.service.all_ended());
}

TEST_CASE("who may not ask at all has one answer, and what it sent behind that is not read as requests") {
  Http1Trial trial;
  trial.send(get("/out") + get("/now"));
  const auto got = trial.read();
  CHECK(got.starts_with("HTTP/1.1 403 "));
  CHECK(got.contains("connection: close\r\n"));
  CHECK(trial.service.exchangers.size() == 1);
}

TEST_CASE("from half of the budget on a producer is paused as soon as anything waits for the client, and before that it is not") {
  Http1Trial trial;
  trial.budget.limit(std::uint64_t{1024} * 1024);
  Held others(trial.context.buffered);
  SUBCASE("half of it is used") { others.set(600 * 1024); }
  SUBCASE("less is") { others.set(200 * 1024); }
  const bool half = trial.budget.half_spent();
  CHECK_FALSE(trial.budget.spent());  // who sends a body is still let in
  trial.send(get("/big"));
  CHECK(trial.unsent() > 0);
  CHECK((trial.unsent() > unsent_high) != half);
  CHECK(trial.read().size() > TrialExchanger::big_bytes);  // and it goes on as it is read
  others.set(0);
}

TEST_CASE("the refusal of a HEAD request that never became whole has no body") {
  Http1Trial trial;
  SUBCASE("HEAD") {
    trial.send("HEAD /now HTTP/1.1\r\nhost: a\r\n");
    trial.half_close();
    const auto got = trial.read();
    CHECK(got.starts_with("HTTP/1.1 400 "));
    CHECK(got.ends_with("\r\n\r\n"));
  }
  SUBCASE("any other has one") {
    trial.send("GET /now HTTP/1.1\r\nhost: a\r\n");
    trial.half_close();
    CHECK(trial.read().ends_with("\r\n\r\nmalformed"));
  }
}

TEST_CASE("fields behind an answer follow its last chunk") {
  Http1Trial trial;
  trial.send("GET /sums HTTP/1.1\r\nHost: a\r\n\r\nGET /now HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto got = trial.read();
  CHECK(got.contains("transfer-encoding: chunked\r\n\r\n4\r\none \r\n3\r\ntwo\r\n0\r\nx-checksum: 7\r\netag: \"e\"\r\n\r\nHTTP/1.1 200 OK\r\n"));
  CHECK(got.ends_with("\r\n\r\nnow"));
  SUBCASE("which may be alone with them") {
    trial.send("GET /sums-alone HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(trial.read().ends_with("4\r\none \r\n0\r\nx-checksum: 7\r\netag: \"e\"\r\n\r\n"));
  }
  SUBCASE("without any there is just its end") {
    trial.send("GET /chunks HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(trial.read().ends_with("5\r\nthree\r\n0\r\n\r\n"));
  }
}

TEST_CASE("where an answer has no chunks there is no room for fields behind it") {
  Http1Trial trial;
  SUBCASE("its length is known") {
    trial.send("GET /sums-length HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto got = trial.read();
    CHECK(got.ends_with("content-length: 7\r\n\r\none two"));
    CHECK_FALSE(trial.closed);
  }
  SUBCASE("the client speaks HTTP/1.0") {
    trial.send("GET /sums HTTP/1.0\r\n\r\n");
    CHECK(trial.read().ends_with("\r\n\r\none two"));
    CHECK(trial.closed);
  }
}

TEST_CASE("where no descriptor is left the connections are closed that have rested longest, and no other") {
  Http1Trial trial;
  trial.send(get("/now"));
  trial.read();
  const auto another = [&] {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    ServerConnection::begin(trial.context, {Descriptor(ends[0]), {}}, nullptr, 0);
    trial.turn();
    return Descriptor(ends[1]);
  };
  const auto ask = [&](const Descriptor& from, std::string_view text) {
    REQUIRE(::send(from.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
    trial.turn();
  };
  const auto busy = another(), begun = another();
  ask(busy, get("/hold"));
  ask(begun, "GET /no");
  trial.pass(2s);
  const auto later = another();
  trial.pass(2s);
  const auto fresh = another();
  CHECK(trial.context.connections == 5);
  CHECK(trial.context.shed(1) == 1);
  trial.turn();
  trial.read();
  CHECK(trial.closed);  // the first one
  CHECK(trial.context.connections == 4);
  CHECK(trial.context.shed(8) == 1);
  trial.turn();
  char byte = 0;
  CHECK(::recv(later.get(), &byte, 1, 0) == 0);
  CHECK(trial.context.connections == 3);
  CHECK(trial.context.shed(8) == 0);
  ask(fresh, get("/now"));
  CHECK(::recv(fresh.get(), &byte, 1, 0) == 1);
}

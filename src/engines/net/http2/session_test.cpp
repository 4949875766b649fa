#include <doctest/doctest.h>

#include <nghttp2/nghttp2.h>
#include <sys/socket.h>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engines/net/http2/session.hpp"
#include "engines/net/server_connection.hpp"
#include "engines/net/trial_service.hpp"

namespace {
using namespace gatehouse;
using namespace gatehouse::net;

enum FrameKind : std::uint8_t { data = 0, headers = 1, priority = 2, rst_stream = 3, settings = 4, ping = 6, goaway = 7, window_update = 8 };
constexpr std::uint8_t end_stream = 1, acknowledged = 1, end_headers = 4;
using Fields = std::vector<std::pair<std::string, std::string>>;

/// A client at the other end of a socket pair that writes its frames by hand, and the hands on the clock.
struct Http2Trial {
  explicit Http2Trial(ServerLimits limits = {}, BufferBudget* budget = nullptr) {
    context.limits = limits;
    if (budget != nullptr) context.buffered.count_for(*budget);
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    client = Descriptor(ends[1]);
    REQUIRE(nghttp2_hd_inflate_new(&inflater) == 0);
    ServerConnection::begin(context, {Descriptor(ends[0]), {}}, nullptr, 0, ServerConnection::Protocol::http2);
    send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(settings, 0, 0, {}));
  }
  ~Http2Trial() {
    context.close_all();
    loop->turn(0s);
    nghttp2_hd_inflate_del(inflater);
  }
  Http2Trial(const Http2Trial&) = delete;
  Http2Trial& operator=(const Http2Trial&) = delete;

  // ---- what the client writes ----

  static std::string big_endian(std::uint32_t number) {
    std::string out;
    for (const auto shift : {24U, 16U, 8U, 0U}) out += static_cast<char>(number >> shift);
    return out;
  }
  static std::string frame(std::uint8_t kind, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
    auto out = big_endian(static_cast<std::uint32_t>(payload.size())).substr(1);
    out += static_cast<char>(kind);
    out += static_cast<char>(flags);
    return out + big_endian(stream) + std::string(payload);
  }
  /// Fields as literals without indexing (RFC 7541 section 6.2.2).
  static std::string block(const Fields& fields) {
    std::string out;
    const auto text = [&](const std::string& what) {
      auto size = what.size();
      if (size < 127) {
        out += static_cast<char>(size);
      } else {
        out += '\x7f';
        for (size -= 127; size >= 128; size /= 128) out += static_cast<char>(size % 128 + 128);
        out += static_cast<char>(size);
      }
      out += what;
    };
    for (const auto& [name, value] : fields) {
      out += '\0';
      text(name);
      text(value);
    }
    return out;
  }
  static Fields request(const std::string& method, const std::string& path, const Fields& more = {}) {
    Fields fields{{":method", method}, {":scheme", "http"}, {":authority", "a"}, {":path", path}};
    fields.insert(fields.end(), more.begin(), more.end());
    return fields;
  }
  static std::string get(std::uint32_t stream, const std::string& path) {
    return frame(headers, end_headers | end_stream, stream, block(request("GET", path)));
  }
  static std::string post(std::uint32_t stream, const std::string& path, const Fields& more = {}) {
    return frame(headers, end_headers, stream, block(request("POST", path, more)));
  }
  static std::string piece(std::uint32_t stream, std::string_view text, bool last = false) {
    return frame(data, last ? end_stream : 0, stream, text);
  }
  static std::string reset(std::uint32_t stream) { return frame(rst_stream, 0, stream, big_endian(8)); }
  static std::string window(std::uint32_t stream, std::uint32_t bytes) { return frame(window_update, 0, stream, big_endian(bytes)); }

  void send(std::string_view text) {
    while (!text.empty()) {
      const auto count = ::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (count < 0 && errno != EAGAIN) break;  // the gate has closed
      if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
      turn(1);
    }
    turn();
  }
  void turn(int times = 4) {
    for (int i = 0; i < times; ++i) loop->turn(0s);
  }
  void pass(Duration time) {
    clock.advance(time);
    turn();
  }

  /// Time passes, and at its end the bytes are there in the very turn in which the deadlines are due.
  void pass_while_sending(Duration time, std::string_view text) {
    REQUIRE(::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
    pass(time);
  }

  // ---- what the client reads ----

  struct Answer {
    std::vector<int> statuses;  // 1xx, then the final one
    std::map<std::string, std::string> fields;
    std::string body;
    bool whole = false;
    int reset_code = -1;
    std::uint32_t window = 0;  // that the gate has opened, beyond the first
    [[nodiscard]] int status() const { return statuses.empty() ? 0 : statuses.back(); }
  };

  /// Reads all that has come.
  void read() {
    char buffer[65536];
    for (int nothing = 0; nothing < 3;) {
      const auto count = ::recv(client.get(), buffer, sizeof buffer, 0);
      if (count > 0) bytes.append(buffer, static_cast<std::size_t>(count)), nothing = 0;
      else ++nothing;
      closed |= count == 0;
      turn(1);
    }
    while (bytes.size() >= 9) {
      const auto at = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes[i])); };
      const auto size = at(0) << 16U | at(1) << 8U | at(2);
      if (bytes.size() < 9 + size) break;
      see(static_cast<std::uint8_t>(at(3)), static_cast<std::uint8_t>(at(4)), at(7) << 8U | at(8), bytes.substr(9, size));
      bytes.erase(0, 9 + size);
    }
  }
  void see(std::uint8_t kind, std::uint8_t flags, std::uint32_t stream, const std::string& payload) {
    const auto number = [&](std::size_t from) {
      std::uint32_t out = 0;
      for (std::size_t i = from; i < from + 4; ++i) out = out << 8U | static_cast<std::uint8_t>(payload[i]);
      return out;
    };
    auto& answer = answers[stream];
    if (kind == headers) inflate(payload, answer);
    if (kind == data) answer.body += payload;
    if ((kind == headers || kind == data) && (flags & end_stream) != 0) answer.whole = true;
    if (kind == window_update) answer.window += number(0);
    if (kind == rst_stream) answer.reset_code = static_cast<int>(number(0));
    if (kind == goaway) goaways.emplace_back(number(0), number(4));
    if (kind == ping && (flags & acknowledged) != 0) ++pongs;
  }
  void inflate(const std::string& payload, Answer& answer) {
    auto* at = reinterpret_cast<const std::uint8_t*>(payload.data());
    auto left = payload.size();
    for (;;) {
      nghttp2_nv field;
      int flags = 0;
      const auto used = nghttp2_hd_inflate_hd2(inflater, &field, &flags, at, left, 1);
      REQUIRE(used >= 0);
      at += used;
      left -= static_cast<std::size_t>(used);
      if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
        const std::string name(reinterpret_cast<char*>(field.name), field.namelen), value(reinterpret_cast<char*>(field.value), field.valuelen);
        if (name == ":status") answer.statuses.push_back(std::stoi(value));
        else answer.fields[name] = value;
      }
      if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
    }
    nghttp2_hd_inflate_end_headers(inflater);
  }
  /// What has come on a stream by now.
  const Answer& answer(std::uint32_t stream) {
    read();
    return answers[stream];
  }
  /// A request on the next stream is answered as usual.
  bool serves_others(std::uint32_t stream) {
    send(get(stream, "/now"));
    return answer(stream).body == "now";
  }
  TrialExchanger& last() { return *service.exchangers.back(); }

  ManualClock clock;
  std::unique_ptr<async::Loop> loop = async::Loop::create(clock).value();
  TrialService service;
  ServerContext context{*loop, service};
  Descriptor client;
  nghttp2_hd_inflater* inflater = nullptr;
  std::string bytes;
  std::map<std::uint32_t, Answer> answers;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> goaways;  // last stream, code
  int pongs = 0;
  bool closed = false;
};

constexpr std::uint32_t protocol_error = 1, calm = 11, no_error = 0;
}  // namespace

TEST_CASE("requests on several streams are answered, each on its own, in whatever order they are done") {
  Http2Trial trial;
  trial.send(trial.get(1, "/hold") + trial.get(3, "/now") + trial.get(5, "/chunks"));
  CHECK(trial.answer(1).statuses.empty());
  CHECK(trial.answer(3).body == "now");
  CHECK(trial.answer(3).fields.at("content-length") == "3");
  CHECK(trial.answer(5).body == "one two three");
  CHECK(trial.answer(5).whole);
  trial.service.exchangers.front()->release();
  trial.turn();
  CHECK(trial.answer(1).body == "held");
  CHECK(trial.answer(1).whole);
  CHECK(trial.service.all_ended());
}

TEST_CASE("many answers of one turn arrive whole, whether they come within the reading of requests or after it") {
  Http2Trial trial;
  std::string many;
  for (std::uint32_t stream = 1; stream < 200; stream += 2) many += trial.get(stream, stream % 4 == 1 ? "/now" : "/hold");
  trial.send(many);
  for (auto& exchanger : trial.service.exchangers) exchanger->release();
  trial.turn();
  for (std::uint32_t stream = 1; stream < 200; stream += 2) {
    CAPTURE(stream);
    CHECK(trial.answer(stream).body == (stream % 4 == 1 ? "now" : "held"));
    CHECK(trial.answers[stream].whole);
  }
}

TEST_CASE("a body comes in pieces and is answered") {
  Http2Trial trial;
  trial.send(trial.post(1, "/echo") + trial.piece(1, "one ") + trial.piece(1, "two "));
  trial.send(trial.piece(1, "three", true));
  CHECK(trial.answer(1).body == "one two three");
}

TEST_CASE("an answer to HEAD says the length and has no body") {
  Http2Trial trial;
  trial.send(trial.frame(headers, end_headers | end_stream, 1, trial.block(trial.request("HEAD", "/now"))));
  CHECK(trial.answer(1).fields.at("content-length") == "3");
  CHECK(trial.answer(1).body.empty());
  CHECK(trial.answer(1).whole);
}

TEST_CASE("100 (Continue) is sent when the body of an HTTP/2 request is wanted, and only then") {
  Http2Trial trial;
  trial.send(trial.post(1, "/late", {{"expect", "100-continue"}}));
  CHECK(trial.answer(1).statuses.empty());
  trial.last().ask();
  trial.turn();
  CHECK(trial.answer(1).statuses == std::vector{100});
  trial.send(trial.piece(1, "ok", true));
  CHECK(trial.answer(1).statuses == std::vector{100, 200});
  CHECK(trial.answer(1).body == "ok");
}

TEST_CASE("an HTTP/2 request that expects anything but 100 (Continue) is refused as over HTTP/1.1") {
  Http2Trial trial;
  trial.send(trial.frame(headers, end_headers | end_stream, 1, trial.block(trial.request("GET", "/now", {{"expect", "a-miracle"}}))));
  CHECK(trial.answer(1).statuses == std::vector{417});
  trial.send(trial.frame(headers, end_headers | end_stream, 3, trial.block(trial.request("GET", "/now", {{"expect", "100-Continue"}}))));
  CHECK(trial.answer(3).statuses == std::vector{200});
}

TEST_CASE("many large answers that wait for each other end whole") {
  // An answer may end while another is told that there is room again: it must not be told then, it is gone.
  Http2Trial trial;
  std::string asked = trial.window(0, 1'000'000'000);
  for (std::uint32_t stream = 1; stream < 60; stream += 2) asked += trial.get(stream, "/big") + trial.window(stream, 10'000'000);
  trial.send(asked);
  for (int i = 0; i < 2000 && !trial.answer(59).whole; ++i) trial.turn();
  for (std::uint32_t stream = 1; stream < 60; stream += 2) REQUIRE(trial.answer(stream).body.size() == TrialExchanger::big_bytes);
}

TEST_CASE("more streams than are allowed, before the client can know that, are no misbehaviour") {
  Http2Trial trial;
  std::string asked;
  for (std::uint32_t stream = 1; stream < 400; stream += 2) asked += trial.get(stream, "/hold");
  trial.send(asked);
  CHECK(trial.answer(399).reset_code == 7);  // REFUSED_STREAM
  CHECK(trial.service.faults.empty());
}

TEST_CASE("a client that opens no window costs a bounded buffer and holds up nobody else") {
  Http2Trial trial;
  trial.send(trial.window(0, 10'000'000) + trial.get(1, "/big"));
  constexpr std::size_t window = 65'535, waiting = unsent_high + 32 * 1024;
  CHECK(trial.answer(1).body.size() == window);
  CHECK(trial.last().sent <= window + waiting);
  CHECK(trial.serves_others(3));
  SUBCASE("it goes on as the window opens") {
    for (int i = 0; i < 100 && !trial.answer(1).whole; ++i) trial.send(trial.window(1, 20'000));
    CHECK(trial.answer(1).body == std::string(TrialExchanger::big_bytes, 'b'));
    CHECK(trial.service.exchangers.front()->drains > 5);
  }
  SUBCASE("it is reset after the time for which nothing was taken, alone") {
    trial.pass(29s);
    CHECK(trial.answer(1).reset_code == -1);
    trial.pass(6s);
    trial.pass(6s);
    CHECK(trial.answer(1).reset_code == 8);
    CHECK(trial.service.exchangers.front()->left);
    CHECK(trial.serves_others(5));
  }
}

TEST_CASE("a client that resets a stream takes its exchange with it, once, and nothing else") {
  Http2Trial trial;
  trial.send(trial.get(1, "/hold") + trial.get(3, "/hold"));
  trial.send(trial.reset(1));
  CHECK(trial.service.exchangers[0]->left);
  CHECK_FALSE(trial.service.exchangers[1]->left);
  trial.service.exchangers[1]->release();
  trial.turn();
  CHECK(trial.answer(3).body == "held");
  SUBCASE("also in the middle of an answer") {
    trial.send(trial.window(0, 1'000'000) + trial.get(5, "/big"));
    CHECK(trial.answer(5).body.size() > 0);
    trial.send(trial.reset(5));
    CHECK(trial.last().left);
    CHECK(trial.serves_others(7));
  }
}

TEST_CASE("a broken answer is a reset stream") {
  Http2Trial trial;
  trial.send(trial.get(1, "/break"));
  CHECK(trial.answer(1).reset_code == 2);
  CHECK_FALSE(trial.answer(1).whole);
  CHECK(trial.serves_others(3));
}

// curl 7.88 throws away an answer behind which the stream is reset at once.
TEST_CASE("an answer before the body comes alone; what was under way is dropped, and only later is the rest called off") {
  Http2Trial trial;
  trial.send(trial.post(1, "/now") + trial.piece(1, "some of it"));
  CHECK(trial.answer(1).body == "now");
  CHECK(trial.answer(1).whole);
  CHECK(trial.answer(1).reset_code == -1);
  SUBCASE("the body ends: so does the stream, without a reset") {
    trial.send(trial.piece(1, "and the end", true));
    CHECK(trial.serves_others(3));
    trial.pass(10s);
    CHECK(trial.answer(1).reset_code == -1);
  }
  SUBCASE("it ends with trailers") {
    trial.send(trial.frame(headers, end_headers | end_stream, 1, trial.block({{"x-sum", "7"}})));
    trial.pass(10s);
    CHECK(trial.answer(1).reset_code == -1);
  }
  SUBCASE("it does not end: after a while the client is told that the rest is not needed") {
    trial.pass(1s);
    CHECK(trial.answer(1).reset_code == -1);
    trial.pass(3s);
    CHECK(trial.answer(1).reset_code == 0);  // NO_ERROR (RFC 9113 section 8.1)
    trial.send(trial.piece(1, "what was under way", true));
  }
  SUBCASE("nor does a client that keeps sending put that off") {
    for (int i = 0; i < 4; ++i) trial.pass_while_sending(1s, trial.piece(1, "more"));
    CHECK(trial.answer(1).reset_code == 0);
  }
  CHECK(trial.goaways.empty());
  CHECK(trial.serves_others(5));
}

TEST_CASE("of a body that was answered before it came no more than the stream's window is taken") {
  constexpr std::size_t window = 65'535;
  const std::string piece(window / 5, 'u');
  for (const auto& target :
       {std::string("/now"), std::string("/hold"), "/" + std::string(9000, 'a')}) {  // at once, while it waited, its head refused
    CAPTURE(target.substr(0, 9));
    for (const bool heeds_the_window : {true, false}) {
      CAPTURE(heeds_the_window);
      Http2Trial trial;
      trial.send(trial.post(1, target));
      if (target == "/hold") trial.last().release();
      trial.turn();
      CHECK(trial.answer(1).whole);
      for (std::size_t sent = 0; sent < window; sent += piece.size()) trial.send(trial.piece(1, piece));
      CHECK(trial.answer(1).window == 0);
      CHECK(trial.answer(1).reset_code == -1);
      if (heeds_the_window) trial.pass(4s);
      else trial.send(trial.piece(1, "x"));
      CHECK(trial.answer(1).reset_code == (heeds_the_window ? 0 : 3));  // NO_ERROR, FLOW_CONTROL_ERROR
      CHECK(trial.goaways.empty());
      CHECK(trial.serves_others(3));
    }
  }
}

TEST_CASE("bodies that are dropped take nothing from the connection's window") {
  Http2Trial trial;
  const std::string piece(16'000, 'u');
  std::uint32_t stream = 1;
  for (; stream < 20; stream += 2) {  // 640,000 bytes of 262,144
    trial.send(trial.post(stream, "/now"));
    for (int i = 0; i < 4; ++i) trial.send(trial.piece(stream, piece));
    CHECK(trial.answer(stream).whole);
  }
  CHECK(trial.goaways.empty());
  trial.send(trial.post(stream, "/echo") + trial.piece(stream, piece, true));
  CHECK(trial.answer(stream).body == piece);
}

TEST_CASE("a client that resets what was answered before its body came is no flood of resets, one that calls off requests is") {
  ServerLimits limits;
  limits.http2.resets_max = 5;
  Http2Trial trial(limits);
  bool answered = false;
  SUBCASE("called off") {}
  SUBCASE("answered") { answered = true; }
  std::uint32_t stream = 1;
  for (int i = 0; i < 8; ++i, stream += 2) {
    trial.send(trial.post(stream, answered ? "/now" : "/hold"));
    trial.read();
    trial.send(trial.reset(stream));
  }
  trial.read();
  CHECK(trial.closed == !answered);
  CHECK(trial.service.faults.empty() == answered);
  if (answered) CHECK(trial.serves_others(stream));
}

TEST_CASE("what was kept of a body is given back as soon as its answer is complete") {
  BufferBudget budget(1'000'000);
  Http2Trial trial({}, &budget);
  trial.send(trial.post(1, "/hold") + trial.piece(1, std::string(16'384, 'u')) + trial.piece(1, std::string(16'384, 'u')));
  CHECK(budget.used() == 32'768);
  trial.last().release();
  trial.turn();
  CHECK(trial.answer(1).body == "held");
  CHECK(budget.used() == 0);
  CHECK(trial.answer(1).reset_code == -1);
}

TEST_CASE("draining says GOAWAY, ends what is idle and lets the rest be answered") {
  Http2Trial trial;
  SUBCASE("idle") {
    trial.context.drain();
    trial.turn();
  }
  SUBCASE("busy") {
    trial.send(trial.get(1, "/hold"));
    trial.context.drain();
    trial.turn();
    trial.read();
    CHECK_FALSE(trial.closed);
    REQUIRE(trial.goaways.size() == 1);
    CHECK(trial.goaways[0] == std::pair{1U, no_error});
    trial.send(trial.get(3, "/now"));  // not any more
    CHECK(trial.answer(3).statuses.empty());
    trial.service.exchangers.front()->release();
    trial.turn();
    CHECK(trial.answer(1).body == "held");
  }
  trial.read();
  CHECK(trial.closed);
  CHECK(trial.goaways.size() == 1);
}

TEST_CASE("a connection ends after its number of requests, and what the client sent meanwhile is served") {
  ServerLimits limits;
  limits.requests = 3;
  Http2Trial trial(limits);
  trial.send(trial.get(1, "/now") + trial.get(3, "/now"));
  trial.read();
  CHECK(trial.goaways.empty());
  trial.send(trial.get(5, "/now"));
  CHECK(trial.answer(5).body == "now");
  REQUIRE(trial.goaways.size() == 1);
  CHECK(trial.goaways[0] == std::pair{0x7FFFFFFFU, no_error});
  CHECK(trial.serves_others(7));  // it was under way
  trial.pass(1100ms);
  trial.read();
  REQUIRE(trial.goaways.size() == 2);
  CHECK(trial.goaways[1] == std::pair{7U, no_error});
  CHECK(trial.closed);
}

TEST_CASE("a client that does not heed the notice gets as many streams more as may be open at once") {
  ServerLimits limits;
  limits.requests = 1;
  limits.http2.concurrent_streams = 4;
  Http2Trial trial(limits);
  std::uint32_t stream = 1;
  for (; stream < 100 && trial.goaways.size() < 2; stream += 2) {
    trial.send(trial.get(stream, "/now"));
    trial.read();
  }
  CHECK(trial.service.exchangers.size() == 5);
  trial.read();
  CHECK(trial.closed);
}

TEST_CASE("a flood of frames that cost nothing ends the connection, a few of them do not") {
  Http2Trial trial;
  const auto ping = trial.frame(FrameKind::ping, 0, 0, "12345678");
  std::string many;
  SUBCASE("a few") {
    for (int i = 0; i < 50; ++i) many += ping;
    trial.send(many);
    trial.read();
    CHECK(trial.pongs == 50);
    CHECK(trial.serves_others(1));
  }
  SUBCASE("many in one window") {
    for (int i = 0; i < 1100 && !trial.closed; ++i) {
      trial.send(ping);
      trial.read();
    }
    REQUIRE(trial.goaways.size() == 1);
    CHECK(trial.goaways[0].second == calm);
    CHECK(trial.service.faults == std::vector<std::string>{"http2-control-flood"});
    CHECK(trial.closed);
  }
  SUBCASE("as many over a long time") {
    for (int i = 0; i < 22; ++i) {
      for (int j = 0; j < 50; ++j) trial.send(ping);
      trial.send(trial.get(static_cast<std::uint32_t>(2 * i + 1), "/now"));
      trial.read();
      trial.pass(5s);
    }
    CHECK(trial.pongs == 1100);
    CHECK_FALSE(trial.closed);
  }
  SUBCASE("streams that are reset as soon as they are opened (CVE-2023-44487)") {
    for (std::uint32_t stream = 1; stream < 1200; stream += 2) many += trial.get(stream, "/hold") + trial.reset(stream);
    trial.send(many);
    trial.read();
    REQUIRE(trial.goaways.size() == 1);
    CHECK(trial.goaways[0].second == calm);
    CHECK(trial.closed);
    CHECK(trial.service.exchangers.size() == 201);
    CHECK(trial.service.faults == std::vector<std::string>{"http2-reset-flood"});
    CHECK(trial.service.all_ended());
  }
}

TEST_CASE("frames that cost nothing and resets are counted in the window that was set, up to its end and not beyond") {
  ServerLimits limits;
  limits.http2.control_frames_max = 20;
  limits.http2.resets_max = 12;
  limits.http2.flood_window = 30s;
  Http2Trial trial(limits);  // its SETTINGS frame is the first of the twenty, and begins the window
  const auto ping = trial.frame(FrameKind::ping, 0, 0, "12345678");
  std::uint32_t stream = 1;
  const auto pings = [&](int count) {
    for (int i = 0; i < count; ++i) trial.send(ping);
    trial.read();
  };
  const auto resets = [&](int count) {
    for (int i = 0; i < count; ++i, stream += 2) trial.send(trial.get(stream, "/hold") + trial.reset(stream));
    trial.read();
  };
  const auto calmed = [&](const char* fault) {
    REQUIRE(trial.goaways.size() == 1);
    CHECK(trial.goaways[0].second == calm);
    CHECK(trial.closed);
    CHECK(trial.service.faults == std::vector<std::string>{fault});
  };
  pings(19);
  CHECK(trial.pongs == 19);  // all at once: a third of the window has no bound of its own
  SUBCASE("one more at the end of the window") {
    trial.pass(29s);
    pings(1);
    calmed("http2-control-flood");
  }
  SUBCASE("as many in the next window") {
    trial.pass(30s);
    pings(20);
    CHECK(trial.pongs == 39);
    CHECK(trial.serves_others(1));
  }
  SUBCASE("resets: as many as are allowed at once, and one more at the end of the window") {
    resets(12);
    CHECK_FALSE(trial.closed);
    trial.pass(29s);
    resets(1);
    calmed("http2-reset-flood");
  }
  SUBCASE("resets: as many as are allowed in half a window, and as many after it") {
    resets(6);
    trial.pass(15s);
    resets(6);
    trial.pass(15s);
    resets(12);
    CHECK_FALSE(trial.closed);
    CHECK(trial.serves_others(stream));
  }
}

TEST_CASE("a head that does not end in its time ends the connection, one that comes in pieces is read") {
  Http2Trial trial;
  const auto block = trial.block(trial.request("GET", "/now"));
  trial.send(trial.frame(headers, end_stream, 1, block.substr(0, 10)));
  SUBCASE("in pieces") {
    trial.pass(4s);
    trial.send(trial.frame(9, end_headers, 1, block.substr(10)));
    CHECK(trial.answer(1).body == "now");
  }
  SUBCASE("never") {
    for (int i = 0; i < 3; ++i) trial.pass(5s);
    trial.read();
    CHECK(trial.service.faults == std::vector<std::string>{"http2-head-timeout"});
    REQUIRE(trial.goaways.size() == 1);
    CHECK(trial.goaways[0].second == calm);
    CHECK(trial.closed);
    CHECK(trial.service.all_ended());
  }
}

TEST_CASE("a slow body of a stream is 408, whatever else the connection does meanwhile") {
  Http2Trial trial;
  trial.send(trial.post(1, "/echo") + trial.piece(1, "a"));
  SUBCASE("silence") {
    trial.pass(25s);
    CHECK(trial.answer(1).statuses.empty());
    for (int i = 0; i < 3; ++i) trial.pass(5s);
  }
  SUBCASE("silence amid pings") {
    for (int i = 0; i < 10; ++i) {
      trial.pass(4s);
      trial.send(trial.frame(ping, 0, 0, "12345678"));
    }
  }
  SUBCASE("silence while something else comes in every turn") {
    for (int i = 0; i < 20; ++i) trial.pass_while_sending(2s, trial.frame(ping, 0, 0, "12345678"));
  }
  SUBCASE("a trickle below the rate") {
    for (int i = 0; i < 10; ++i) {
      trial.pass(4s);
      trial.send(trial.piece(1, "a"));
    }
  }
  CHECK(trial.answer(1).status() == 408);
  CHECK(trial.last().rule == "connections.body_idle");
  CHECK(trial.serves_others(3));
}

TEST_CASE("a steady body of a stream is not cut off, nor one that the gate has paused") {
  Http2Trial trial;
  SUBCASE("steady") {
    trial.send(trial.post(1, "/echo"));
    for (int i = 0; i < 20; ++i) {
      trial.pass(10s);
      trial.send(trial.piece(1, std::string(4000, 's'), i == 19));
    }
    CHECK(trial.answer(1).status() == 200);
  }
  SUBCASE("paused") {
    trial.send(trial.post(1, "/slow"));
    trial.pass(1h);
    CHECK(trial.answer(1).statuses.empty());
    trial.last().ask();
    trial.pass(20s);
    trial.send(trial.piece(1, "0123456789", true));
    CHECK(trial.answer(1).body == "0123456789");
  }
}

TEST_CASE("an idle connection ends after its time, which no ping prolongs and no answered request shortens") {
  Http2Trial trial;
  trial.send(trial.get(1, "/now"));
  CHECK(trial.answer(1).body == "now");
  for (int i = 0; i < 18; ++i) {
    trial.pass(4s);
    trial.send(trial.frame(ping, 0, 0, "12345678"));
  }
  trial.read();
  CHECK(trial.pongs == 18);
  CHECK(trial.context.connections == 1);  // 72 s
  SUBCASE("idle to the end") {
    trial.pass(4s);
    trial.read();
    CHECK(trial.closed);
    REQUIRE(trial.goaways.size() == 1);
    CHECK(trial.goaways[0].second == no_error);
  }
  SUBCASE("a request is what counts") {
    CHECK(trial.serves_others(3));
    trial.pass(70s);
    trial.read();
    CHECK_FALSE(trial.closed);
  }
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

TEST_CASE("uploads that nobody reads at present hold up no other upload of their connection") {
  Http2Trial trial;
  const std::string piece(16'000, 'u');
  for (std::uint32_t stream = 1; stream <= 15; stream += 2) {
    trial.send(trial.post(stream, "/slow"));
    for (int i = 0; i < 4; ++i) trial.send(trial.piece(stream, piece));
  }
  std::string body;
  trial.send(trial.post(17, "/echo"));
  for (int i = 0; i < 4; ++i) {
    trial.send(trial.piece(17, piece, i == 3));
    body += piece;
  }
  CHECK(trial.answer(17).body == body);
  SUBCASE("a stream's own window stays shut until its bytes are taken") {
    trial.send(trial.piece(1, piece));       // 80,000 bytes of 65,535
    CHECK(trial.answer(1).reset_code == 3);  // FLOW_CONTROL_ERROR
  }
  SUBCASE("and opens when they are") {
    trial.send(trial.window(0, 1'000'000) + trial.window(1, 1'000'000));
    trial.service.exchangers.front()->ask();
    trial.turn();
    trial.read();
    trial.send(trial.piece(1, piece, true));
    CHECK(trial.answer(1).body.size() == 5 * piece.size());
  }
}

TEST_CASE("over the budget of buffered bytes an upload that would have to be kept is refused, one that is read is not") {
  BufferBudget budget(32 * 1024);
  Http2Trial trial({}, &budget);
  const std::string piece(16'000, 'u');
  trial.send(trial.post(1, "/slow"));
  for (int i = 0; i < 4; ++i) trial.send(trial.piece(1, piece));
  CHECK(trial.answer(1).status() == 503);
  CHECK(trial.service.exchangers.front()->rule == "memory.bodies_max");
  trial.send(trial.post(3, "/echo") + trial.piece(3, "small", true));
  CHECK(trial.answer(3).body == "small");
}

TEST_CASE("what is not HTTP/2 at all is closed, and a client that goes away takes all its exchanges with it") {
  Http2Trial trial;
  SUBCASE("noise behind the preface") {
    trial.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    trial.read();
    CHECK(trial.closed);
    CHECK_FALSE(trial.service.faults.empty());
  }
  SUBCASE("gone") {
    trial.send(trial.get(1, "/hold") + trial.post(3, "/slow") + trial.get(5, "/big"));
    trial.client.close();
    trial.turn();
    CHECK(trial.context.connections == 0);
  }
  CHECK(trial.service.all_ended());
}

TEST_CASE("who may not ask at all is told so with a GOAWAY behind it, and its further streams are passed over without an answer") {
  Http2Trial trial;
  std::string many = trial.get(1, "/hold") + trial.get(3, "/out");
  for (std::uint32_t id = 5; id < 105; id += 2) many += trial.get(id, "/now");
  trial.send(many);
  CHECK(trial.answer(3).status() == 403);
  CHECK(trial.answer(3).body == "out");
  CHECK(trial.answer(3).whole);
  REQUIRE(trial.goaways.size() == 1);
  CHECK(trial.goaways[0] == std::pair<std::uint32_t, std::uint32_t>{3, NGHTTP2_NO_ERROR});
  CHECK(trial.service.exchangers.size() == 2);
  CHECK(trial.answer(5).statuses.empty());
  SUBCASE("what was under way before is still answered, then the connection ends") {
    CHECK_FALSE(trial.closed);
    trial.service.exchangers[0]->release();
    CHECK(trial.answer(1).body == "held");
    trial.pass(3s);
    trial.read();
    CHECK(trial.closed);
  }
  SUBCASE("nor can it go on asking for ever behind the GOAWAY") {
    for (std::uint32_t id = 105; id < 3000 && !trial.closed; id += 2) {
      trial.send(trial.get(id, "/now"));
      if (id % 100 == 5) trial.read();
    }
    CHECK(trial.service.exchangers.size() == 2);
    trial.pass(3s);
    trial.read();
    CHECK(trial.closed);
  }
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

TEST_CASE("of refusals that a client without a window does not take a few are kept and the others reset, but no answer of another kind") {
  Http2Trial trial;
  const std::string no_window = std::string("\0\x04", 2) + trial.big_endian(0);
  trial.send(trial.frame(settings, 0, 0, no_window));
  const auto ask_for = [&](const std::string& path) {
    std::string many;
    for (std::uint32_t id = 1; id < 81; id += 2) many += trial.get(id, path);
    trial.send(many);
    std::size_t resets = 0;
    for (std::uint32_t id = 1; id < 81; id += 2) resets += trial.answer(id).reset_code == NGHTTP2_ENHANCE_YOUR_CALM;
    return resets;
  };
  SUBCASE("refusals") {
    CHECK(ask_for("/no") == 40 - http2::refusals_kept);
    trial.send(trial.window(1, 100));
    CHECK(trial.answer(1).body == "no");
    CHECK(trial.answer(79).reset_code == NGHTTP2_ENHANCE_YOUR_CALM);
  }
  SUBCASE("others") {
    CHECK(ask_for("/now") == 0);
    trial.send(trial.window(79, 100));
    CHECK(trial.answer(79).body == "now");
  }
}

#include "engines/net/http2/session_trial.hpp"

namespace {
using namespace gatehouse;
using namespace gatehouse::net;
using namespace gatehouse::net::http2::trial;
}  // namespace

TEST_CASE("a body comes in pieces and is answered") {
  Http2Trial trial;
  trial.send(trial.post(1, "/echo") + trial.piece(1, "one ") + trial.piece(1, "two "));
  trial.send(trial.piece(1, "three", true));
  CHECK(trial.answer(1).body == "one two three");
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

TEST_CASE("what was kept of a body is given back as soon as its answer is complete") {
  BufferBudget budget(1'000'000);
  Http2Trial trial({}, &budget);
  trial.send(trial.post(1, "/hold") + trial.piece(1, std::string(16'384, 'u')) + trial.piece(1, std::string(16'384, 'u')));
  constexpr std::uint64_t stream_itself = 2048;
  CHECK(budget.used() > 32'768);
  CHECK(budget.used() < 32'768 + stream_itself);
  trial.last().release();
  trial.turn();
  CHECK(trial.answer(1).body == "held");
  CHECK(budget.used() < stream_itself);
  CHECK(trial.answer(1).reset_code == -1);
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

TEST_CASE("fields behind an answer come behind all of its body, and end the stream") {
  Http2Trial trial;
  const std::map<std::string, std::string> sums{{"x-checksum", "7"}, {"etag", "\"e\""}};
  trial.send(trial.get(1, "/sums") + trial.get(3, "/sums-alone") + trial.get(5, "/sums-late") + trial.get(7, "/chunks"));
  CHECK(trial.answer(1).body == "one two");
  CHECK(trial.answer(1).trailers == sums);
  CHECK(trial.answer(1).whole);
  CHECK(trial.answer(3).body == "one ");
  CHECK(trial.answer(3).trailers == sums);
  CHECK(trial.answer(3).whole);
  CHECK(trial.answer(5).trailers.empty());
  CHECK_FALSE(trial.answer(5).whole);
  trial.service.exchangers[2]->release();
  trial.turn();
  CHECK(trial.answer(5).body == "one two");
  CHECK(trial.answer(5).trailers == sums);
  CHECK(trial.answer(5).whole);
  CHECK(trial.answer(7).trailers.empty());
  CHECK(trial.serves_others(9));
}

TEST_CASE("fields behind an answer wait until the client's window has let all of its body out, and are counted meanwhile") {
  BufferBudget budget(std::uint64_t{1} << 40);
  Http2Trial trial({}, &budget);
  trial.send(trial.frame(FrameKind::settings, 0, 0, std::string("\0\4\0\0\0\2", 6)));  // a window of two bytes
  trial.send(trial.get(1, "/sums"));
  CHECK(trial.answer(1).body == "on");
  CHECK(trial.answer(1).trailers.empty());
  SUBCASE("the window opens") {
    trial.send(trial.window(1, 100));
    CHECK(trial.answer(1).body == "one two");
    CHECK(trial.answer(1).trailers.size() == 2);
    CHECK(trial.answer(1).whole);
    CHECK(trial.answer(1).reset_code == -1);
  }
  SUBCASE("it never does: the answer does not end as if it were whole") {
    for (int i = 0; i < 10; ++i) trial.pass(10s);
    CHECK(trial.answer(1).trailers.empty());
    CHECK_FALSE(trial.answer(1).whole);
    CHECK(trial.answer(1).reset_code == 8);
  }
}

TEST_CASE("an answer of which only the end waits for a window has the time that any other has") {
  Http2Trial trial;
  trial.send(trial.frame(FrameKind::settings, 0, 0, std::string("\0\4\0\0\0\4", 6)));
  trial.send(trial.get(1, "/sums-alone-late"));
  CHECK(trial.answer(1).body == "one ");
  trial.last().release();
  trial.turn();
  CHECK(trial.answer(1).reset_code == -1);
  SUBCASE("it opens") {
    trial.send(trial.window(1, 1));
    CHECK(trial.answer(1).whole);
    for (int i = 0; i < 10; ++i) trial.pass(5s);
    CHECK(trial.answer(1).reset_code == -1);
  }
  SUBCASE("it never does") {
    for (int i = 0; i < 10; ++i) trial.pass(5s);
    CHECK(trial.answer(1).reset_code == 8);
    CHECK_FALSE(trial.answer(1).whole);
  }
}

TEST_CASE("a body in frames of one byte is handed on in as many pieces as there were reads") {
  Http2Trial trial;
  const auto drops = [&](std::uint32_t stream, std::size_t count) {
    std::string many;
    for (std::size_t i = 0; i < count; ++i) many += trial.piece(stream, std::string_view(&"abcdefghij"[i % 10], 1));
    return many;
  };
  trial.send(trial.post(1, "/echo") + drops(1, 1000) + trial.post(3, "/echo") + drops(3, 10));
  CHECK(trial.service.exchangers[0]->pieces <= 2);
  CHECK(trial.service.exchangers[0]->body.size() == 1000);  // it need not wait for the rest
  trial.send(drops(3, 10) + trial.piece(1, std::string(8000, 'x')) + drops(1, 5) + trial.piece(1, "", true) + trial.piece(3, "end", true));
  CHECK(trial.service.exchangers[0]->pieces <= 5);
  std::string whole;
  for (int i = 0; i < 100; ++i) whole += "abcdefghij";
  CHECK(trial.answer(1).body == whole + std::string(8000, 'x') + "abcde");
  CHECK(trial.answer(3).body == "abcdefghijabcdefghijend");
  CHECK(trial.service.exchangers[1]->pieces <= 3);
  SUBCASE("whatever ends the stream in the same read") {
    trial.send(trial.post(5, "/echo") + drops(5, 10) + trial.reset(5));
    CHECK(trial.last().left);
    CHECK(trial.last().body.empty());
  }
  SUBCASE("more than a window of it, which opens again") {
    trial.send(trial.post(5, "/echo"));
    for (int i = 0; i < 200; ++i) trial.send(drops(5, 1000));
    trial.send(trial.window(0, 1 << 20) + trial.window(5, 1 << 20) + trial.piece(5, "", true));
    CHECK(trial.answer(5).body.size() == 200'000);
  }
  CHECK(trial.service.all_ended());
}

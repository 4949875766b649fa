#include "engines/net/http2/session_trial.hpp"

namespace {
using namespace gatehouse;
using namespace gatehouse::net;
using namespace gatehouse::net::http2::trial;
}  // namespace

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

TEST_CASE("a connection that has ended stays for as long as its client takes the rest of an answer, however slowly, and no longer") {
  Http2Trial trial;
  trial.send(trial.window(0, 1'000'000) + trial.frame(http2::trial::settings, 0, 0, std::string("\0\4\0\x10\0\0", 6)) + trial.get(1, "/big"));
  trial.context.drain();
  trial.turn();
  SUBCASE("it takes all of it") {
    for (int i = 0; i < 60 && !trial.closed; ++i) {
      REQUIRE(trial.context.connections == 1);
      trial.read(40'000);
      trial.pass(5s);
    }
    CHECK(trial.answer(1).whole);
    trial.pass(5s);
    CHECK(trial.context.connections == 0);
  }
  SUBCASE("it takes nothing") {
    trial.pass(5s);
    CHECK(trial.context.connections == 1);
    for (int i = 0; i < 20; ++i) trial.pass(2s);
    CHECK(trial.context.connections == 0);
  }
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

TEST_CASE("where no descriptor is left a client without open streams is told GOAWAY and its connection closed; one that waits is left alone") {
  Http2Trial trial;
  SUBCASE("resting") {
    trial.send(trial.get(1, "/now"));
    CHECK(trial.answer(1).body == "now");
    trial.pass(2s);
    CHECK(trial.context.shed(8) == 1);
    trial.turn();
    trial.read();
    REQUIRE(trial.goaways.size() == 1);
    CHECK(trial.goaways.front() == std::pair<std::uint32_t, std::uint32_t>{1, no_error});
    CHECK(trial.closed);
  }
  SUBCASE("waiting") {
    trial.send(trial.get(1, "/hold"));
    trial.pass(2s);
    CHECK(trial.context.shed(8) == 0);
    CHECK(trial.serves_others(3));
  }
}

TEST_CASE(
    "what comes on a stream that the client has ended is an error of the connection, however its frames are cut; on one that we ended it is passed over") {
  constexpr std::uint32_t stream_closed = 5;
  Http2Trial trial;
  const auto errs = [&](const std::string& text) {
    SUBCASE("at once") { trial.send(text); }
    SUBCASE("byte by byte") {
      for (const char byte : text) trial.send({&byte, 1});
    }
    trial.read();
    REQUIRE(trial.goaways.size() == 1);
    CHECK(trial.goaways.front().second == stream_closed);
  };
  SUBCASE("DATA behind END_STREAM and the answer") {
    trial.send(trial.get(1, "/now"));
    CHECK(trial.answer(1).whole);
    errs(trial.piece(1, "more"));
  }
  SUBCASE("HEADERS behind END_STREAM and the answer") {
    trial.send(trial.get(1, "/now"));
    CHECK(trial.answer(1).whole);
    errs(trial.get(1, "/now"));
  }
  SUBCASE("DATA behind its reset") {
    trial.send(trial.post(1, "/hold") + trial.reset(1));
    errs(trial.piece(1, "more"));
  }
  SUBCASE("many streams later") {
    for (std::uint32_t id = 1; id < 200; id += 2) trial.send(trial.get(id, "/now"));
    CHECK(trial.answer(199).whole);
    errs(trial.piece(3, "more"));
  }
  SUBCASE("what was under way when we reset") {
    trial.send(trial.post(1, "/now") + trial.piece(1, "some"));
    CHECK(trial.answer(1).whole);
    trial.pass(6s);
    CHECK(trial.answer(1).reset_code == 0);
    trial.send(trial.piece(1, "more") + trial.piece(1, "and more", true));
    CHECK(trial.serves_others(3));
    CHECK(trial.goaways.empty());
  }
  SUBCASE("the same where a stream before it was skipped, which may not be opened any more") {
    trial.send(trial.get(1, "/now") + trial.post(5, "/now") + trial.piece(5, "some"));
    CHECK(trial.answer(5).whole);
    trial.pass(6s);
    CHECK(trial.answer(5).reset_code == 0);
    trial.send(trial.piece(5, "more") + trial.frame(headers, end_headers | end_stream, 5, trial.block({{"x-sum", "7"}})));
    CHECK(trial.serves_others(7));
    CHECK(trial.goaways.empty());
    trial.send(trial.get(3, "/now"));
    trial.read();
    REQUIRE(trial.goaways.size() == 1);
    CHECK(trial.goaways.front().second == protocol_error);
  }
  SUBCASE("a stream that is opened in the same read as its body comes") {
    trial.send(trial.post(1, "/echo") + trial.piece(1, "one ") + trial.post(3, "/echo") + trial.piece(3, "two", true) +
               trial.piece(1, "three", true));
    CHECK(trial.answer(1).body == "one three");
    CHECK(trial.answer(3).body == "two");
    CHECK(trial.goaways.empty());
  }
}

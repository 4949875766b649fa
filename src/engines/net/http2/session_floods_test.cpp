#include "engines/net/http2/session.hpp"
#include "engines/net/http2/session_trial.hpp"

namespace {
using namespace gatehouse;
using namespace gatehouse::net;
using namespace gatehouse::net::http2::trial;
}  // namespace

TEST_CASE("more streams than are allowed, before the client can know that, are no misbehaviour") {
  Http2Trial trial;
  std::string asked;
  for (std::uint32_t stream = 1; stream < 400; stream += 2) asked += trial.get(stream, "/hold");
  trial.send(asked);
  CHECK(trial.answer(399).reset_code == 7);  // REFUSED_STREAM
  CHECK(trial.service.faults.empty());
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

TEST_CASE("a client that makes the gate reset its streams is a flood of resets as one that resets them itself") {
  ServerLimits limits;
  limits.http2.resets_max = 5;
  Http2Trial trial(limits);
  std::string wrong;
  SUBCASE("a body that is longer than announced") { wrong = "12345"; }
  SUBCASE("a body that is shorter than announced") { wrong = "1"; }
  SUBCASE("neither: as long as announced") { wrong = "123"; }
  std::uint32_t stream = 1;
  for (int i = 0; i < 8; ++i, stream += 2) {
    trial.send(trial.post(stream, "/hold", {{"content-length", "3"}}) + trial.piece(stream, wrong, true));
    trial.read();
  }
  const bool broken = wrong != "123";
  CHECK(trial.closed == broken);
  CHECK(trial.service.faults.empty() == !broken);
  if (!broken) return;
  CHECK(trial.goaways.back().second == calm);
  CHECK(trial.answers[1].reset_code == static_cast<int>(protocol_error));
  CHECK(trial.service.exchangers.front()->rule == "http2.message");
  CHECK(trial.service.faults.back() == "http2-reset-flood");
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

TEST_CASE("frames that cost nothing and resets are counted over any stretch of the length that was set, and not much beyond") {
  ServerLimits limits;
  limits.http2.control_frames_max = 20;
  limits.http2.resets_max = 12;
  limits.http2.flood_window = 30s;
  Http2Trial trial(limits);  // its SETTINGS frame is the first of the twenty
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
  SUBCASE("one more at its end") {
    trial.pass(29s);
    pings(1);
    calmed("http2-control-flood");
  }
  SUBCASE("as many after it, and an eighth") {
    trial.pass(34s);
    pings(20);
    CHECK(trial.pongs == 39);
    CHECK(trial.serves_others(1));
  }
  SUBCASE("resets: as many as are allowed at once, and one more at its end") {
    resets(12);
    CHECK_FALSE(trial.closed);
    trial.pass(29s);
    resets(1);
    calmed("http2-reset-flood");
  }
  SUBCASE("resets: across the border of a window that began with the first of them no more pass than in it") {
    resets(1);
    trial.pass(29s);
    resets(11);
    CHECK_FALSE(trial.closed);
    trial.pass(2s);
    resets(1);
    calmed("http2-reset-flood");
  }
  SUBCASE("resets: steadily, as many as are allowed in each half of it") {
    for (int i = 0; i < 4; ++i) {  // nghttp2 counts, too, and by a clock that a test does not hold: twice as many at once
      resets(6);
      trial.pass(20s);
    }
    CHECK_FALSE(trial.closed);
    CHECK(trial.serves_others(stream));
  }
}

TEST_CASE("of refusals that a client without a window does not take a few are kept and the others reset, but no answer of another kind") {
  Http2Trial trial;
  const std::string no_window = std::string("\0\x04", 2) + trial.big_endian(0);
  trial.send(trial.frame(http2::trial::settings, 0, 0, no_window));
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

TEST_CASE("when the budget is spent the connections end that hold most of what nobody reads; who sends or waits for an answer goes on") {
  BufferBudget budget(380 * 1024);
  Http2Trial trial({}, &budget);
  trial.send(trial.get(1, "/hold") + trial.post(3, "/slow"));
  for (int i = 0; i < 3; ++i) trial.send(trial.piece(3, std::string(16'000, 'u')));
  const auto crowd = [&](std::uint32_t streams) {
    std::string many = trial.frame(http2::trial::settings, 0, 0, std::string("\0\x04", 2) + trial.big_endian(0));
    for (std::uint32_t id = 1; id < 2 * streams; id += 2) many += trial.get(id, "/now");
    return trial.connect(many);
  };
  std::vector<Descriptor> crowds;
  crowds.push_back(crowd(100));
  crowds.push_back(crowd(120));
  crowds.push_back(crowd(60));
  SUBCASE("spent") {
    crowds.push_back(crowd(110));
    REQUIRE(budget.spent());
    trial.pass(500ms);
    CHECK(trial.context.connections == 5);  // they might read yet
    trial.pass(600ms);
    trial.pass(300ms);
    CHECK_FALSE(budget.spent());
    CHECK(budget.excess() == 0);
    CHECK(trial.context.connections == 3);
    CHECK(trial.service.cuts == 2);
    char byte = 0;
    const auto ended = [&](std::size_t i) {
      for (;;)
        if (const auto count = ::recv(crowds[i].get(), &byte, 1, 0); count <= 0) return count == 0 || errno == ECONNRESET;
    };
    CHECK_FALSE(ended(0));
    CHECK(ended(1));
    CHECK_FALSE(ended(2));
    CHECK(ended(3));
  }
  SUBCASE("not spent") {
    REQUIRE_FALSE(budget.spent());
    for (int i = 0; i < 10; ++i) trial.pass(300ms);
    CHECK(trial.context.connections == 4);
    CHECK(trial.service.cuts == 0);
  }
  trial.service.exchangers.front()->release();
  trial.turn();
  CHECK(trial.answer(1).body == "held");
  CHECK(trial.serves_others(5));
}

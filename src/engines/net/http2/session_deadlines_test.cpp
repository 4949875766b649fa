#include "engines/net/http2/session_trial.hpp"

namespace {
using namespace gatehouse;
using namespace gatehouse::net;
using namespace gatehouse::net::http2::trial;
}  // namespace

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
  std::string rule = "connections.body_idle";
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
    rule = "connections.body_rate_min";
    for (int i = 0; i < 10; ++i) {
      trial.pass(4s);
      trial.send(trial.piece(1, "a"));
    }
  }
  CHECK(trial.answer(1).status() == 408);
  CHECK(trial.last().rule == rule);
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

TEST_CASE("a body that waits behind another one of its client is not slow while that one comes, and is when nothing comes") {
  Http2Trial trial;
  trial.send(trial.post(1, "/echo") + trial.post(3, "/echo") + trial.piece(3, "a"));
  for (int i = 0; i < 20; ++i) {
    trial.pass(5s);
    trial.send(trial.piece(1, std::string(2000, 's'), i == 19));
  }
  CHECK(trial.answer(1).status() == 200);
  CHECK(trial.answer(3).statuses.empty());
  SUBCASE("it comes then") {
    trial.pass(20s);
    trial.send(trial.piece(3, "b", true));
    CHECK(trial.answer(3).status() == 200);
  }
  SUBCASE("it does not") {
    for (int i = 0; i < 10; ++i) trial.pass(5s);
    CHECK(trial.answer(3).status() == 408);
  }
}

TEST_CASE("a body is not excused by another one that comes too slowly for both") {
  Http2Trial trial;
  trial.send(trial.post(1, "/echo") + trial.post(3, "/echo") + trial.piece(3, "a"));
  for (int i = 0; i < 20; ++i) {
    trial.pass(5s);
    trial.send(trial.piece(1, std::string(700, 's')));  // 140 B/s: enough for one
  }
  CHECK(trial.answer(3).status() == 408);
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

TEST_CASE("an answer that a client takes below the rate is reset alone and its exchange ended, one that it takes at the rate never is") {
  Http2Trial trial;
  trial.send(trial.window(0, 10'000'000) + trial.get(1, "/big"));
  trial.read();
  auto& exchanger = trial.last();
  const auto take = [&](std::uint32_t bytes, int seconds) {
    for (int passed = 0; passed < seconds && trial.answers[1].reset_code == -1; passed += 5) {
      trial.send(trial.window(1, bytes));
      trial.pass(5s);
      trial.read();
    }
  };
  SUBCASE("a trickle") {
    take(1000, 300);  // 200 bytes a second
    CHECK(trial.answer(1).reset_code == 8);
    CHECK(exchanger.gone_why == Gone::slow);
    CHECK(trial.service.cuts == 1);
  }
  SUBCASE("a trickle behind a fast beginning") {
    trial.send(trial.window(1, 700'000));
    trial.read();
    take(10, 60);
    CHECK(trial.answer(1).reset_code == 8);
    CHECK(exchanger.gone_why == Gone::slow);
  }
  SUBCASE("the rate") {
    take(1250, 1000);  // 250 bytes a second
    CHECK(trial.answer(1).reset_code == -1);
    CHECK_FALSE(exchanger.left);
    CHECK(trial.service.cuts == 0);
  }
  CHECK(trial.serves_others(3));
}

TEST_CASE("an answer that is cut off gives back what it holds at once, also when the reset itself cannot leave") {
  BufferBudget budget(10'000'000);
  Http2Trial trial({}, &budget);
  trial.send(trial.window(0, 10'000'000) + trial.get(1, "/big") + trial.window(1, 10'000'000) + trial.get(3, "/big"));
  REQUIRE(budget.used() > unsent_high);
  // Nothing is read from the socket: the connection ends, but its streams may be looked at before.
  for (int i = 0; i < 8; ++i) trial.pass(5s);
  for (const auto& exchanger : trial.service.exchangers) {
    CHECK(exchanger->left);
    CHECK(exchanger->gone_why == Gone::idle);
  }
  CHECK(trial.context.connections == 0);
  CHECK(budget.used() == 0);
}

TEST_CASE("a stream that waits behind another is not slow while the client takes what it is sent") {
  Http2Trial trial;
  // The second depends on the first one (RFC 7540 section 5.3), and gets nothing before that has ended.
  const auto behind =
      trial.frame(headers, end_headers | end_stream | 0x20, 3, trial.big_endian(1) + '\x10' + trial.block(trial.request("GET", "/big")));
  trial.send(trial.window(0, 10'000'000) + trial.get(1, "/big") + trial.window(1, 10'000'000) + behind + trial.window(3, 10'000'000));
  const auto first = trial.answer(3).body.size();
  std::size_t most = 0;
  for (int i = 0; i < 40; ++i) {
    trial.pass(5s);
    trial.read(10'000);
    most = std::max(most, trial.answers[1].body.size());
  }
  CHECK(trial.answers[1].reset_code == -1);
  CHECK(trial.answers[3].reset_code == -1);
  CHECK(trial.service.cuts == 0);
  CAPTURE(most);
  CAPTURE(first);
}

TEST_CASE("an answer with nothing to send is not slow, however long it lasts") {
  Http2Trial trial;
  trial.send(trial.get(1, "/feed"));
  for (int i = 0; i < 100; ++i) {
    trial.pass(1min);
    if (i % 10 == 0) trial.service.exchangers.front()->feed();
    trial.turn();
  }
  CHECK(trial.answer(1).body.size() == 11 * 6);
  CHECK(trial.answer(1).reset_code == -1);
  CHECK_FALSE(trial.service.exchangers.front()->left);
}

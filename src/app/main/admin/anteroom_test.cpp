#include "app/main/admin/anteroom.hpp"

#include <doctest/doctest.h>

#include <sys/socket.h>

#include <string_view>

#include "ground/base/assert.hpp"

using namespace gatehouse;
using namespace gatehouse::main;
using namespace std::chrono_literals;

namespace {
/// The client's ends of what waits, in the order in which they came.
struct Visitors {
  explicit Visitors(AnteroomLimits limits) : room(limits) {}
  std::size_t come(bool known) {
    int pair[2];
    GH_ASSERT(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    ends.emplace_back(pair[0]);
    room.admit(Descriptor(pair[1]), known, now);
    return ends.size() - 1;
  }
  void say(std::size_t who, std::string_view text) const {
    GH_ASSERT(::send(ends[who].get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
  }
  [[nodiscard]] bool was_sent_away(std::size_t who) const {
    char byte;
    return ::recv(ends[who].get(), &byte, 1, MSG_DONTWAIT) == 0;
  }
  std::vector<Anteroom::Heard> listen() {
    std::vector<pollfd> polled;
    room.append_to(polled);
    GH_ASSERT(::poll(polled.data(), polled.size(), 0) >= 0);
    return room.listen(polled, now);
  }
  Anteroom room;
  Ticks now{};
  std::vector<Descriptor> ends;
};
}  // namespace

TEST_CASE("anteroom: a line is handed on when it is there whole, whoever came first") {
  Visitors visitors({});
  const auto slow = visitors.come(true), quick = visitors.come(true);
  visitors.say(slow, "{\"do\":");
  visitors.say(quick, "{}\nmore");
  auto heard = visitors.listen();
  REQUIRE(heard.size() == 1);
  CHECK(heard[0].line.value() == "{}");
  CHECK(visitors.room.size() == 1);
  visitors.say(slow, "1}\n");
  heard = visitors.listen();
  REQUIRE(heard.size() == 1);
  CHECK(heard[0].line.value() == "{\"do\":1}");
  CHECK(visitors.room.wait(visitors.now) == -1);
}

TEST_CASE("anteroom: strangers who say nothing keep out neither other strangers nor those who are known") {
  Visitors visitors({.strangers_max = 4, .known_max = 2});
  const auto own = visitors.come(true);
  for (int i = 0; i < 20; ++i) visitors.come(false);
  CHECK(visitors.room.size() == 5);
  CHECK_FALSE(visitors.was_sent_away(own));
  CHECK(visitors.was_sent_away(own + 1));  // the one that had waited longest
  const auto last = visitors.come(false);
  visitors.say(last, "{}\n");
  visitors.say(own, "{}\n");
  const auto heard = visitors.listen();
  REQUIRE(heard.size() == 2);
  CHECK(heard[0].known);
  CHECK_FALSE(heard[1].known);
}

TEST_CASE("anteroom: the lines of strangers are bounded together, those of the known each by itself") {
  Visitors visitors({.strangers_bytes_max = 1000, .known_line_bytes_max = 5000, .line_bytes_max = 900});
  const std::string some(800, 'x');
  const auto own = visitors.come(true), first = visitors.come(false), second = visitors.come(false);
  for (const auto who : {own, first, second}) visitors.say(who, some);
  CHECK(visitors.listen().empty());
  CHECK(visitors.was_sent_away(first));
  CHECK_FALSE(visitors.was_sent_away(second));
  visitors.say(own, std::string(4000, 'x'));  // 4800 by now
  CHECK(visitors.listen().empty());
  visitors.say(second, std::string(150, 'x'));  // 950
  auto heard = visitors.listen();
  REQUIRE(heard.size() == 1);
  CHECK_FALSE(heard[0].known);
  CHECK(heard[0].line.error().fault == Fault::exhausted);
  visitors.say(own, std::string(500, 'x'));
  heard = visitors.listen();
  REQUIRE(heard.size() == 1);
  CHECK(heard[0].known);
  CHECK(heard[0].line.error().fault == Fault::exhausted);
}

TEST_CASE("anteroom: who does not finish its line in time, or leaves, is told or forgotten") {
  Visitors visitors({.patience = 30s});
  const auto slow = visitors.come(true);
  visitors.say(slow, "{");
  visitors.now += 10s;
  const auto leaving = visitors.come(false);
  visitors.ends[leaving].close();
  auto heard = visitors.listen();
  REQUIRE(heard.size() == 1);
  CHECK(heard[0].line.error().fault == Fault::unavailable);
  CHECK(visitors.room.wait(visitors.now) == 20'000);
  visitors.now += 20s;
  heard = visitors.listen();
  REQUIRE(heard.size() == 1);
  CHECK(heard[0].line.error().told.contains("too slow"));
  CHECK(visitors.room.size() == 0);
}

#include "engines/net/pace.hpp"

#include <doctest/doctest.h>

namespace {
using namespace gatehouse;
using namespace gatehouse::net;
constexpr PaceLimits paced{.idle = 30s, .rate_min = 100};
constexpr Ticks at(Duration time) { return Ticks{1h + time}; }
}  // namespace

TEST_CASE("pace: a silence, and a trickle below the rate, are two verdicts") {
  Pace pace;
  CHECK(pace.verdict(at(10h), paced) == PaceVerdict::good);  // nothing is due
  pace.begin(at(0s), paced);
  SUBCASE("silence") {
    CHECK(pace.verdict(at(29s), paced) == PaceVerdict::good);
    CHECK(pace.verdict(at(30s), paced) == PaceVerdict::idle);
  }
  SUBCASE("trickle") {
    for (int i = 1; i <= 31; ++i) {
      CAPTURE(i);
      pace.moved(at(i * 1s), 10, paced);
      CHECK(pace.verdict(at(i * 1s), paced) == PaceVerdict::good);  // 10 bytes a second buy a tenth of the time that passes
    }
    CHECK(pace.deadline(paced) == at(33100ms));
    CHECK(pace.verdict(at(33100ms), paced) == PaceVerdict::slow);
  }
  SUBCASE("a trickle where no rate is asked for") {
    constexpr PaceLimits unpaced{.idle = 30s, .rate_min = 0};
    for (int i = 1; i <= 100; ++i) {
      pace.moved(at(i * 29s), 1, unpaced);
      CHECK(pace.verdict(at(i * 29s), unpaced) == PaceVerdict::good);
    }
    CHECK(pace.verdict(at(100 * 29s + 30s), unpaced) == PaceVerdict::idle);
  }
  SUBCASE("the rate, in one piece for each of the longest silences") {
    for (int i = 1; i <= 100; ++i) {
      pace.moved(at(i * 29s), 2900, paced);
      CHECK(pace.verdict(at(i * 29s), paced) == PaceVerdict::good);
    }
  }
}

TEST_CASE("pace: a fast beginning buys no slow end") {
  Pace pace;
  pace.begin(at(0s), paced);
  pace.moved(at(1s), std::uint64_t{1} << 40U, paced);
  CHECK(pace.deadline(paced) == at(31s));
  int seconds = 1;
  for (; seconds < 1000; ++seconds) {
    pace.moved(at(seconds * 1s), 1, paced);
    if (pace.verdict(at(seconds * 1s), paced) != PaceVerdict::good) break;
  }
  CHECK(seconds == 32);
}

TEST_CASE("pace: time in which nothing is due does not count, and gives back what was used") {
  Pace pace;
  pace.begin(at(0s), paced);
  pace.rest(at(20s), paced);
  CHECK(pace.deadline(paced) == Ticks::max());
  SUBCASE("a moment of rest is no fresh start") {
    pace.begin(at(20s), paced);
    pace.moved(at(21s), 1, paced);
    CHECK(pace.deadline(paced) == at(30s) + 10ms);
  }
  SUBCASE("half of it") {
    pace.begin(at(30s), paced);
    pace.moved(at(31s), 1, paced);
    CHECK(pace.deadline(paced) == at(50s) + 10ms);
  }
  SUBCASE("a long rest is one") {
    pace.begin(at(10h), paced);
    pace.moved(at(10h + 1s), 1, paced);
    CHECK(pace.deadline(paced) == at(10h + 30s) + 10ms);
  }
  SUBCASE("bytes that nobody waited for buy nothing") {
    pace.moved(at(20s), 1'000'000, paced);
    pace.begin(at(20s), paced);
    pace.moved(at(21s), 1, paced);
    CHECK(pace.deadline(paced) == at(30s) + 10ms);
  }
}

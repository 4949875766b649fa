#include <doctest/doctest.h>

#include <array>

#include "ground/base/arena.hpp"
#include "ground/base/clock_trust.hpp"
#include "ground/base/encoding.hpp"
#include "ground/base/random.hpp"
#include "ground/base/result.hpp"
#include "ground/base/secret.hpp"
#include "ground/base/text.hpp"
#include "ground/base/time.hpp"

using namespace gatehouse;

namespace {
Result<int> half(int number) {
  if (number % 2 != 0) return refuse(Fault::invalid, "odd");
  return number / 2;
}
Result<int> quarter(int number) { return half(TRY(half(number))); }
Result<> only_even(int number) {
  CHECK_OK(half(number));
  return {};
}
}  // namespace

TEST_CASE("TRY hands on the value, or returns the error from the function") {
  CHECK(quarter(8).value() == 2);
  CHECK(quarter(6).error().told == "odd");
  CHECK(only_even(2).has_value());
  CHECK(only_even(3).error().fault == Fault::invalid);
}

TEST_CASE("an error made with fail() tells the caller nothing") {
  const auto error = fail(Fault::internal, "disk full");
  CHECK(error.told.empty());
  CHECK(to_text(error) == "disk full");
}

TEST_CASE("what the caller is told and why read as one sentence") {
  CHECK(to_text(refuse(Fault::unauthenticated, "The token is malformed.", "one part instead of three")) ==
        "The token is malformed: one part instead of three");
  CHECK(to_text(refuse(Fault::invalid, "no token", "an empty file")) == "no token: an empty file");
  CHECK(to_text(refuse(Fault::invalid, "The token is malformed.")) == "The token is malformed.");
}

TEST_CASE("base64url takes only the canonical form") {
  CHECK(encoding::to_base64url(as_bytes("\xff\xfe\xfd")) == "__79");
  CHECK(encoding::from_base64url("__79") == "\xff\xfe\xfd");
  CHECK(encoding::from_base64url("Zg") == "f");
  CHECK_FALSE(encoding::from_base64url("Zh"));    // stray bits
  CHECK_FALSE(encoding::from_base64url("Zg=="));  // padding
  CHECK_FALSE(encoding::from_base64url("Zg\n"));
  CHECK_FALSE(encoding::from_base64url("Z"));
  CHECK_FALSE(encoding::from_base64url("+/+/"));
}

TEST_CASE("base64url there and back is the same for every length") {
  SeededRandom random(7);
  for (std::size_t size = 0; size < 70; ++size) {
    std::string data(size, '\0');
    random.fill({reinterpret_cast<std::uint8_t*>(data.data()), data.size()});
    CHECK(encoding::from_base64url(encoding::to_base64url(as_bytes(data))) == data);
    CHECK(encoding::from_hex(encoding::to_hex(as_bytes(data))) == data);
  }
}

TEST_CASE("base62 of a number and of its bytes agree") {
  CHECK(encoding::to_base62(61, 2) == "0z");
  CHECK(encoding::to_base62(62, 2) == "10");
  const std::array<std::uint8_t, 4> bytes{0x12, 0x34, 0x56, 0x78};
  CHECK(encoding::to_base62(bytes, 6) == encoding::to_base62(0x12345678, 6));
}

TEST_CASE("crc32 gives the check value of the standard") { CHECK(encoding::crc32("123456789") == 0xCBF43926U); }

TEST_CASE("UTF-8 is judged by RFC 3629") {
  CHECK(text::is_utf8("plain"));
  CHECK(text::is_utf8("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"));
  CHECK_FALSE(text::is_utf8("\xc0\xaf"));          // overlong
  CHECK_FALSE(text::is_utf8("\xe0\x80\xaf"));      // overlong
  CHECK_FALSE(text::is_utf8("\xed\xa0\x80"));      // surrogate
  CHECK_FALSE(text::is_utf8("\xf4\x90\x80\x80"));  // above U+10FFFF
  CHECK_FALSE(text::is_utf8("\xe2\x82"));          // cut short
  CHECK_FALSE(text::is_utf8("\x80"));
}

TEST_CASE("a number is digits only, within its type") {
  CHECK(text::parse_number<std::uint8_t>("255") == 255);
  CHECK_FALSE(text::parse_number<std::uint8_t>("256"));
  CHECK_FALSE(text::parse_number<std::uint64_t>("+1"));
  CHECK_FALSE(text::parse_number<std::uint64_t>("1 "));
  CHECK_FALSE(text::parse_number<std::uint64_t>(""));
}

TEST_CASE("nearest names the typo's word and is silent about strangers") {
  const std::array<std::string_view, 3> names{"upstreams", "routes", "listen"};
  CHECK(text::nearest("upsteams", names) == "upstreams");
  CHECK(text::nearest("rotues", names) == "routes");
  CHECK_FALSE(text::nearest("colour", names));
}

TEST_CASE("a secret that was moved from is empty") {
  Secret a(std::string("hunter2"));
  Secret b(std::move(a));
  CHECK(b.reveal() == "hunter2");
  CHECK(a.empty());
  CHECK(equal_constant_time("abc", "abc"));
  CHECK_FALSE(equal_constant_time("abc", "abd"));
  CHECK_FALSE(equal_constant_time("abc", "ab"));
}

TEST_CASE("what an arena handed out keeps its place until reset") {
  Arena arena(64);
  const auto first = arena.copy("first");
  for (int i = 0; i < 100; ++i) (void)arena.copy("0123456789");
  CHECK(first == "first");
  CHECK(arena.concat({"a", "", "bc"}) == "abc");
  const auto numbers = arena.array<std::uint64_t>(3);
  CHECK(reinterpret_cast<std::uintptr_t>(numbers.data()) % alignof(std::uint64_t) == 0);
  arena.reset();
  CHECK(arena.used() == 0);
}

TEST_CASE("a manual clock moves only when it is moved") {
  ManualClock clock;
  const auto before = clock.now();
  clock.advance(90s);
  CHECK(clock.now() - before == 90s);
  CHECK(unix_seconds(clock.now()) - unix_seconds(before) == 90);
}

TEST_CASE("a clock that runs is believed, and one that was set forward only after a day") {
  ManualClock clock;
  ClockTrust trust;
  const auto believes = [&] { return trust.believes(clock.now(), clock.ticks()); };
  CHECK(believes());
  clock.advance(24h * 4000);  // nobody asked for long
  CHECK(believes());
  clock.set(clock.now() + 59min);  // slewed
  CHECK(believes());
  clock.set(clock.now() + 2min);
  CHECK_FALSE(believes());
  clock.advance(23h);
  CHECK_FALSE(believes());
  clock.advance(1h);
  CHECK(believes());
  clock.advance(1s);
  CHECK(believes());
}

TEST_CASE("a clock that is set right again is believed at once, and not one that is set back by a part of what it was wrong") {
  ManualClock clock;
  ClockTrust trust;
  const auto believes = [&] { return trust.believes(clock.now(), clock.ticks()); };
  const auto set_by = [&](Duration by) { clock.set(clock.now() + by); };
  CHECK(believes());
  set_by(24h * 3650);
  CHECK_FALSE(believes());
  set_by(-24h);
  CHECK_FALSE(believes());
  clock.advance(23h);
  set_by(24h);  // again another time: the day begins anew
  CHECK_FALSE(believes());
  clock.advance(2h);
  CHECK_FALSE(believes());
  set_by(-24h * 3650);
  CHECK(believes());
  set_by(-24h * 10);  // nothing becomes older by that
  CHECK(believes());
  set_by(24h * 10);
  CHECK_FALSE(believes());
}

TEST_CASE("a first time that nothing speaks for is believed after a day") {
  ManualClock clock;
  ClockTrust trust(false);
  CHECK_FALSE(trust.believes(clock.now(), clock.ticks()));
  clock.advance(24h - 1s);
  CHECK_FALSE(trust.believes(clock.now(), clock.ticks()));
  clock.advance(1s);
  CHECK(trust.believes(clock.now(), clock.ticks()));
}

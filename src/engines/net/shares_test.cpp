#include "engines/net/shares.hpp"

#include <doctest/doctest.h>

#include <map>

#include "ground/base/random.hpp"

namespace {
using gatehouse::net::Shares;

std::uint64_t holder_of(gatehouse::SeededRandom& random) {
  std::array<std::uint8_t, 8> bytes;
  random.fill(bytes);
  std::uint64_t number = 0;
  for (const auto byte : bytes) number = number << 8U | byte;
  return number | 1U;  // not nobody
}
}  // namespace

TEST_CASE("shares: the greedy ones together leave as many free as each of them has, and a newcomer finds one") {
  gatehouse::SeededRandom random(1);
  constexpr std::size_t total = 1024;
  for (const std::size_t greedy : {1U, 2U, 4U, 10U, 31U}) {
    CAPTURE(greedy);
    Shares shares;
    std::vector<std::uint64_t> holders;
    for (std::size_t i = 0; i < greedy; ++i) holders.push_back(holder_of(random));
    std::size_t taken = 0;
    for (bool any = true; any;) {  // in turn, until none is given another
      any = false;
      for (const auto holder : holders) {
        if (!shares.may_take(holder, total - taken)) continue;
        shares.take(holder);
        ++taken;
        any = true;
      }
    }
    CHECK(total - taken >= total / (greedy + 1));
    for (const auto holder : holders) {
      CHECK(shares.held(holder) >= total / (greedy + 1) - 1);  // and nothing is kept from them for nobody
      CHECK(shares.held(holder) <= total / (greedy + 1) + 1);
    }
    CHECK(shares.may_take(holder_of(random), total - taken));
  }
}

TEST_CASE("shares: what is given back can be taken again, by the same holder or by another") {
  gatehouse::SeededRandom random(2);
  Shares shares;
  const auto one = holder_of(random), other = holder_of(random);
  CHECK(shares.may_take(one, 1));
  shares.take(one);
  CHECK_FALSE(shares.may_take(one, 1));
  CHECK(shares.may_take(one, 2));
  CHECK(shares.may_take(other, 1));
  CHECK_FALSE(shares.may_take(other, 0));
  shares.give_back(one);
  CHECK(shares.may_take(one, 1));
  CHECK(shares.held(one) == 0);
}

TEST_CASE("shares: nobody in particular has no share, and is bounded by what is free elsewhere") {
  Shares shares;
  for (int i = 0; i < 100; ++i) shares.take(Shares::nobody);
  CHECK(shares.may_take(Shares::nobody, 1));
  CHECK(shares.held(Shares::nobody) == 0);
  shares.give_back(Shares::nobody);
}

TEST_CASE("shares: a thousand holders of one each take nothing from each other, whoever comes next") {
  gatehouse::SeededRandom random(3);
  constexpr std::size_t total = 1024;
  Shares shares;
  for (std::size_t taken = 0; taken < 1000; ++taken) {
    const auto holder = holder_of(random);
    REQUIRE(shares.may_take(holder, total - taken));
    shares.take(holder);
    REQUIRE(shares.held(holder) == 1);
  }
  CHECK(shares.holders() == 1000);
}

TEST_CASE("shares: whatever is taken and given back in whatever order, each holder has what it has") {
  gatehouse::SeededRandom random(4);
  std::vector<std::uint64_t> holders;
  for (std::uint64_t i = 0; i < 40; ++i) holders.push_back(i % 2 == 0 ? holder_of(random) : 2 * i + 1);  // and some that are neighbours
  Shares shares;
  std::map<std::uint64_t, std::uint32_t> truth;
  for (int step = 0; step < 20'000; ++step) {
    const auto number = holder_of(random);
    const auto holder = holders[number / 4 % holders.size()];
    if ((number & 2U) != 0) shares.take(holder), ++truth[holder];
    else if (truth[holder] > 0) shares.give_back(holder), --truth[holder];
    if (step % 16 != 0) continue;
    std::size_t some = 0;
    for (const auto one : holders) {
      REQUIRE(shares.held(one) == truth[one]);
      some += truth[one] > 0;
    }
    REQUIRE(shares.holders() == some);
  }
}

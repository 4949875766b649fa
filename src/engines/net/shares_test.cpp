#include "engines/net/shares.hpp"

#include <doctest/doctest.h>

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

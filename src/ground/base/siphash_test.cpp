#include <doctest/doctest.h>

#include "ground/base/siphash.hpp"

using namespace gatehouse;
using namespace gatehouse::siphash;

TEST_CASE("SipHash gives the values of its authors' and of another implementation") {
  constexpr Seed seed{0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL};
  const auto text = [](Hash hash) { return encoding::to_hex({reinterpret_cast<const std::uint8_t*>(&hash), sizeof hash}); };
  std::array<std::uint8_t, 16> input{};
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<std::uint8_t>(i);
  CHECK(text(hash_bytes<2, 4>(seed, {})) == "a3817f04ba25a8e66df67214c7550293");
  CHECK(text(hash_bytes<2, 4>(seed, Bytes(input).first(1))) == "da87c1d86b99af44347659119b22fc45");
  CHECK(text(hash_bytes<2, 4>(seed, input)) == "6ee2a4ca67b054bbfd3315bf85230577");
  CHECK(text(hash_bytes(seed, input)) == "d0a8d95715518eebb513b0f83d9e1793");
  CHECK(hash_words(seed, std::array<std::uint64_t, 2>{0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL}) == hash_bytes(seed, input));
}

#include "ground/base/siphash.hpp"

#include <cstring>

namespace gatehouse::siphash {

Seed Seed::from(Random& random) noexcept {
  std::array<std::uint8_t, 16> bytes;
  random.fill(bytes);
  Seed seed;
  std::memcpy(&seed.first, bytes.data(), 8);
  std::memcpy(&seed.second, bytes.data() + 8, 8);
  return seed;
}

}  // namespace gatehouse::siphash

#include "ground/base/random.hpp"

#include <sys/random.h>
#include <cerrno>

#include "ground/base/assert.hpp"

namespace gatehouse {

void SystemRandom::fill(std::span<std::uint8_t> out) noexcept {
  while (!out.empty()) {
    const auto got = ::getrandom(out.data(), out.size(), 0);
    if (got < 0) {
      GH_ASSERT(errno == EINTR);
      continue;
    }
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

void SeededRandom::fill(std::span<std::uint8_t> out) noexcept {
  for (auto& byte : out) {
    state_ += 0x9e3779b97f4a7c15ULL;
    auto mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
    byte = static_cast<std::uint8_t>(mixed ^ (mixed >> 31));
  }
}

}  // namespace gatehouse

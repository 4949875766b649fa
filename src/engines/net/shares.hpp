// How a thing of which there is a fixed number is shared by many: a holder is given one more only while it has fewer than are still free (the dynamic
// threshold of Choudhury and Hahne). Nobody is told a number, and nothing is put aside for those who do not come:
//
//   n holders that take what they get have  total / (n + 1)  each, and as many are left free: a newcomer always finds some, until n + 1 exceeds the total
//
// What a holder has is counted in two cells of a table, at places that its number chooses; the smaller one is believed. Holders that meet in both are
// held to less, never allowed more. The numbers must be such that nobody can choose where they fall: keyed hashes.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "ground/base/assert.hpp"

namespace gatehouse::net {

class Shares {
 public:
  /// Holders that are nobody in particular have no share and are not counted.
  static constexpr std::uint64_t nobody = 0;

  /// At least as many as it has now; more only by the meeting of holders.
  [[nodiscard]] std::uint32_t held(std::uint64_t holder) const noexcept {
    return holder == nobody ? 0 : std::min(first_[first(holder)], second_[second(holder)]);
  }
  [[nodiscard]] bool may_take(std::uint64_t holder, std::size_t free) const noexcept { return holder == nobody || held(holder) < free; }
  void take(std::uint64_t holder) noexcept {
    if (holder == nobody) return;
    ++first_[first(holder)];
    ++second_[second(holder)];
  }
  void give_back(std::uint64_t holder) noexcept {
    if (holder == nobody) return;
    GH_ASSERT(first_[first(holder)] > 0 && second_[second(holder)] > 0);
    --first_[first(holder)];
    --second_[second(holder)];
  }

 private:
  static constexpr std::size_t cells = 512;
  static constexpr std::size_t first(std::uint64_t holder) noexcept { return (holder >> 1U) % cells; }
  static constexpr std::size_t second(std::uint64_t holder) noexcept { return (holder >> 32U) % cells; }
  std::array<std::uint32_t, cells> first_{}, second_{};
};

}  // namespace gatehouse::net

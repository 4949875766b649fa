// How a thing of which there is a fixed number is shared by many: a holder is given one more only while it has fewer than are still free (the dynamic
// threshold of Choudhury and Hahne). Nobody is told a number, and nothing is put aside for those who do not come:
//
//   n holders that take what they get have  total / (n + 1)  each, and as many are left free: a newcomer always finds some, until n + 1 exceeds the total
//
// Whoever holds something has an entry in a table of open addressing, which is never more than half full and as large as the most that were held at
// once. The numbers must be such that nobody can choose where they fall: keyed hashes.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "ground/base/assert.hpp"

namespace gatehouse::net {

class Shares {
 public:
  /// Holders that are nobody in particular have no share and are not counted.
  static constexpr std::uint64_t nobody = 0;

  [[nodiscard]] std::uint32_t held(std::uint64_t holder) const noexcept {
    return holder == nobody || entries_.empty() ? 0 : entries_[place(holder)].count;
  }
  [[nodiscard]] bool may_take(std::uint64_t holder, std::size_t free) const noexcept { return holder == nobody || held(holder) < free; }
  void take(std::uint64_t holder) {
    if (holder == nobody) return;
    if (2 * (holders_ + 1) > entries_.size()) grow();
    auto& entry = entries_[place(holder)];
    if (entry.count == 0) entry.holder = holder, ++holders_;
    ++entry.count;
  }
  void give_back(std::uint64_t holder) noexcept {
    if (holder == nobody) return;
    GH_ASSERT(held(holder) > 0);
    const auto at = place(holder);
    if (--entries_[at].count == 0) close_gap(at), --holders_;
  }
  /// How many hold something.
  [[nodiscard]] std::size_t holders() const noexcept { return holders_; }

 private:
  struct Entry {
    std::uint64_t holder = nobody;
    std::uint32_t count = 0;  // 0: free
  };
  [[nodiscard]] std::size_t mask() const noexcept { return entries_.size() - 1; }
  [[nodiscard]] std::size_t home(std::uint64_t holder) const noexcept { return static_cast<std::size_t>(holder >> 1U) & mask(); }
  /// Its entry, or the free one where it would be; ends, since half of them are free.
  [[nodiscard]] std::size_t place(std::uint64_t holder) const noexcept {
    auto at = home(holder);
    while (entries_[at].count != 0 && entries_[at].holder != holder) at = (at + 1) & mask();
    return at;
  }
  void grow() {
    const auto before = std::exchange(entries_, std::vector<Entry>(std::max<std::size_t>(16, 2 * entries_.size())));
    for (const auto& entry : before)
      if (entry.count != 0) entries_[place(entry.holder)] = entry;
  }
  /// What comes behind a free entry moves into it, if it could not be found otherwise.
  void close_gap(std::size_t gap) noexcept {
    for (auto at = (gap + 1) & mask(); entries_[at].count != 0; at = (at + 1) & mask()) {
      const auto from_home = (at - home(entries_[at].holder)) & mask();
      if (from_home < ((at - gap) & mask())) continue;  // it is at home between the gap and here
      entries_[gap] = entries_[at];
      entries_[at].count = 0;
      gap = at;
    }
  }
  std::vector<Entry> entries_;  // a power of two, or none
  std::size_t holders_ = 0;
};

}  // namespace gatehouse::net

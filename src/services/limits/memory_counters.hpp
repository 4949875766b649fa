// Counters in this process: a fixed table of cells {tag, theoretical arrival time}, shared by all loop threads, without a lock.
//
// A key has one bucket of eight cells. A key that has no cell takes over the one with the earliest arrival time and inherits that time.
// An expired cell has a time in the past, which counts as now: expired entries go first, and for them inheriting costs nothing. In a
// bucket full of busy keys the newcomer starts with the debt of the one it displaces. From this follow, whatever happens:
//   - no key is ever allowed more than its limit: a displaced key that comes back finds the least debt of its bucket, which is
//     at least its own when it was displaced, since no cell's time ever goes back. Eviction never forgives;
//   - memory is fixed, and under a flood of distinct keys the gate limits more, never less; a newcomer that is refused displaces nobody;
//   - two threads never make two cells of one key: both would take the same, earliest cell, and one of the two swaps fails. (The
//     earliest cell is unique by time and position, and times only grow, so a thread that chose differently saw an older state of a
//     cell and fails on it, or sees the other's cell.)
#pragma once
#include "services/limits/cells.hpp"
#include "services/limits/counters.hpp"

namespace gatehouse::limits {

class MemoryCounters final : public Counters {
 public:
  static constexpr std::size_t entries_default = 256 * 1024;  // 4 MiB once all are in use

  /// `entries` of 16 bytes; a key takes one while it has debt. The seed comes from `random`.
  [[nodiscard]] static Result<MemoryCounters> create(Random& random, std::size_t entries = entries_default);

  Tally take(const CounterKey& key, const Limit& limit, std::uint32_t cost, Ticks now) noexcept override;

  /// Keys with debt at `now`, and how many there can be. Reads the whole table: for an administrator, not for a request.
  [[nodiscard]] std::size_t busy(Ticks now) const noexcept;
  [[nodiscard]] std::size_t capacity() const noexcept { return table_.size(); }

 private:
  MemoryCounters(CellTable table, Seed seed) noexcept : table_(std::move(table)), seed_(seed) {}
  CellTable table_;
  Seed seed_;
};

}  // namespace gatehouse::limits

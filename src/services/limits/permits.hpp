// How many at once: requests of a key, connections of an address. A Permit is held as long as the request or connection lives.
// Counts lie in a fixed table of cells {tag, holders}; a key may use any cell of two buckets, so that the table fills evenly.
#pragma once
#include <utility>

#include "services/limits/cells.hpp"
#include "services/limits/counter_key.hpp"

namespace gatehouse::limits {

/// One place taken; given back when the permit is destroyed or released, by any thread. The Permits outlive it.
class [[nodiscard]] Permit {
 public:
  Permit() = default;
  Permit(Permit&& other) noexcept : cell_(std::exchange(other.cell_, nullptr)) {}
  Permit& operator=(Permit&& other) noexcept {
    if (this != &other) {
      release();
      cell_ = std::exchange(other.cell_, nullptr);
    }
    return *this;
  }
  ~Permit() { release(); }

  /// False: nothing was granted.
  explicit operator bool() const noexcept { return cell_ != nullptr; }
  void release() noexcept {
    if (cell_ != nullptr) std::exchange(cell_, nullptr)->value.fetch_sub(1, std::memory_order_seq_cst);
  }

 private:
  friend class Permits;
  explicit Permit(Cell& cell) noexcept : cell_(&cell) {}
  Cell* cell_ = nullptr;
};

class Permits {
 public:
  static constexpr std::size_t entries_default = 64 * 1024;

  /// `entries` of 16 bytes, one for each key that holds a permit now.
  [[nodiscard]] static Result<Permits> create(Random& random, std::size_t entries = entries_default);

  /// A permit if fewer than `at_once` are held for this key; else, or when all 16 cells of the key are taken by others, an empty one.
  /// Never more than `at_once` are held; threads that ask for the last one at the same instant may all be refused.
  [[nodiscard]] Permit acquire(const CounterKey& key, std::uint32_t at_once) noexcept;

  /// How many are held for this key.
  [[nodiscard]] std::uint64_t held(const CounterKey& key) const noexcept;

 private:
  Permits(CellTable table, Seed seed) noexcept : table_(std::move(table)), seed_(seed) {}
  struct Place;
  [[nodiscard]] Place place(const CounterKey& key) const noexcept;
  CellTable table_;
  Seed seed_;
};

}  // namespace gatehouse::limits

// Fixed tables of two-word cells that any number of threads read and change without a lock. Both words change together, by one
// compare-and-swap of 16 bytes; a reader that sees a mixture is caught by the next such swap.
//
//   bucket = 8 cells = two cache lines next to each other (which the processor fetches as a pair)
//   | tag value | tag value | ... x8 |     tag: 64 bits of a keyed hash; the other 64 bits choose the bucket
//
// The memory is mapped when the table is made and touched only where it is used: an idle table costs nothing.
#pragma once
#include <atomic>
#include <cstdint>
#include <span>
#include <utility>

#include "ground/base/result.hpp"
#include "ground/base/siphash.hpp"

namespace gatehouse::limits {

using siphash::Hash;

/// Zeroed pages that the machine provides on first touch, as an array of trivial values.
class LazyPages {
 public:
  LazyPages() = default;
  LazyPages(LazyPages&& other) noexcept : memory_(std::exchange(other.memory_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  LazyPages& operator=(LazyPages&& other) noexcept;
  ~LazyPages();
  [[nodiscard]] static Result<LazyPages> map(std::size_t bytes);
  [[nodiscard]] void* data() const noexcept { return memory_; }

 private:
  void* memory_ = nullptr;
  std::size_t size_ = 0;
};

struct alignas(16) Cell {
  std::atomic<std::uint64_t> tag;
  std::atomic<std::uint64_t> value;

  struct Content {
    std::uint64_t tag = 0, value = 0;
    bool operator==(const Content&) const = default;
  };
  /// Both words as they stood together (but for a tag that left and came back in between, which every user here bears).
  [[nodiscard]] Content read() const noexcept;
  /// Replaces both words if both are as expected.
  [[nodiscard]] bool replace(Content expected, Content wanted) noexcept;
};
static_assert(sizeof(Cell) == 16);

class CellTable {
 public:
  static constexpr std::size_t bucket_cells = 8;
  static constexpr std::size_t cells_min = 1024, cells_max = std::size_t{1} << 26;

  /// At least `cells` of them, as a power of two; refuses more than cells_max.
  [[nodiscard]] static Result<CellTable> create(std::size_t cells);
  [[nodiscard]] std::size_t size() const noexcept { return buckets_ * bucket_cells; }
  [[nodiscard]] std::span<Cell, bucket_cells> bucket(std::uint64_t hash) const noexcept {
    return std::span<Cell, bucket_cells>(cells() + (hash & (buckets_ - 1)) * bucket_cells, bucket_cells);
  }
  [[nodiscard]] Cell* cells() const noexcept { return static_cast<Cell*>(pages_.data()); }
  /// The tag of a hash: never zero, which marks a cell that was never used.
  [[nodiscard]] static std::uint64_t tag_of(Hash hash) noexcept { return hash.first == 0 ? 1 : hash.first; }

 private:
  LazyPages pages_;
  std::size_t buckets_ = 0;
};

}  // namespace gatehouse::limits

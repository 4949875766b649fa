#include "services/limits/permits.hpp"

namespace gatehouse::limits {

namespace {
constexpr int permit_attempts_max = 64;
}

struct Permits::Place {
  std::uint64_t tag;
  std::array<std::span<Cell, CellTable::bucket_cells>, 2> buckets;

  /// The sum over all cells of this key: while two threads make its first cell at once there can be two of them.
  [[nodiscard]] std::uint64_t held() const noexcept {
    std::uint64_t sum = 0;
    for (const auto bucket : buckets) {
      for (const auto& cell : bucket) {
        const auto content = cell.read();
        if (content.tag == tag) sum += content.value;
      }
      if (buckets[0].data() == buckets[1].data()) break;
    }
    return sum;
  }

  /// A cell in which this key holds something, else a free one: in the emptier bucket.
  [[nodiscard]] std::pair<Cell*, Cell::Content> choose() const noexcept {
    std::pair<Cell*, Cell::Content> free{};
    std::size_t most_free = 0;
    for (const auto bucket : buckets) {
      std::pair<Cell*, Cell::Content> first{};
      std::size_t count = 0;
      for (auto& cell : bucket) {
        const auto content = cell.read();
        if (content.value != 0 && content.tag == tag) return {&cell, content};
        if (content.value == 0 && ++count == 1) first = {&cell, content};
      }
      if (count > most_free) {
        most_free = count;
        free = first;
      }
    }
    return free;
  }
};

Permits::Place Permits::place(const CounterKey& key) const noexcept {
  const auto hash = key.hash(seed_);
  return {CellTable::tag_of(hash), {table_.bucket(hash.second), table_.bucket(hash.second >> 32)}};
}

Result<Permits> Permits::create(Random& random, std::size_t entries) { return Permits(TRY(CellTable::create(entries)), Seed::from(random)); }

Permit Permits::acquire(const CounterKey& key, std::uint32_t at_once) noexcept {
  const auto place = this->place(key);
  for (int attempt = 0; attempt < permit_attempts_max; ++attempt) {
    if (place.held() >= at_once) return {};
    const auto [cell, content] = place.choose();
    if (cell == nullptr) return {};
    if (!cell->replace(content, {place.tag, content.value + 1})) continue;
    Permit permit(*cell);
    // Counted again after taking: of those who together took too many, the last to take sees all the others.
    if (place.held() > at_once) return {};
    return permit;
  }
  return {};
}

std::uint64_t Permits::held(const CounterKey& key) const noexcept { return place(key).held(); }

}  // namespace gatehouse::limits

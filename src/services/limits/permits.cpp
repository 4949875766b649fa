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

  struct Survey {
    std::uint64_t held = 0;
    Cell* cell = nullptr;  ///< one in which this key holds something, else a free one of the emptier bucket, else none
    Cell::Content content;
  };
  [[nodiscard]] Survey survey() const noexcept {
    Survey survey;
    std::size_t most_free = 0;
    for (const auto bucket : buckets) {
      std::pair<Cell*, Cell::Content> first{};
      std::size_t free = 0;
      for (auto& cell : bucket) {
        const auto content = cell.read();
        if (content.value == 0) {
          if (++free == 1) first = {&cell, content};
        } else if (content.tag == tag) {
          if (survey.held == 0) survey.cell = &cell, survey.content = content;
          survey.held += content.value;
        }
      }
      if (survey.held == 0 && free > most_free) {
        most_free = free;
        survey.cell = first.first, survey.content = first.second;
      }
      if (buckets[0].data() == buckets[1].data()) break;
    }
    return survey;
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
    const auto survey = place.survey();
    if (survey.held >= at_once || survey.cell == nullptr) return {};
    if (!survey.cell->replace(survey.content, {place.tag, survey.content.value + 1})) continue;
    Permit permit(*survey.cell);
    // Counted again after taking: of those who together took too many, the last to take sees all the others.
    if (place.held() > at_once) return {};
    return permit;
  }
  return {};
}

std::uint64_t Permits::held(const CounterKey& key) const noexcept { return place(key).held(); }

}  // namespace gatehouse::limits

#include "services/limits/memory_counters.hpp"

namespace gatehouse::limits {

namespace {

constexpr int attempts_max = 64;  // each failed swap is another thread's success on the same bucket

struct Choice {
  Cell* cell = nullptr;
  Cell::Content content;
};

/// The key's own cell, else the one with the earliest time.
Choice choose(std::span<Cell, CellTable::bucket_cells> bucket, std::uint64_t tag) noexcept {
  Choice earliest{&bucket.front(), bucket.front().read()};
  if (earliest.content.tag == tag) return earliest;
  for (auto& cell : bucket.subspan(1)) {
    const auto content = cell.read();
    if (content.tag == tag) return {&cell, content};
    if (content.value < earliest.content.value) earliest = {&cell, content};
  }
  return earliest;
}

}  // namespace

Result<MemoryCounters> MemoryCounters::create(Random& random, std::size_t entries) {
  return MemoryCounters(TRY(CellTable::create(entries)), Seed::from(random));
}

Tally MemoryCounters::take(const CounterKey& key, const Limit& limit, std::uint32_t cost, Ticks now) noexcept {
  const auto hash = key.hash(seed_);
  const auto tag = CellTable::tag_of(hash);
  const auto bucket = table_.bucket(hash.second);
  const auto instant = static_cast<std::uint64_t>(now.time_since_epoch().count());
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    const auto choice = choose(bucket, tag);
    const auto arrival = arrive(limit, choice.content.value, cost, instant);
    if (!arrival.tally.allowed || cost == 0) return arrival.tally;
    if (choice.cell->replace(choice.content, {tag, arrival.tat})) return arrival.tally;
  }
  Tally refused;
  refused.retry_after = limit.emission();
  return refused;
}

std::size_t MemoryCounters::busy(Ticks now) const noexcept {
  const auto instant = static_cast<std::uint64_t>(now.time_since_epoch().count());
  std::size_t count = 0;
  for (const auto& cell : std::span(table_.cells(), table_.size())) count += cell.value.load(std::memory_order_relaxed) > instant;
  return count;
}

}  // namespace gatehouse::limits

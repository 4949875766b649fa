#include "services/limits/bans.hpp"

#include <algorithm>

#include "ground/base/assert.hpp"

namespace gatehouse::limits {

namespace {
std::uint64_t to_number(Ticks ticks) noexcept { return static_cast<std::uint64_t>(ticks.time_since_epoch().count()); }
Hash hash_of(Seed seed, const Suspect& suspect) noexcept {
  return hash_words(seed, std::array<std::uint64_t, 3>{static_cast<std::uint64_t>(suspect.scope), suspect.who.first, suspect.who.second});
}
}  // namespace

Result<> Bans::check(const Options& options) {
  if (options.first <= Duration::zero() || options.longest < options.first)
    return fail(Fault::invalid, "the first ban must last some time, and the longest no less");
  if (options.longest > std::chrono::hours(24 * 365)) return fail(Fault::invalid, "a ban lasts at most a year");
  return {};
}

void Bans::configure(const Options& options) noexcept {
  const std::lock_guard lock(changing_);
  options_.first = options.first;
  options_.longest = options.longest;
}

Result<std::unique_ptr<Bans>> Bans::create(Options options, Random& random) {
  CHECK_OK(check(options));
  auto table = TRY(CellTable::create(options.entries));
  auto details = TRY(LazyPages::map(table.size() * sizeof(Ban)));
  auto lifted = TRY(CellTable::create(CellTable::cells_min));
  return std::unique_ptr<Bans>(new Bans(options, std::move(table), std::move(details), std::move(lifted), Seed::from(random)));
}

Cell* Bans::find(std::uint64_t tag, std::uint64_t hash) const noexcept {
  for (auto& cell : table_.bucket(hash))
    if (cell.tag.load(std::memory_order_relaxed) == tag) return &cell;
  return nullptr;
}

std::optional<Ticks> Bans::until(const Suspect& suspect, Ticks now) const noexcept {
  const auto instant = to_number(now);
  if (latest_.load(std::memory_order_relaxed) <= instant) return std::nullopt;
  const auto hash = hash_of(seed_, suspect);
  const auto tag = CellTable::tag_of(hash);
  for (const auto& cell : table_.bucket(hash.second)) {
    const auto content = cell.read();
    if (content.tag != tag) continue;
    if (content.value <= instant) return std::nullopt;
    return Ticks(Duration(static_cast<std::int64_t>(content.value)));
  }
  return std::nullopt;
}

std::optional<Ban> Bans::ban(const Suspect& suspect, Ticks now) noexcept {
  const std::lock_guard lock(changing_);
  const auto hash = hash_of(seed_, suspect);
  const auto tag = CellTable::tag_of(hash);
  const auto ends_before = [](const Cell& a, const Cell& b) {
    return a.value.load(std::memory_order_relaxed) < b.value.load(std::memory_order_relaxed);
  };
  Cell* cell = find(tag, hash.second);
  const bool known = cell != nullptr;
  if (!known) cell = &*std::ranges::min_element(table_.bucket(hash.second), ends_before);
  Ban& ban = detail(*cell);
  if (known && ban.until > now) return std::nullopt;
  const bool again = known && now - ban.until < options_.longest;
  const auto strikes = again ? ban.strikes + 1 : 1;
  Duration length = options_.first;
  for (std::uint32_t i = 1; i < strikes && length < options_.longest; ++i) length *= 2;
  ban = {suspect, now, now + std::min(length, options_.longest), strikes};
  const auto ends = to_number(ban.until);
  GH_ASSERT(cell->replace(cell->read(), {tag, ends}));  // cells change under the mutex only
  if (ends > latest_.load(std::memory_order_relaxed)) latest_.store(ends, std::memory_order_relaxed);
  return ban;
}

bool Bans::lift(const Suspect& suspect, Ticks now) {
  const std::lock_guard lock(changing_);
  const auto hash = hash_of(seed_, suspect);
  Cell* const cell = find(CellTable::tag_of(hash), hash.second);
  if (cell == nullptr || detail(*cell).until <= now) return false;
  detail(*cell) = {};
  GH_ASSERT(cell->replace(cell->read(), {0, 0}));  // cells change under the mutex only
  forgive(hash, now);
  return true;
}

void Bans::forgive(Hash hash, Ticks now) noexcept {
  const auto tag = CellTable::tag_of(hash);
  auto bucket = lifted_.bucket(hash.second);
  auto cell = std::ranges::find_if(bucket, [&](const Cell& each) { return each.read().tag == tag; });
  if (cell == bucket.end()) cell = std::ranges::min_element(bucket, {}, [](const Cell& each) { return each.read().value; });
  // Never the number of the time before: two lifts can fall on one tick.
  const auto before = cell->read();
  GH_ASSERT(cell->replace(before, {tag, std::max(to_number(now), before.value + 1)}));
  any_lifted_.store(true, std::memory_order_release);
}

std::uint64_t Bans::amnesty(const Suspect& suspect) const noexcept {
  if (!any_lifted_.load(std::memory_order_acquire)) return 0;
  const auto hash = hash_of(seed_, suspect);
  const auto tag = CellTable::tag_of(hash);
  for (const auto& cell : lifted_.bucket(hash.second))
    if (const auto content = cell.read(); content.tag == tag) return content.value;
  return 0;
}

std::vector<Ban> Bans::list(Ticks now) const {
  std::vector<Ban> bans;
  for (const auto& cell : std::span(table_.cells(), table_.size())) {
    if (cell.value.load(std::memory_order_relaxed) <= to_number(now)) continue;
    const std::lock_guard lock(changing_);  // for one entry at a time: a loop thread may wait to ban somebody
    if (const auto& ban = detail(cell); ban.until > now) bans.push_back(ban);
  }
  std::ranges::sort(bans, std::ranges::greater{}, &Ban::until);
  return bans;
}

std::size_t Bans::count(Ticks now) const noexcept {
  std::size_t count = 0;
  for (const auto& cell : std::span(table_.cells(), table_.size())) count += cell.value.load(std::memory_order_relaxed) > to_number(now);
  return count;
}

}  // namespace gatehouse::limits

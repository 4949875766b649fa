#include "services/keys/meter.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <cerrno>

namespace gatehouse::keys {

namespace {
constexpr std::size_t statements_per_fold = 2000;  // of one transaction
constexpr std::string_view overflow_key = "-";

/// Which day a column of the journal is: the latest of that parity.
std::uint32_t day_of(unsigned parity, std::uint32_t last_day) noexcept {
  return (last_day & 1U) == parity || last_day == 0 ? last_day : last_day - 1;
}

/// Everything that `journal` has counted beyond `marks`, in transactions of bounded size; each moves the marks that it has written.
Result<> fold_journal(store::Store& store, const MeterJournal& journal, std::vector<std::uint64_t>& marks) {
  std::vector<store::Statement> batch;
  std::vector<std::pair<std::size_t, std::uint64_t>> moves;
  const auto flush = [&]() -> Result<> {
    if (batch.empty()) return {};
    CHECK_OK(store.write(batch));
    for (const auto& [at, mark] : moves) marks[at] = mark;
    batch.clear();
    moves.clear();
    return {};
  };
  const auto used = journal.slots_used();
  if (marks.size() < std::size_t{used} * 2) marks.resize(std::size_t{used} * 2);
  for (std::uint32_t slot = 0; slot < used; ++slot)
    for (unsigned parity = 0; parity < 2; ++parity) {
      const auto total = journal.total(slot, parity);
      const auto at = std::size_t{slot} * 2 + parity;
      // Less than the mark: the machine lost power and with it the newest pages of the journal. What is in the store stays.
      if (total <= marks[at]) continue;
      // The day after the count: a bank tells a new day before it counts in it.
      const auto day = day_of(parity, journal.last_day());
      const auto entry = journal.entry(slot);
      const auto key = slot == 0 ? overflow_key : entry.key.text();
      append_fold(batch, journal.name(),
                  {slot, parity, marks[at], total, key, journal.label_text(entry.route), journal.label_text(entry.feature), day});
      moves.emplace_back(at, total);
      if (batch.size() >= statements_per_fold) CHECK_OK(flush());
    }
  return flush();
}

/// The marks of `journal` as the store has them.
Result<std::vector<std::uint64_t>> marks_of(store::Store& store, const MeterJournal& journal) {
  std::vector<std::uint64_t> marks(std::size_t{journal.slots_used()} * 2);
  for (const auto& [at, mark] : TRY(read_marks(store, journal.name())))
    if (at < marks.size()) marks[at] = mark;
  return marks;
}
}  // namespace

Meter::Meter(store::Store& store, Options options, int lock) noexcept : store_(store), options_(std::move(options)), lock_(lock) {}

Meter::~Meter() { ::close(lock_); }

Result<std::unique_ptr<Meter>> Meter::open(store::Store& store, Random& random, Options options) {
  const std::string lock_path = options.folder + "/usage.lock", path = options.folder + "/usage.journal";
  const int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock < 0) return fail(Fault::unavailable, "metering: cannot open " + lock_path + ": " + system_text(errno));
  std::unique_ptr<Meter> meter(new Meter(store, std::move(options), lock));
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) return fail(Fault::conflict, "metering: another process counts in " + meter->options_.folder);

  if (const auto former = TRY(MeterJournal::open(path))) {
    auto marks = TRY(marks_of(store, *former));
    CHECK_OK(fold_journal(store, *former, marks));
  }
  meter->journal_ = TRY(MeterJournal::create(path, meter->options_.slots, meter->options_.banks, random));
  CHECK_OK(drop_other_marks(store, meter->journal_->name()));
  for (auto bank = meter->options_.banks; bank-- > 0;) meter->free_places_.push_back({bank, 0, 0});
  return meter;
}

Meter::Bank::~Bank() {
  if (meter_ == nullptr) return;
  const std::lock_guard lock(meter_->mutex_);
  meter_->free_places_.push_back(place_);
}

Result<Meter::Bank> Meter::bank() {
  const std::lock_guard lock(mutex_);
  if (free_places_.empty()) return fail(Fault::exhausted, "metering: more than " + std::to_string(options_.banks) + " threads count");
  const auto place = free_places_.back();
  free_places_.pop_back();
  return Bank(*this, place);
}

Result<Label> Meter::label(std::string_view name) {
  const std::lock_guard lock(mutex_);
  return journal_->label(name);
}

Result<> Meter::fold() {
  const std::lock_guard lock(folding_);
  auto folded = fold_journal(store_, *journal_, marks_);
  if (folded || folded.error().fault != Fault::conflict) return folded;
  // The store has other marks than we believe: a commit went through although its answer was an error. The store is right.
  marks_ = TRY(marks_of(store_, *journal_));
  return fold_journal(store_, *journal_, marks_);
}

std::uint64_t Meter::overflowed() const noexcept { return journal_->total(0, 0) + journal_->total(0, 1); }

Result<> restore_quotas(store::Store& store, const KeyRing& ring, Instant now) {
  const auto today = day_number(now), month = month_number(now);
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(now));
  const auto first = day_number(std::chrono::sys_days(date.year() / date.month() / std::chrono::day(1)));
  CHECK_OK(for_each_total(store, today, today, [&](const UsageTotal& total) {
    if (const auto* key = ring.find(total.key)) key->live->day.restore(today, total.requests);
  }));
  return for_each_total(store, first, today, [&](const UsageTotal& total) {
    if (const auto* key = ring.find(total.key)) key->live->month.restore(month, total.requests);
  });
}

}  // namespace gatehouse::keys

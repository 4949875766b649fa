#include "services/keys/meter_journal.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "ground/base/assert.hpp"
#include "ground/base/descriptor.hpp"
#include "ground/base/encoding.hpp"

namespace gatehouse::keys {

namespace {
constexpr std::uint64_t journal_magic = 0x3152544D47454147ULL;
constexpr std::uint32_t journal_version = 1;
constexpr std::size_t head_bytes = 4096, label_bytes = 128, entry_bytes = 16, bank_head_bytes = 64;

std::uint64_t journal_bytes(std::uint64_t slots, std::uint64_t banks) noexcept {
  return head_bytes + MeterJournal::labels_max * label_bytes + slots * entry_bytes + banks * (bank_head_bytes + slots * 16);
}

Error system_error(const std::string& doing, int code) { return fail(Fault::unavailable, "metering: " + doing + ": " + system_text(code)); }

std::uint64_t mix(std::uint64_t first, std::uint64_t second) noexcept {
  const auto product = static_cast<unsigned __int128>(first ^ 0x9e3779b97f4a7c15ULL) * (second ^ 0xd6e8feb86659fd93ULL);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}
}  // namespace

struct MeterJournal::Head {
  std::uint64_t magic;
  std::uint32_t version, slots, banks;
  std::uint32_t slots_used;   // atomic
  std::uint32_t labels_used;  // atomic; label 0 is the empty text
  char name[32];
};

MeterJournal::Head& MeterJournal::head() const noexcept { return *reinterpret_cast<Head*>(memory_); }

MeterJournal::~MeterJournal() {
  if (memory_ != nullptr) ::munmap(memory_, size_);
  if (index_ != nullptr) ::munmap(index_, index_size_ * sizeof *index_);
}

Result<std::unique_ptr<MeterJournal>> MeterJournal::map(int file, std::uint64_t size) {
  std::unique_ptr<MeterJournal> journal(new MeterJournal);
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) return system_error("cannot map the journal", errno);
  journal->memory_ = static_cast<unsigned char*>(memory);
  journal->size_ = size;
  return journal;
}

void MeterJournal::lay_out() noexcept {
  slots_ = head().slots;
  banks_ = head().banks;
  name_.assign(head().name, sizeof head().name);
  entries_ = reinterpret_cast<std::uint64_t*>(memory_ + head_bytes + labels_max * label_bytes);
  counts_ = entries_ + std::size_t{slots_} * 2;
  bank_words_ = 8 + std::size_t{slots_} * 2;
}

Result<std::unique_ptr<MeterJournal>> MeterJournal::create(const std::string& path, std::uint32_t slots, std::uint32_t banks, Random& random) {
  if (slots < 2 || slots > slots_limit || banks < 1 || banks > banks_limit)
    return fail(Fault::invalid, "metering: 2 to 1048576 slots, 1 to 256 banks");
  const std::string beside = path + ".new";
  if (::unlink(beside.c_str()) != 0 && errno != ENOENT) return system_error("cannot remove " + beside, errno);
  const Descriptor file(::open(beside.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.open()) return system_error("cannot make " + beside, errno);
  const auto size = journal_bytes(slots, banks);
  if (const int code = ::posix_fallocate(file.get(), 0, static_cast<off_t>(size)); code != 0) return system_error("no room for " + beside, code);
  auto journal = TRY(map(file.get(), size));
  std::array<std::uint8_t, 16> chance;
  random.fill(chance);
  auto& head = journal->head();
  head = Head{journal_magic, journal_version, slots, banks, 1, 1, {}};
  std::ranges::copy(encoding::to_hex(chance), head.name);
  journal->lay_out();
  journal->index_size_ = std::bit_ceil(std::size_t{slots} * 2);
  void* index = ::mmap(nullptr, journal->index_size_ * sizeof(std::uint32_t), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (index == MAP_FAILED) return system_error("no memory for the index", errno);
  journal->index_ = static_cast<std::uint32_t*>(index);

  // The name only when all is on the disk, and the name on the disk before the marks of the journal before may go.
  if (::fsync(file.get()) != 0) return system_error("cannot sync " + beside, errno);
  if (::rename(beside.c_str(), path.c_str()) != 0) return system_error("cannot rename " + beside, errno);
  const auto slash = path.rfind('/');
  const std::string folder = slash == path.npos ? "." : path.substr(0, slash + 1);
  const Descriptor above(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!above.open() || ::fsync(above.get()) != 0) return system_error("cannot sync " + folder, errno);
  return journal;
}

Result<std::unique_ptr<MeterJournal>> MeterJournal::open(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!file.open()) {
    if (errno == ENOENT) return std::unique_ptr<MeterJournal>();
    return system_error("cannot open " + path, errno);
  }
  struct stat state{};
  if (::fstat(file.get(), &state) != 0) return system_error("cannot look at " + path, errno);
  const auto damaged = [&](const char* what) {
    return fail(Fault::internal, "metering: " + path + " is no journal (" + what + "); move it away to start without what it counted");
  };
  if (!S_ISREG(state.st_mode) || static_cast<std::uint64_t>(state.st_size) < head_bytes) return damaged("size");
  auto journal = TRY(map(file.get(), static_cast<std::uint64_t>(state.st_size)));
  const auto& head = journal->head();
  if (head.magic != journal_magic) return damaged("magic");
  if (head.version != journal_version) return damaged("version");
  if (head.slots < 2 || head.slots > slots_limit || head.banks < 1 || head.banks > banks_limit) return damaged("slots");
  if (journal->size_ != journal_bytes(head.slots, head.banks)) return damaged("size");
  if (head.slots_used < 1 || head.labels_used < 1 || head.labels_used > labels_max) return damaged("use");
  if (!encoding::from_hex({head.name, sizeof head.name})) return damaged("name");
  journal->lay_out();
  return journal;
}

std::uint32_t MeterJournal::slots_used() const noexcept {
  return std::min(slots_, std::atomic_ref(head().slots_used).load(std::memory_order_acquire));
}

Result<Label> MeterJournal::label(std::string_view text) {
  if (text.size() > label_bytes_max) return refuse(Fault::invalid, "a name is too long to be counted under (126 bytes): " + std::string(text));
  std::atomic_ref used(head().labels_used);
  const auto count = used.load(std::memory_order_relaxed);
  for (std::uint32_t i = 0; i < count; ++i)
    if (label_text(static_cast<Label>(i)) == text) return static_cast<Label>(i);
  if (count == labels_max)
    return refuse(Fault::exhausted, "more than 4095 names of routes and features since the start; restart to forget those that are gone");
  auto* at = memory_ + head_bytes + std::size_t{count} * label_bytes;
  at[0] = static_cast<unsigned char>(text.size());
  std::ranges::copy(text, at + 1);
  used.store(count + 1, std::memory_order_release);
  return static_cast<Label>(count);
}

std::string_view MeterJournal::label_text(Label label) const noexcept {
  const auto number = static_cast<std::uint32_t>(label);
  if (number == 0 || number >= labels_max) return {};
  const auto* at = memory_ + head_bytes + std::size_t{number} * label_bytes;
  return {reinterpret_cast<const char*>(at + 1), std::min<std::size_t>(at[0], label_bytes_max)};
}

namespace {
std::array<std::uint64_t, 2> packed(const MeterJournal::Entry& entry) noexcept {
  std::array<unsigned char, entry_bytes> bytes;
  std::memcpy(bytes.data(), entry.key.characters.data(), 12);
  std::memcpy(bytes.data() + 12, &entry.route, 2);
  std::memcpy(bytes.data() + 14, &entry.feature, 2);
  return std::bit_cast<std::array<std::uint64_t, 2>>(bytes);
}
}  // namespace

MeterJournal::Entry MeterJournal::entry(std::uint32_t slot) const noexcept {
  Entry out;
  std::array<unsigned char, entry_bytes> bytes;
  std::memcpy(bytes.data(), entry_at(slot), entry_bytes);
  std::memcpy(out.key.characters.data(), bytes.data(), 12);
  std::memcpy(&out.route, bytes.data() + 12, 2);
  std::memcpy(&out.feature, bytes.data() + 14, 2);
  return out;
}

std::uint64_t MeterJournal::total(std::uint32_t slot, unsigned parity) const noexcept {
  std::uint64_t sum = 0;
  // Acquire: who sees a count sees the entry that it belongs to.
  for (std::uint32_t bank = 0; bank < banks_; ++bank) sum += std::atomic_ref(counter(bank, slot, parity)).load(std::memory_order_acquire);
  return sum;
}

std::uint32_t MeterJournal::last_day() const noexcept {
  std::uint64_t last = 0;
  for (std::uint32_t bank = 0; bank < banks_; ++bank) last = std::max(last, std::atomic_ref(*bank_at(bank)).load(std::memory_order_acquire));
  return static_cast<std::uint32_t>(last);
}

void MeterJournal::expect(const Entry& what) const noexcept {
  const auto [first, second] = packed(what);
  __builtin_prefetch(&index_[mix(first, second) & (index_size_ - 1)]);
}

void MeterJournal::count(Place& place, const Entry& what, std::uint32_t day) noexcept {
  if (place.day != day) [[unlikely]] {
    GH_ASSERT(index_ != nullptr);  // made by create()
    // Before the first count of the day: a journal found after a kill says which days its two columns are.
    std::atomic_ref(*bank_at(place.bank)).store(day, std::memory_order_release);
    place.day = day;
  }
  const auto [first, second] = packed(what);
  // One writer a bank: no locked instruction. Release, so that the reader of the count finds the entry.
  std::atomic_ref mine(counter(place.bank, find_slot(place, first, second), day & 1));
  mine.store(mine.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

std::uint32_t MeterJournal::find_slot(Place& place, std::uint64_t first, std::uint64_t second) noexcept {
  const auto mask = index_size_ - 1;
  std::uint32_t claimed = 0;
  for (auto at = mix(first, second) & mask;; at = (at + 1) & mask) {  // ends: the index is never more than half full
    std::atomic_ref cell(index_[at]);
    auto slot = cell.load(std::memory_order_acquire);
    if (slot == 0) {
      if (claimed == 0) claimed = claim(place, first, second);
      if (claimed == 0) return 0;
      if (cell.compare_exchange_strong(slot, claimed, std::memory_order_acq_rel)) return claimed;
    }
    __builtin_prefetch(&counter(place.bank, slot, 0), 1);  // both counts of a slot are neighbours
    if (entry_at(slot)[0] != first || entry_at(slot)[1] != second) continue;
    // Another thread was faster with the same entry: the slot that was claimed in vain, still without a count, serves the next time.
    if (claimed != 0) place.spare = claimed;
    return slot;
  }
}

/// A slot with the entry written and no count, or 0.
std::uint32_t MeterJournal::claim(Place& place, std::uint64_t first, std::uint64_t second) noexcept {
  auto slot = std::exchange(place.spare, 0);
  if (slot == 0) {
    std::atomic_ref used(head().slots_used);
    // Asked first: a journal that is full stays at its number instead of counting on for ever.
    if (used.load(std::memory_order_relaxed) >= slots_) return 0;
    slot = used.fetch_add(1, std::memory_order_relaxed);
    if (slot >= slots_) return 0;
  }
  entry_at(slot)[0] = first;
  entry_at(slot)[1] = second;
  return slot;
}

}  // namespace gatehouse::keys

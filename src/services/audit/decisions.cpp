#include "services/audit/decisions.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>

#include "services/audit/mask.hpp"

namespace gatehouse::audit {

namespace {

constexpr std::uint64_t decisions_magic = 0x3253494345444847ULL;  // "GHDECIS2"; another number of each kind of problem is another form
constexpr std::size_t header_bytes = 4096;
constexpr std::size_t slot_words = 48;

// Positions of the words in a slot.
enum Word : std::size_t {
  seq,
  checksum,
  id_high,
  id_low,
  time_ns,
  kinds,
  total_ns,
  upstream_ns,
  bytes_in,
  bytes_out,
  client_0,
  client_1,
  trace_0,
  trace_1,
  lengths,
  texts
};
constexpr std::size_t text_bytes = (slot_words - texts) * 8;

using Words = std::array<std::uint64_t, slot_words>;

/// The texts in the order in which room is given to them, each with its share: who explains a refusal needs the rule before the path.
constexpr std::size_t text_count = 8;
constexpr std::array<std::size_t, text_count> text_max{16, 64, 112, 48, 12, 32, 48, 96};
std::array<std::string_view, text_count> texts_of(const Record& r) noexcept {
  return {r.stage, r.rule, r.facts, r.route, r.method, r.key_id, r.principal, r.path};
}

constexpr std::uint64_t no_problem = 0xFF;
static_assert(static_cast<std::uint64_t>(http::ProblemKind::count_) < no_problem);

/// Four independent chains, so that the multiplications overlap. It must only notice what a power cut tears.
std::uint64_t sum(const Words& words, std::size_t used) noexcept {
  constexpr std::uint64_t prime = 0x9e3779b97f4a7c15ULL;
  std::uint64_t a = 1, b = 2, c = 3, d = 4;
  const auto mix = [](std::uint64_t& chain, std::uint64_t word) { chain = (std::rotl(chain, 29) ^ word) * prime; };
  const auto* word = words.data() + id_high;
  for (auto left = used - id_high;; left -= 4, word += 4) {
    if (left > 0) mix(c, word[0]);  // a word's place among all words chooses its chain, and id_high is the third
    if (left > 1) mix(d, word[1]);
    if (left > 2) mix(a, word[2]);
    if (left > 3) mix(b, word[3]);
    if (left <= 4) break;
  }
  static_assert(id_high % 4 == 2);
  return ((a * prime + b) * prime + c) * prime + d + used;
}

/// Copies what fits, with credentials masked; cut before a character that does not fit whole. The number of bytes.
std::size_t copy_masked(std::string_view text, char* out, std::size_t room) noexcept {
  std::size_t at = 0, start = 0;
  const auto put = [&](std::string_view piece) {
    const bool whole = piece.size() <= room - at;
    auto size = std::min(piece.size(), room - at);
    while (!whole && size > 0 && (static_cast<std::uint8_t>(piece[size]) & 0xC0) == 0x80) --size;
    if (size > 0) std::memcpy(out + at, piece.data(), size);
    at += size;
    return whole;
  };
  if (text.size() <= room && copy_if_harmless(text, out)) return text.size();
  text = text.substr(0, 4 * text_bytes);  // more is never kept, so more is not read
  for (auto i = next_credential_mark(text, 0); i < text.size(); i = next_credential_mark(text, std::max(i + 1, start))) {
    const std::size_t back = text[i] == '_' ? 3 : 2;
    if (i < start + back) continue;
    const auto length = credential_length(text.substr(i - back));
    if (length == 0) continue;
    const auto from = i - back;
    if (!put(text.substr(start, from + shown_length(text.substr(from, length)) - start)) || !put(mask)) return at;
    start = from + length;
  }
  put(text.substr(std::min(start, text.size())));
  return at;
}

/// Fills all words but seq and checksum; how many are used.
std::size_t pack(const Record& record, Words& words) noexcept {
  words[id_high] = record.id.high;
  words[id_low] = record.id.low;
  words[time_ns] = static_cast<std::uint64_t>(record.time.time_since_epoch().count());
  const auto problem = record.problem ? static_cast<std::uint64_t>(*record.problem) : no_problem;
  words[kinds] = std::uint64_t{record.status} | static_cast<std::uint64_t>(record.outcome) << 16 | problem << 24;
  words[total_ns] = static_cast<std::uint64_t>(record.total.count());
  words[upstream_ns] = static_cast<std::uint64_t>(record.upstream.count());
  words[bytes_in] = record.bytes_in;
  words[bytes_out] = record.bytes_out;
  std::memcpy(&words[client_0], record.client.bytes.data(), 16);
  std::memcpy(&words[trace_0], record.trace.bytes.data(), 16);
  words[lengths] = 0;
  auto* const text = reinterpret_cast<char*>(&words[texts]);
  std::size_t at = 0;
  const auto values = texts_of(record);
  for (std::size_t i = 0; i < text_count; ++i) {
    const auto size = copy_masked(values[i], text + at, std::min(text_max[i], text_bytes - at));
    words[lengths] |= static_cast<std::uint64_t>(size) << (8 * i);
    at += size;
  }
  while (at % 8 != 0) text[at++] = '\0';
  return texts + at / 8;
}

/// The words used, as the lengths say; nothing if they cannot be true.
std::optional<std::size_t> words_used(std::uint64_t all_lengths) noexcept {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < text_count; ++i) bytes += all_lengths >> (8 * i) & 0xFF;
  if (bytes > text_bytes) return std::nullopt;
  return texts + (bytes + 7) / 8;
}

Decision unpack(const Words& words) {
  Decision decision;
  decision.id = {words[id_high], words[id_low]};
  decision.time = Instant(Duration(static_cast<std::int64_t>(words[time_ns])));
  decision.status = static_cast<http::Status>(words[kinds] & 0xFFFF);
  decision.outcome = static_cast<Outcome>(std::min<std::uint64_t>(words[kinds] >> 16 & 0xFF, outcome_count - 1));
  if (const auto problem = words[kinds] >> 24 & 0xFF; problem < static_cast<std::uint64_t>(http::ProblemKind::count_))
    decision.problem = static_cast<http::ProblemKind>(problem);
  decision.total = Duration(static_cast<std::int64_t>(words[total_ns]));
  decision.upstream = Duration(static_cast<std::int64_t>(words[upstream_ns]));
  decision.bytes_in = words[bytes_in];
  decision.bytes_out = words[bytes_out];
  std::memcpy(decision.client.bytes.data(), &words[client_0], 16);
  std::memcpy(decision.trace.bytes.data(), &words[trace_0], 16);
  const auto* text = reinterpret_cast<const char*>(&words[texts]);
  const std::array<std::string*, text_count> values{&decision.stage,  &decision.rule,   &decision.facts,     &decision.route,
                                                    &decision.method, &decision.key_id, &decision.principal, &decision.path};
  for (std::size_t i = 0; i < text_count; ++i) {
    const auto size = words[lengths] >> (8 * i) & 0xFF;
    values[i]->assign(text, size);
    text += size;
  }
  return decision;
}

Error decisions_error(std::string_view what, const std::string& path) {
  return fail(Fault::unavailable, std::string(what) + " " + path + ": " + system_text(errno));
}

}  // namespace

struct Decisions::Header {
  std::atomic<std::uint64_t> magic, count, epoch, next;
};

struct Decisions::Slot {
  std::array<std::atomic<std::uint64_t>, slot_words> words;

  /// The words as one writer left them; nothing for an empty, torn or just changing slot.
  [[nodiscard]] bool copy(Words& out) const noexcept {
    const auto before = words[seq].load(std::memory_order_acquire);
    if (before == 0 || (before & 1) != 0) return false;
    out[lengths] = words[lengths].load(std::memory_order_acquire);
    const auto used = words_used(out[lengths]);
    if (!used) return false;
    for (std::size_t i = checksum; i < *used; ++i) out[i] = words[i].load(std::memory_order_acquire);  // acquire: seq is read again after all of them
    out[seq] = words[seq].load(std::memory_order_relaxed);
    return out[seq] == before && words_used(out[lengths]) == used && out[checksum] == sum(out, *used);
  }
};

Decisions::Header& Decisions::header() const noexcept { return *static_cast<Header*>(memory_); }
Decisions::Slot& Decisions::slot(std::uint64_t number) const noexcept {
  return reinterpret_cast<Slot*>(static_cast<char*>(memory_) + header_bytes)[number % count_];
}

Decisions::Decisions(Decisions&& other) noexcept
    : memory_(std::exchange(other.memory_, nullptr)),
      bytes_(other.bytes_),
      file_(std::exchange(other.file_, -1)),
      count_(other.count_),
      epoch_(other.epoch_) {}

Decisions::~Decisions() {
  if (memory_ != nullptr) ::munmap(memory_, bytes_);
  if (file_ >= 0) ::close(file_);  // and with it the lock
}

Result<Decisions> Decisions::open(const std::string& path, std::uint32_t count) {
  static_assert(sizeof(Slot) == slot_words * 8 && sizeof(Header) <= header_bytes && std::atomic<std::uint64_t>::is_always_lock_free);
  if (count == 0 || count > count_max) return fail(Fault::invalid, "between 1 and " + std::to_string(count_max) + " decisions can be kept");
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return decisions_error("cannot open the decisions", path);
  Decisions decisions(nullptr, header_bytes + count * sizeof(Slot), file);
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) return fail(Fault::conflict, "another server uses " + path);
  struct stat status;
  if (::fstat(file, &status) != 0) return decisions_error("cannot look at", path);
  const auto size = static_cast<off_t>(decisions.bytes_);
  if (status.st_size != size && (::ftruncate(file, 0) != 0 || ::ftruncate(file, size) != 0)) return decisions_error("cannot set the size of", path);
  // Writing to a mapped page for which there is no block kills the process when the disk is full. Some file systems cannot reserve.
  if (::fallocate(file, 0, 0, size) != 0 && errno != EOPNOTSUPP) return decisions_error("cannot reserve room for", path);
  decisions.memory_ = ::mmap(nullptr, decisions.bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (decisions.memory_ == MAP_FAILED) {
    decisions.memory_ = nullptr;
    return decisions_error("cannot map", path);
  }
  decisions.count_ = count;
  auto& header = decisions.header();
  if (header.magic != decisions_magic || header.count != count) {
    const bool zeros = status.st_size != size;  // made anew above
    if (!zeros && (::ftruncate(file, 0) != 0 || ::ftruncate(file, size) != 0 || (::fallocate(file, 0, 0, size) != 0 && errno != EOPNOTSUPP)))
      return decisions_error("cannot empty", path);
    header.count = count;
    header.magic = decisions_magic;
  }
  decisions.epoch_ = (header.epoch.fetch_add(1) + 1) & 0xFFFF;
  return decisions;
}

Result<Decisions> Decisions::read(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return decisions_error("cannot open the decisions", path);
  Decisions decisions(nullptr, 0, file);
  struct stat status;
  if (::fstat(file, &status) != 0) return decisions_error("cannot look at", path);
  decisions.bytes_ = static_cast<std::size_t>(status.st_size);
  if (decisions.bytes_ < header_bytes) return fail(Fault::invalid, path + " holds no decisions");
  decisions.memory_ = ::mmap(nullptr, decisions.bytes_, PROT_READ, MAP_SHARED, file, 0);
  if (decisions.memory_ == MAP_FAILED) {
    decisions.memory_ = nullptr;
    return decisions_error("cannot map", path);
  }
  const auto& header = decisions.header();
  decisions.count_ = header.count.load();
  const bool ours = header.magic.load() == decisions_magic && decisions.count_ != 0 && decisions.count_ <= count_max;
  if (!ours || decisions.bytes_ != header_bytes + decisions.count_ * sizeof(Slot)) return fail(Fault::invalid, path + " holds no decisions");
  return decisions;
}

void Decisions::record(const Record& record) noexcept {
  Words words;
  const auto used = pack(record, words);
  words[checksum] = sum(words, used);
  const auto number = header().next.fetch_add(1, std::memory_order_relaxed);
  auto& out = slot(number).words;
  const auto done = epoch_ << 48 | ((number + 1) & ((std::uint64_t{1} << 47) - 1)) << 1;
  auto before = out[seq].load(std::memory_order_relaxed);
  // Odd: another thread was overtaken by the whole ring while it writes here, and its decision is kept instead of ours; or a server that
  // was killed in the middle, of which nobody is left.
  const bool busy = (before & 1) != 0 && before >> 48 == epoch_;
  if (busy || !out[seq].compare_exchange_strong(before, done | 1, std::memory_order_relaxed)) return;
  for (std::size_t i = checksum; i < used; ++i) out[i].store(words[i], std::memory_order_release);  // release: none is seen before the odd seq
  out[seq].store(done, std::memory_order_release);
  // The next decision meets its slot, which was written a whole ring ago, in the cache.
  const auto& next = slot(number + 1).words;
  for (std::size_t i = 0; i < used; i += 8) __builtin_prefetch(&next[i], 1);
}

std::uint64_t Decisions::newest() const noexcept { return header().next.load(std::memory_order_acquire); }

std::optional<Decision> Decisions::find(const DecisionId& id) const {
  Words words;
  const auto next = newest();
  for (std::uint64_t back = 1; back <= count_; ++back) {
    const auto& candidate = slot(next + count_ - back);
    if (candidate.words[id_high].load(std::memory_order_relaxed) != id.high || candidate.words[id_low].load(std::memory_order_relaxed) != id.low)
      continue;
    if (candidate.copy(words) && words[id_high] == id.high && words[id_low] == id.low) return unpack(words);
  }
  return std::nullopt;
}

std::vector<Decision> Decisions::latest(std::size_t count) const {
  std::vector<Decision> decisions;
  Words words;
  const auto next = newest();
  for (std::uint64_t back = 1; back <= count_ && decisions.size() < count; ++back)
    if (slot(next + count_ - back).copy(words)) decisions.push_back(unpack(words));
  return decisions;
}

}  // namespace gatehouse::audit

#include "services/learning/learner.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>

#include "engines/inference/recording.hpp"
#include "ground/base/descriptor.hpp"
#include "ground/base/encoding.hpp"
#include "ground/base/file.hpp"
#include "ground/base/siphash.hpp"

namespace gatehouse::learning {

namespace {
constexpr Duration turn = 200ms, kept_every = 60s;
constexpr int share = 10;  // of the learner's time, one part is work
constexpr std::size_t batch = 64;

Duration processor_time() noexcept {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

std::size_t bytes_of(const inference::Sighting& sighting) noexcept {
  return sizeof sighting + sighting.path.size() + sighting.query.size() + sighting.request.text.size() + sighting.answer.text.size() +
         sighting.request.media.size() + sighting.answer.media.size();
}

Error trouble_with(const std::string& file) { return fail(Fault::unavailable, file + ": " + system_text(errno)); }
}  // namespace

std::uint64_t Learner::number_of(std::string_view caller) noexcept { return siphash::hash_bytes({}, as_bytes(caller)).first; }

Learner::Learner(std::string file) : file_(std::move(file)) {
  const auto text = read_file(file_, inference::Recording::bytes_max);
  if (!text) {
    if (text.error().fault != Fault::not_found) trouble_ = to_text(text.error());
    return;
  }
  auto read = inference::Recording::read(*text);
  if (read) {
    learned_ = std::move(*read);
    return;
  }
  const auto aside = file_ + ".bad";
  if (::rename(file_.c_str(), aside.c_str()) != 0) trouble_ = to_text(trouble_with(file_));
  else trouble_ = file_ + " could not be read and is " + aside + " now: " + to_text(read.error());
}

Learner::~Learner() {
  thread_ = {};
  catch_up();
  if (const auto kept = keep(); !kept) std::fprintf(stderr, "gatehouse: what was learned could not be kept: %s\n", to_text(kept.error()).c_str());
}

bool Learner::has_room() noexcept {
  if (waiting_.load(std::memory_order_relaxed) < waiting_max && waiting_bytes_.load(std::memory_order_relaxed) < waiting_bytes_max) return true;
  dropped_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

std::unique_ptr<Pending> Learner::begin() {
  if (!has_room()) return nullptr;
  if (pending_.fetch_add(1, std::memory_order_relaxed) < pending_max) return std::make_unique<Pending>(pending_);
  pending_.fetch_sub(1, std::memory_order_relaxed);
  dropped_.fetch_add(1, std::memory_order_relaxed);
  return nullptr;
}

void Learner::take(inference::Sighting sighting) {
  const auto bytes = bytes_of(sighting);
  if (!has_room()) return;
  const std::scoped_lock lock(queue_mutex_);
  queue_.push_back(std::move(sighting));
  waiting_.store(queue_.size(), std::memory_order_relaxed);
  waiting_bytes_.fetch_add(bytes, std::memory_order_relaxed);
}

void Learner::start() {
  if (thread_.joinable()) return;
  thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

void Learner::work(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  auto rest = turn;
  auto since_kept = Duration::zero();
  while (!wake.wait_for(lock, stop, rest, [] { return false; }) && !stop.stop_requested()) {
    since_kept += rest;
    const auto before = processor_time();
    catch_up();
    if (since_kept >= kept_every) {
      since_kept = Duration::zero();
      const auto kept = keep();
      const std::scoped_lock own(mutex_);
      if (!kept) trouble_ = to_text(kept.error());
    }
    rest = std::max(turn, (processor_time() - before) * (share - 1));
  }
}

void Learner::catch_up() {
  std::vector<inference::Sighting> all;
  {
    const std::scoped_lock lock(queue_mutex_);
    all.swap(queue_);
    queue_.reserve(std::min(waiting_max, 2 * all.size()));
    waiting_.store(0, std::memory_order_relaxed);
    waiting_bytes_.store(0, std::memory_order_relaxed);
  }
  for (std::size_t i = 0; i < all.size();) {
    const std::scoped_lock lock(mutex_);
    for (const auto end = std::min(i + batch, all.size()); i < end; ++i) {
      (void)learned_.take(all[i]);
      ++changes_;
    }
  }
}

Result<> Learner::keep() {
  std::string text;
  std::uint64_t changes = 0;
  {
    const std::scoped_lock lock(mutex_);
    if (changes_ == kept_) return {};
    changes = changes_;
    text = inference::Recording::write(learned_);
  }
  CHECK_OK(write(text));
  const std::scoped_lock lock(mutex_);
  kept_ = changes;
  return {};
}

// Beside its place, and renamed: a reader sees the old or the new one, whole.
Result<> Learner::write(const std::string& text) const {
  const auto beside = file_ + ".new";
  const Descriptor descriptor(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!descriptor.open() || ::fchmod(descriptor.get(), 0600) != 0) return trouble_with(beside);
  std::size_t written = 0;
  while (written < text.size()) {
    const auto count = ::write(descriptor.get(), text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return trouble_with(beside);
    written += static_cast<std::size_t>(count);
  }
  if (::fsync(descriptor.get()) != 0 || ::rename(beside.c_str(), file_.c_str()) != 0) return trouble_with(file_);
  return {};
}

Result<> Learner::forget() {
  {
    const std::scoped_lock lock(queue_mutex_);
    queue_.clear();
    waiting_.store(0, std::memory_order_relaxed);
    waiting_bytes_.store(0, std::memory_order_relaxed);
  }
  const std::scoped_lock lock(mutex_);
  learned_ = {};
  kept_ = ++changes_;
  if (::unlink(file_.c_str()) != 0 && errno != ENOENT) return trouble_with(file_);
  return {};
}

inference::Learned Learner::learned() {
  catch_up();
  const std::scoped_lock lock(mutex_);
  return learned_;
}

std::uint64_t Learner::count(inference::Taken what) const {
  const std::scoped_lock lock(mutex_);
  return learned_.count(what);
}

std::string Learner::trouble() const {
  const std::scoped_lock lock(mutex_);
  return trouble_;
}

}  // namespace gatehouse::learning

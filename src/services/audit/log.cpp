#include "services/audit/log.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>
#include <vector>

#include "ground/base/assert.hpp"
#include "ground/base/clock_trust.hpp"
#include "services/audit/json_line.hpp"
#include "services/audit/ring.hpp"

namespace gatehouse::audit {

struct Log::State {
  /// What one loop thread writes to, and the last one what all who act write to.
  struct Lane {
    std::unique_ptr<Ring> ring;
    alignas(64) std::atomic<std::uint64_t> dropped{0};
  };

  State(Options o, LogFile f, const Clock& c) : options(std::move(o)), file(std::move(f)), clock(&c) {}

  /// How a turn of the writer ended.
  enum class Turn : std::uint8_t {
    empty,  ///< nothing is left in the rings
    more,   ///< lines came meanwhile
    stuck,  ///< the file took less than there is
  };

  Turn pump();
  bool drain(Lane& lane);
  std::size_t put(std::string_view data, bool begins_line);
  bool tell_dropped();
  void renew();
  void tend();
  void hand_over();
  bool sync(const std::shared_ptr<OpenFile>& open);
  bool sync_asked();
  bool sync_all();
  void note_failure(const Error& error);
  void run();
  void run_syncing();

  /// The owner's clock, as long as there is an owner. What it is trusted with goes to the file at once.
  [[nodiscard]] Instant now() {
    const std::lock_guard lock(sleeping);
    if (!abandoned) {
      last_now = clock->now();
      file.trust_age(trust.believes(last_now, clock->ticks()));
    }
    return last_now;
  }
  [[nodiscard]] Ticks ticks() {
    const std::lock_guard lock(sleeping);
    return abandoned ? Ticks{} : clock->ticks();
  }

  [[nodiscard]] std::uint64_t dropped() const noexcept {
    std::uint64_t sum = dropped_by_writer.load(std::memory_order_relaxed);
    for (const auto& lane : lanes) sum += lane->dropped.load(std::memory_order_relaxed);
    return sum;
  }

  Options options;
  LogFile file;
  const Clock* clock;
  std::vector<std::unique_ptr<Lane>> lanes;
  std::mutex acting;  // one at a time writes to the last lane

  // The writer's own.
  Lane* torn = nullptr;  // its next bytes are the rest of a line that is half in the file
  std::string notice;    // the line that tells of dropped ones, while it is being written
  std::size_t notice_at = 0;
  std::uint64_t told = 0;
  Ticks synced{}, tended{};
  ClockTrust trust;
  Instant last_now{};

  std::atomic<bool> wants_reopen{false}, stopping{false}, healthy{true};
  std::atomic<std::uint64_t> bytes{0}, failures{0}, rotations{0}, dropped_by_writer{0};
  std::mutex sleeping;
  std::condition_variable awake, sync_asked_for, done, recorded;
  // Under the mutex: how far the threads are, and what the syncing one is asked for. `written_all`: from now on `file` is the syncing thread's.
  bool written_all = false, finished = false, clean = false, abandoned = false;
  bool hurried = false;  // somebody waits for an act to be written
  std::shared_ptr<OpenFile> aside, current;
  std::optional<Retention> retention;
  std::string last_failure;
  std::thread thread, syncing_thread;
};

void Log::State::note_failure(const Error& error) {
  failures.fetch_add(1, std::memory_order_relaxed);
  {
    const std::lock_guard lock(sleeping);
    last_failure = to_text(error);
  }
  healthy.store(false, std::memory_order_relaxed);
}

/// Hands the file that was put aside to the syncing thread, if that has taken the one before, and what is to be deleted.
void Log::State::hand_over() {
  if (auto asked = file.take_retention()) {
    const std::lock_guard lock(sleeping);
    retention = std::move(asked);  // in place of an older one
    sync_asked_for.notify_one();
  }
  if (!file.has_aside()) return;
  const std::lock_guard lock(sleeping);
  if (aside != nullptr) return;
  aside = file.take_aside();
  sync_asked_for.notify_one();
}

std::size_t Log::State::put(std::string_view data, bool begins_line) {
  hand_over();
  const auto written = file.append(data, begins_line, now());
  if (!written) {
    note_failure(written.error());
    return 0;
  }
  healthy.store(true, std::memory_order_relaxed);
  bytes.fetch_add(*written, std::memory_order_relaxed);
  rotations.store(file.rotations(), std::memory_order_relaxed);
  return *written;
}

/// Moves what is in the ring by now to the file; false if the file took less than that. What comes meanwhile waits for the next turn: a thread that
/// writes as fast as the disk takes it would keep the lines of the others from it until their rings are full.
bool Log::State::drain(Lane& lane) {
  constexpr std::size_t batch_max = 64 * 1024;  // so that files are put aside close to their size
  for (auto left = lane.ring->readable().size(); left > 0;) {
    auto data = lane.ring->readable().substr(0, left);
    if (data.size() > batch_max) data = data.substr(0, data.rfind('\n', batch_max - 1) + 1);
    const auto written = put(data, torn == nullptr);
    if (written != 0) torn = data[written - 1] == '\n' ? nullptr : &lane;
    lane.ring->release(written);
    left -= written;
    if (written < data.size()) return false;
  }
  return true;
}

/// False if there is something to tell that could not be written yet.
bool Log::State::tell_dropped() {
  if (const auto count = dropped(); notice.empty() && count != told) {
    std::array<char, line_bytes_max> room;
    notice.assign(room.data(), write_dropped_line(now(), count - told, room));
    notice_at = 0;
    told = count;
  }
  while (notice_at < notice.size()) {
    const auto written = put(std::string_view(notice).substr(notice_at), notice_at == 0);
    if (written == 0) return false;
    notice_at += written;
  }
  notice.clear();
  return true;
}

void Log::State::renew() {
  if (file.has_aside()) return;  // later: the one being written would have no place to wait
  if (!wants_reopen.exchange(false, std::memory_order_acquire)) return;
  if (torn != nullptr) {  // the rest of a line would be no line in the new file
    const auto data = torn->ring->readable();
    torn->ring->release(data.find('\n') + 1);
    torn = nullptr;
    dropped_by_writer.fetch_add(1, std::memory_order_relaxed);
  }
  notice_at = 0;
  if (const auto opened = file.reopen(now()); !opened) note_failure(opened.error());
}

/// Age passes without lines, too.
void Log::State::tend() {
  constexpr Duration tend_every = 1min;
  const auto instant = ticks();
  if (torn != nullptr || notice_at != 0 || instant - tended < tend_every) return;
  tended = instant;
  if (const auto done_so_far = file.tend(now()); !done_so_far) note_failure(done_so_far.error());
  rotations.store(file.rotations(), std::memory_order_relaxed);
}

Log::State::Turn Log::State::pump() {
  hand_over();
  renew();
  tend();
  if (torn != nullptr && !drain(*torn)) return Turn::stuck;  // a line that was begun comes first, whoever's it is
  if (!tell_dropped()) return Turn::stuck;
  for (const auto& lane : lanes)
    if (!drain(*lane)) return Turn::stuck;
  if (const auto instant = ticks(); options.sync_every > Duration::zero() && instant - synced >= options.sync_every) {
    synced = instant;
    const std::lock_guard lock(sleeping);
    current = file.current();
    sync_asked_for.notify_one();
  }
  hand_over();
  const bool empty = std::ranges::all_of(lanes, [](const auto& lane) { return lane->ring->readable().empty(); });
  return empty ? Turn::empty : Turn::more;
}

bool Log::State::sync(const std::shared_ptr<OpenFile>& open) {
  if (open == nullptr) return true;
  const auto on_disk = open->sync(options.sync_call);
  if (!on_disk) note_failure(on_disk.error());
  return on_disk.has_value();
}

/// What the writer asked for, the older lines first; then what may be deleted, which can wait.
bool Log::State::sync_asked() {
  std::unique_lock lock(sleeping);
  const auto first = std::exchange(aside, nullptr), second = std::exchange(current, nullptr);
  const auto third = std::exchange(retention, std::nullopt);
  lock.unlock();
  const bool first_lasts = sync(first);
  const bool second_lasts = sync(second);
  if (third && !stopping.load(std::memory_order_acquire)) third->apply();  // the next start does it, too
  return first_lasts && second_lasts;
}

/// Everything, when nobody writes any more.
bool Log::State::sync_all() {
  const bool asked_lasts = sync_asked();
  const bool aside_lasts = sync(file.take_aside());
  return sync(file.current()) && asked_lasts && aside_lasts;
}

namespace {
/// Signals are the main thread's; and a pipe whose reader has gone is an error to be counted, not the end of the process (SIGPIPE).
void block_signals_of_log() {
  sigset_t all_signals;
  ::sigfillset(&all_signals);
  ::pthread_sigmask(SIG_BLOCK, &all_signals, nullptr);
}
}  // namespace

void Log::State::run() {
  block_signals_of_log();
  for (;;) {
    const bool last = stopping.load(std::memory_order_acquire);
    const auto turn = pump();
    {
      const std::lock_guard lock(sleeping);
      if (abandoned) return;
      recorded.notify_all();
    }
    if (turn == Turn::more) continue;  // a ring that stays half full wakes nobody
    if (last && turn == Turn::empty) break;
    std::unique_lock lock(sleeping);
    if (std::exchange(hurried, false)) continue;
    if (!stopping || turn != Turn::empty) awake.wait_for(lock, last ? std::min<Duration>(options.turn, 10ms) : options.turn);
  }
  const std::lock_guard lock(sleeping);
  written_all = true;
  sync_asked_for.notify_one();
}

void Log::State::run_syncing() {
  block_signals_of_log();
  bool lasts = true;  // what was synced since the log was told to stop
  for (std::unique_lock lock(sleeping);;) {
    sync_asked_for.wait(lock, [&] { return aside != nullptr || current != nullptr || retention || written_all || abandoned; });
    if (abandoned) return;
    if (written_all) break;
    lock.unlock();
    if (!sync_asked() && stopping.load(std::memory_order_acquire)) lasts = false;
    lock.lock();
  }
  const bool lasts_all = sync_all() && lasts;
  const std::lock_guard lock(sleeping);
  finished = true;
  clean = lasts_all;
  done.notify_all();
}

Result<std::unique_ptr<Log>> Log::open(Options options, const Clock& clock) {
  constexpr unsigned threads_max = 1024;
  if (options.threads == 0 || options.threads > threads_max) return fail(Fault::invalid, "the audit log serves 1 to 1024 threads");
  auto file = TRY(LogFile::open(options.file, clock.now()));
  auto state = std::make_shared<State>(std::move(options), std::move(file), clock);
  for (unsigned i = 0; i <= state->options.threads; ++i) {
    auto& lane = *state->lanes.emplace_back(std::make_unique<State::Lane>());
    lane.ring = TRY(Ring::create(state->options.ring_bytes));
  }
  std::unique_ptr<Log> log(new Log(state));
  if (state->options.own_thread) {
    state->thread = std::thread([state] { state->run(); });
    state->syncing_thread = std::thread([state] { state->run_syncing(); });
  }
  return log;
}

Log::~Log() { (void)stop(2s); }

bool Log::write(unsigned thread, const Record& record) noexcept {
  GH_ASSERT(thread < state_->options.threads);
  auto& lane = *state_->lanes[thread];
  const auto room = lane.ring->reserve(line_bytes_max);
  if (room.empty()) {
    lane.dropped.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  if (lane.ring->commit(write_line(record, room))) state_->awake.notify_one();
  return true;
}

bool Log::write_act(const Act& act, Duration patience) {
  auto& state = *state_;
  auto& lane = *state.lanes.back();
  std::uint64_t end = 0;
  {
    const std::lock_guard alone(state.acting);
    const auto room = lane.ring->reserve(line_bytes_max);
    if (room.empty()) {
      lane.dropped.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    (void)lane.ring->commit(write_act_line(act, room));
    end = lane.ring->written();
  }
  if (!state.options.own_thread) return true;
  std::unique_lock lock(state.sleeping);
  state.hurried = true;
  state.awake.notify_one();
  return state.recorded.wait_for(lock, patience, [&] { return lane.ring->taken() >= end; });
}

void Log::reopen() noexcept { state_->wants_reopen.store(true, std::memory_order_release); }

bool Log::pump() { return state_->pump() == State::Turn::empty; }

bool Log::sync() { return state_->sync_asked(); }

bool Log::stop(Duration patience) {
  auto& state = *state_;
  if (state.stopping.exchange(true)) return true;
  if (!state.thread.joinable()) {
    const bool written = state.pump() == State::Turn::empty;
    return state.sync_all() && written;
  }
  state.awake.notify_one();
  std::unique_lock lock(state.sleeping);
  const bool in_time = state.done.wait_for(lock, patience, [&] { return state.finished; });
  const bool clean = in_time && state.clean;
  state.abandoned = !in_time;
  lock.unlock();
  if (in_time) {
    state.thread.join();
    state.syncing_thread.join();
  } else {
    state.awake.notify_one();
    state.sync_asked_for.notify_one();
    state.thread.detach();  // either may hang in the disk for ever; both hold the state, and touch nothing else when they return
    state.syncing_thread.detach();
  }
  return clean;
}

std::string Log::last_failure() const {
  const std::lock_guard lock(state_->sleeping);
  return state_->last_failure;
}

Log::Counts Log::counts() const noexcept {
  const auto& state = *state_;
  return {state.dropped(), state.bytes.load(std::memory_order_relaxed), state.failures.load(std::memory_order_relaxed),
          state.rotations.load(std::memory_order_relaxed), state.healthy.load(std::memory_order_relaxed)};
}

}  // namespace gatehouse::audit

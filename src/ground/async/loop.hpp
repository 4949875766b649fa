// The event loop of one thread: epoll, edge-triggered, each descriptor registered once for all its life.
// A turn: wait, hand each event to its Watcher, run what other threads posted, fire timers, free what was disposed of.
// Invariant: an object disposed of during a turn stays alive until the turn's end, so a later event of the same turn that
// still points to it meets a closed object, never freed memory.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "ground/async/timer.hpp"
#include "ground/base/result.hpp"
#include "ground/base/time.hpp"

namespace gatehouse::async {

/// What waits for a descriptor.
class Watcher {
 public:
  virtual ~Watcher() = default;
  /// `events`: EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLHUP, EPOLLERR, as epoll_wait(2) gives them; edge-triggered.
  virtual void ready(std::uint32_t events) = 0;
};

/// A thing with one teardown path: disposed of, it is freed at the end of the loop's turn.
class Disposable {
 public:
  virtual ~Disposable() = default;
};

using Task = std::move_only_function<void()>;

class Loop {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Loop>> create(const Clock& clock);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Turns until stop() was called.
  void run();
  /// One turn; sleeps at most `longest` for an event. For tests and for run().
  void turn(Duration longest);
  /// Any thread: run() returns after its present turn.
  void stop();
  /// Any thread: `task` runs on the loop's thread in a later turn, in the order posted by that thread.
  void post(Task task);

  /// The loop's own thread, all below.
  [[nodiscard]] Result<> watch(int descriptor, Watcher& watcher);
  /// Only readability and level-triggered: for listening sockets, whose edges are lost when accept(2) runs out of descriptors.
  [[nodiscard]] Result<> watch_listener(int descriptor, Watcher& watcher);
  void unwatch(int descriptor) noexcept;
  void arm(Timer& timer, Duration after) noexcept { wheel_.arm(timer, ticks_, after); }
  void dispose(std::unique_ptr<Disposable> thing) { disposed_.push_back(std::move(thing)); }
  /// `task` runs before the present turn ends, once.
  void defer(Task task) { deferred_.push_back(std::move(task)); }
  /// `watcher.ready(events)` is called in the next turn though no edge came: for work that used up its share of this turn.
  void again(Watcher& watcher, std::uint32_t events) { again_.push_back({&watcher, events}); }
  /// Takes back what again() asked for: the watcher is going away.
  void forget(const Watcher& watcher) noexcept;

  /// How many turns there have been: events of one turn were all collected before any of them is handled.
  [[nodiscard]] std::uint64_t turns() const noexcept { return turns_; }
  /// How often the loop has called somebody: where it differs from an earlier reading, all calls that were open then have returned.
  [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }
  /// Read once a turn.
  [[nodiscard]] Ticks ticks() const noexcept { return ticks_; }
  [[nodiscard]] Instant now() const noexcept { return now_; }

 private:
  explicit Loop(const Clock& clock);
  Result<> open();
  void read_clock() noexcept;
  void run_posted();

  struct Again {
    Watcher* watcher;
    std::uint32_t events;
  };
  const Clock& clock_;
  int epoll_ = -1;
  int wake_ = -1;  // eventfd
  Ticks ticks_;
  Instant now_;
  Wheel wheel_;
  std::vector<std::unique_ptr<Disposable>> disposed_;
  std::vector<Task> deferred_;
  std::vector<Again> again_;      // for the next turn
  std::vector<Again> repeating_;  // of this turn
  std::uint64_t turns_ = 0;
  std::uint64_t steps_ = 0;
  bool stopping_ = false;

  std::mutex mutex_;
  std::vector<Task> posted_;  // guarded by mutex_
};

}  // namespace gatehouse::async

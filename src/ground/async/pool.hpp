// The pool: a few threads for everything that may wait (SQL, DNS, fetching keys, writing logs, password hashing). The
// queue is bounded; a full queue refuses, so that work piles up at the door and not in memory.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "ground/async/loop.hpp"

namespace gatehouse::async {

class Pool {
 public:
  /// `threads` >= 1; at most `queued_max` tasks wait.
  Pool(std::size_t threads, std::size_t queued_max);
  /// Runs what is queued, then joins.
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// False: the queue is full and the task was not taken.
  [[nodiscard]] bool submit(Task task);
  [[nodiscard]] std::size_t queued() const;

 private:
  void work();

  const std::size_t queued_max_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> queue_;  // guarded by mutex_
  bool closing_ = false;    // guarded by mutex_
  std::vector<std::jthread> threads_;
};

}  // namespace gatehouse::async

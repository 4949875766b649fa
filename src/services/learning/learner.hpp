// The learner: takes sightings from the loop threads and learns from them on a thread of its own, which works for a tenth of its time and rests for the others, so
// that watching costs a bounded share of one processor however much there is to see.
//
//   loop threads -> queue (waiting_max, waiting_bytes_max; full: the sighting is dropped and counted) -> learner -> learned.json, once a minute and at the end
//
// Invariant: no loop thread waits for the learner; what does not fit is dropped.
#pragma once
#include <array>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engines/inference/learned.hpp"
#include "engines/inference/proposal.hpp"
#include "ground/base/result.hpp"
#include "ground/base/time.hpp"
#include "services/learning/pending.hpp"

namespace gatehouse::learning {

class Learner {
 public:
  static constexpr std::size_t waiting_max = 512, waiting_bytes_max = 8 * 1024 * 1024, pending_max = 256;

  /// `file`: where it is kept; what is there is read. What cannot be read is put aside as "FILE.bad" and told in `trouble()`.
  explicit Learner(std::string file);
  ~Learner();
  Learner(const Learner&) = delete;
  Learner& operator=(const Learner&) = delete;

  /// From any thread: there is room for one more. Whoever is told no has counted one as dropped.
  [[nodiscard]] bool has_room() noexcept;
  /// From any thread: a sighting to be filled. Null: there is no room, and it is counted as dropped. It goes before the learner does.
  [[nodiscard]] std::unique_ptr<Pending> begin();
  /// From any thread. Never waits for more than another's turn at the queue.
  void take(inference::Sighting sighting);
  /// The number of a caller, by what it proved itself with or its address; the same after a restart. Six bits of it are kept, by which nobody is known again.
  [[nodiscard]] static std::uint64_t number_of(std::string_view caller) noexcept;

  /// Begins to learn; until then sightings wait. At start and reload.
  void start();
  /// Learns all that waits, now, on the calling thread: for tests, and before it is asked.
  void catch_up();
  /// Writes what is learned to its file, if there is anything new.
  [[nodiscard]] Result<> keep();
  /// Forgets everything, also what is in the file.
  [[nodiscard]] Result<> forget();

  /// A copy of all that is learned by now.
  [[nodiscard]] inference::Learned learned();
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }
  /// How often what became of a sighting was that.
  [[nodiscard]] std::uint64_t count(inference::Taken what) const;
  /// What went wrong with the file; empty: nothing.
  [[nodiscard]] std::string trouble() const;

 private:
  void work(const std::stop_token& stop);
  [[nodiscard]] Result<> write(const std::string& text) const;

  const std::string file_;
  std::atomic<std::size_t> waiting_bytes_{0}, waiting_{0}, pending_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::mutex queue_mutex_;
  std::vector<inference::Sighting> queue_;  // guarded by queue_mutex_
  mutable std::mutex mutex_;
  inference::Learned learned_;            // guarded by mutex_
  std::uint64_t changes_ = 0, kept_ = 0;  // guarded by mutex_: sightings learned from, and those that the file has
  std::string trouble_;                   // guarded by mutex_
  std::jthread thread_;
};

}  // namespace gatehouse::learning

// The budget of buffered bytes: what waits in the output queues of connections and streams, and what came in and cannot be handed on yet,
// counted over the whole process. Every such queue is bounded by itself; the budget bounds their sum, since many bounded queues are still much.
//
//   Held (a queue) --> BufferTally (a loop thread, plain numbers) --in batches--> BufferBudget (the process, one relaxed atomic)
//
// From half of the budget on the producers of answers are paused as soon as anything waits for a client: clients that do not read then leave the
// other half to those who send. Over the budget new requests with a body are refused, and the connections that hold most of what their clients do not read
// are ended (ServerContext::relieve); the rest falls as clients and upstreams take what is theirs, or when their deadlines end them.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace gatehouse::net {

class BufferBudget {
 public:
  explicit BufferBudget(std::uint64_t bytes_max) noexcept : bytes_max_(static_cast<std::int64_t>(bytes_max)) {}
  BufferBudget(const BufferBudget&) = delete;
  BufferBudget& operator=(const BufferBudget&) = delete;

  /// Any thread. Up to one batch a loop thread may be missing from it.
  [[nodiscard]] std::uint64_t used() const noexcept {
    const auto used = used_.load(std::memory_order_relaxed);
    return used < 0 ? 0 : static_cast<std::uint64_t>(used);
  }
  [[nodiscard]] bool spent() const noexcept { return used_.load(std::memory_order_relaxed) >= bytes_max_.load(std::memory_order_relaxed); }
  /// Half of it is used: so much is for answers that wait for their clients.
  [[nodiscard]] bool half_spent() const noexcept { return used_.load(std::memory_order_relaxed) >= bytes_max_.load(std::memory_order_relaxed) / 2; }
  /// How much of it is not used.
  [[nodiscard]] std::uint64_t left() const noexcept {
    const auto left = bytes_max_.load(std::memory_order_relaxed) - used_.load(std::memory_order_relaxed);
    return left < 0 ? 0 : static_cast<std::uint64_t>(left);
  }
  /// By how much more than three quarters of it is used.
  [[nodiscard]] std::uint64_t excess() const noexcept {
    const auto excess = used_.load(std::memory_order_relaxed) - bytes_max_.load(std::memory_order_relaxed) / 4 * 3;
    return excess < 0 ? 0 : static_cast<std::uint64_t>(excess);
  }
  /// Any thread.
  void limit(std::uint64_t bytes_max) noexcept { bytes_max_.store(static_cast<std::int64_t>(bytes_max), std::memory_order_relaxed); }

 private:
  friend class BufferTally;
  std::atomic<std::int64_t> used_{0};
  std::atomic<std::int64_t> bytes_max_;
};

/// What the queues of one loop thread hold together. Counts for a budget, or for nobody.
class BufferTally {
 public:
  static constexpr std::int64_t batch = 16 * 1024;

  BufferTally() = default;
  explicit BufferTally(BufferBudget& budget) noexcept : budget_(&budget) {}
  ~BufferTally() { settle(); }
  BufferTally(const BufferTally&) = delete;
  BufferTally& operator=(const BufferTally&) = delete;

  /// Before anything is counted.
  void count_for(BufferBudget& budget) noexcept { budget_ = &budget; }
  [[nodiscard]] bool spent() const noexcept { return budget_ != nullptr && budget_->spent(); }
  [[nodiscard]] bool half_spent() const noexcept { return budget_ != nullptr && budget_->half_spent(); }
  [[nodiscard]] std::uint64_t excess() const noexcept { return budget_ == nullptr ? 0 : budget_->excess(); }
  /// By the queues of this thread.
  [[nodiscard]] std::int64_t held() const noexcept { return held_; }

 private:
  friend class Held;
  void add(std::int64_t bytes) noexcept {
    held_ += bytes;
    pending_ += bytes;
    if (pending_ >= batch || pending_ <= -batch) settle();
  }
  void settle() noexcept {
    if (budget_ != nullptr) budget_->used_.fetch_add(pending_, std::memory_order_relaxed);
    pending_ = 0;
  }
  BufferBudget* budget_ = nullptr;
  std::int64_t pending_ = 0, held_ = 0;
};

/// What one queue holds. A queue that ends releases it: its memory may live on until the loop's turn is over, and the tally need not.
class Held {
 public:
  explicit Held(BufferTally& tally) noexcept : tally_(&tally) {}
  ~Held() { release(); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  void set(std::size_t bytes) noexcept {
    if (bytes == bytes_ || tally_ == nullptr) return;
    tally_->add(static_cast<std::int64_t>(bytes) - static_cast<std::int64_t>(bytes_));
    bytes_ = bytes;
  }
  /// Nothing is counted from now on.
  void release() noexcept {
    set(0);
    tally_ = nullptr;
  }

 private:
  BufferTally* tally_;
  std::size_t bytes_ = 0;
};

}  // namespace gatehouse::net

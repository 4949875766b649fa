// How many requests the gate holds back at once, over all limits. A limit bounds its own waiting ones by time; this bounds their memory.
#pragma once
#include <atomic>
#include <cstdint>
#include <utility>

namespace gatehouse::limits {

class Delays {
 public:
  explicit Delays(std::uint32_t at_once) noexcept : at_once_(at_once) {}
  Delays(const Delays&) = delete;
  Delays& operator=(const Delays&) = delete;

  /// Held while a request waits. The Delays outlive it.
  class [[nodiscard]] Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept : delays_(std::exchange(other.delays_, nullptr)) {}
    Place& operator=(Place&& other) noexcept {
      std::swap(delays_, other.delays_);
      return *this;
    }
    ~Place() {
      if (delays_ != nullptr) delays_->waiting_.fetch_sub(1, std::memory_order_relaxed);
    }
    explicit operator bool() const noexcept { return delays_ != nullptr; }

   private:
    friend class Delays;
    explicit Place(Delays& delays) noexcept : delays_(&delays) {}
    Delays* delays_ = nullptr;
  };

  /// An empty place if all are taken.
  [[nodiscard]] Place enter() noexcept {
    if (waiting_.fetch_add(1, std::memory_order_relaxed) < at_once_) return Place(*this);
    waiting_.fetch_sub(1, std::memory_order_relaxed);
    return {};
  }
  [[nodiscard]] std::uint32_t waiting() const noexcept { return waiting_.load(std::memory_order_relaxed); }

 private:
  std::uint32_t at_once_;
  std::atomic<std::uint32_t> waiting_{0};
};

}  // namespace gatehouse::limits

// A sighting in the making: while its exchange is under way. There are only so many at a time (Learner::pending_max), so that what is copied of bodies that are slow to
// come is bounded.
#pragma once
#include <atomic>

#include "engines/inference/sighting.hpp"

namespace gatehouse::learning {

class Pending {
 public:
  /// `count` has counted it already, and outlives it.
  explicit Pending(std::atomic<std::size_t>& count) noexcept : count_(count) {}
  ~Pending() { count_.fetch_sub(1, std::memory_order_relaxed); }
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;

  inference::Sighting sighting;

 private:
  std::atomic<std::size_t>& count_;
};

}  // namespace gatehouse::learning

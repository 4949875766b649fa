// Whether bytes keep moving while somebody is to move them: a client that sends a body, or takes an answer. Two bounds in one: no byte for too long,
// and too few of them. The second is a bucket that holds time: it is full at first, runs out as time passes, and each byte that moves puts back what it
// may take at the least rate. It holds no more than the longest silence, so that a fast beginning buys no slow end:
//
//   in any stretch of time in which bytes were due throughout, at least rate * (the stretch - idle) of them have moved
//
// While nothing is due (the body is not wanted at present, nothing waits for the client) no time is used up, and what was used fills up again.
#pragma once
#include <algorithm>
#include <cstdint>
#include <utility>

#include "ground/base/time.hpp"

namespace gatehouse::net {

struct PaceLimits {
  Duration idle;               ///< without a byte; an hour at most
  std::uint32_t rate_min = 0;  ///< bytes a second; 0: no minimum
};

enum class PaceVerdict : std::uint8_t { good, idle, slow };

class Pace {
 public:
  [[nodiscard]] bool due() const noexcept { return due_; }
  /// From now on bytes are due, if they were not.
  void begin(Ticks now, const PaceLimits& limits) noexcept {
    if (std::exchange(due_, true)) return;
    const auto used = std::clamp<Duration>(mark_ - now, Duration::zero(), limits.idle);
    moved_ = now;
    mark_ = now + limits.idle - used;
  }
  /// None are due until begin().
  void rest(Ticks now, const PaceLimits& limits) noexcept {
    if (!std::exchange(due_, false)) return;
    const auto left = std::clamp<Duration>(mark_ - now, Duration::zero(), limits.idle);
    mark_ = now + limits.idle - left;
  }
  /// So many bytes have moved since the last call, and are due still.
  void moved(Ticks now, std::uint64_t bytes, const PaceLimits& limits) noexcept {
    if (bytes == 0 || !due_) return;
    moved_ = now;
    if (limits.rate_min == 0) return;
    constexpr std::uint64_t bytes_max = std::uint64_t{1} << 32U;  // more than fills it at any rate
    const Duration bought(std::min(bytes, bytes_max) * 1'000'000'000U / limits.rate_min);
    mark_ = std::min(mark_ + bought, now + limits.idle);
  }
  /// When the verdict will not be good any more, if nothing moves until then.
  [[nodiscard]] Ticks deadline(const PaceLimits& limits) const noexcept {
    if (!due_) return Ticks::max();
    return limits.rate_min == 0 ? moved_ + limits.idle : std::min(moved_ + limits.idle, mark_);
  }
  /// For how long none of the bytes that are due have moved.
  [[nodiscard]] Duration silence(Ticks now) const noexcept { return due_ ? now - moved_ : Duration::zero(); }
  [[nodiscard]] PaceVerdict verdict(Ticks now, const PaceLimits& limits) const noexcept {
    if (now < deadline(limits)) return PaceVerdict::good;
    return now >= moved_ + limits.idle ? PaceVerdict::idle : PaceVerdict::slow;
  }

 private:
  Ticks mark_{};   // due: when the bucket is empty; else: when it is full
  Ticks moved_{};  // when a byte moved last, or the first became due
  bool due_ = false;
};

}  // namespace gatehouse::net

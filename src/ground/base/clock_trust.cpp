#include "ground/base/clock_trust.hpp"

namespace gatehouse {

bool ClockTrust::believes(Instant now, Ticks ticks) noexcept {
  const auto distance = now.time_since_epoch() - ticks.time_since_epoch();
  if (!believed_ && plausible_) believed_ = distance;
  if (believed_ && distance - *believed_ <= tolerance) {
    if (*believed_ - distance > tolerance) believed_ = distance;  // set back: the way forward again is a jump
    jump_.reset();
    return true;
  }
  // Setting it back by a part begins the day anew as well: nobody knows yet which time is right.
  if (!jump_ || distance - jump_->distance > tolerance || jump_->distance - distance > tolerance) jump_ = Jump{distance, ticks};
  if (ticks - jump_->since < settling) return false;
  believed_ = distance;
  jump_.reset();
  return true;
}

}  // namespace gatehouse

// Whether the wall clock is to be believed where believing it destroys something, such as what is too old to be kept. A clock that was set forward by
// mistake would make everything old at once; the monotonic clock, which nobody sets, shows the jump. A jump is believed once it has lasted a day,
// in which somebody can notice it: what is kept meanwhile is kept a day longer, no more. Only the forward direction destroys, and setting a clock back
// makes nothing older.
#pragma once
#include <optional>

#include "ground/base/time.hpp"

namespace gatehouse {

class ClockTrust {
 public:
  /// Further apart than this from one call to a later one, the two clocks disagree. Slewing reaches it in months, a suspended machine when it wakes.
  static constexpr Duration tolerance = 1h;
  static constexpr Duration settling = 24h;

  /// `plausible`: whether there is reason to believe the time of the first call.
  explicit ClockTrust(bool plausible = true) noexcept : plausible_(plausible) {}

  /// To be called again and again with both clocks, read together. False: the wall clock jumped forward less than a day ago.
  [[nodiscard]] bool believes(Instant now, Ticks ticks) noexcept;

 private:
  bool plausible_;
  struct Jump {
    Duration distance;
    Ticks since;
  };
  std::optional<Duration> believed_;  // wall time minus ticks, as it was last believed
  std::optional<Jump> jump_;          // not settled yet
};

}  // namespace gatehouse

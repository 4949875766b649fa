// The generic cell rate algorithm (ITU-T I.371), exact in whole nanoseconds.
//
//   emission interval T = period / rate, rounded up: never a request more than configured (and at most 1 ns each slower)
//   A counter is one number, the theoretical arrival time TAT: the instant at which all that was taken is paid off.
//
//        now                TAT              new TAT = max(now, TAT) + cost*T
//     ----+------------------+--------------------+---------------> time
//         |<------------------ backlog ----------->|   allowed if backlog <= burst*T
//
// So `burst` requests pass at once after a rest, and one more each T. A request that may wait is one with
// burst*T < backlog <= burst*T + wait_max; it is conforming after the difference. A refused request takes nothing.
#pragma once
#include <cstdint>

#include "ground/base/result.hpp"
#include "ground/base/time.hpp"

namespace gatehouse::limits {

class Limit {
 public:
  /// A default-made limit lets nothing pass.
  Limit() = default;

  /// `rate` requests each `period` on the long run, `burst` at once. Refuses zero, and a burst that takes more than 50 years to pay off.
  [[nodiscard]] static Result<Limit> make(std::uint64_t rate, Duration period, std::uint32_t burst, Duration wait_max = {});

  [[nodiscard]] Duration emission() const noexcept { return emission_; }
  [[nodiscard]] std::uint32_t burst() const noexcept { return burst_; }
  /// burst * emission: the backlog that is allowed.
  [[nodiscard]] Duration tolerance() const noexcept { return tolerance_; }
  /// How long a request beyond the limit may be made to wait; zero: it is refused at once. A counter so never has more than
  /// wait_max / emission requests waiting.
  [[nodiscard]] Duration wait_max() const noexcept { return wait_max_; }
  [[nodiscard]] Limit without_wait() const noexcept;

  /// The same limit as clients are told it: `quota` requests come back in `window` whole seconds, at least the burst.
  [[nodiscard]] std::uint64_t quota() const noexcept { return quota_; }
  [[nodiscard]] std::uint32_t window_seconds() const noexcept { return window_seconds_; }

 private:
  Duration emission_{}, tolerance_{}, wait_max_{};
  std::uint64_t quota_ = 0;
  std::uint32_t window_seconds_ = 0;
  std::uint32_t burst_ = 0;
};

/// What taking from a counter came to.
struct [[nodiscard]] Tally {
  bool allowed = false;
  std::uint32_t remaining = 0;  ///< requests of cost 1 that would pass at once now
  Duration wait{};              ///< allowed, and to be held back this long first
  Duration retry_after{};       ///< time after which the same cost would pass without waiting; zero if allowed; Duration::max() if never
  Duration reset_after{};       ///< time until the whole burst is there again
};

/// The algorithm on one counter: pure. `tat` and `now` in nanoseconds of one monotonic clock.
struct Arrival {
  Tally tally;
  std::uint64_t tat = 0;  ///< to be stored if the tally allows and the cost is not zero
};
[[nodiscard]] Arrival arrive(const Limit& limit, std::uint64_t tat, std::uint32_t cost, std::uint64_t now) noexcept;

}  // namespace gatehouse::limits

// Time is handed in: whoever needs it takes a Clock, so that a test stands at any instant.
#pragma once
#include <chrono>

namespace gatehouse {

using Duration = std::chrono::nanoseconds;
using namespace std::chrono_literals;

/// Wall time (UTC), for what is compared with the outside: token times, expiry dates, logs. May jump.
using Instant = std::chrono::sys_time<std::chrono::nanoseconds>;

/// Monotonic time since some point before the process began, for time-outs and limits. Never jumps.
using Ticks = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Instant now() const noexcept = 0;
  [[nodiscard]] virtual Ticks ticks() const noexcept = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const noexcept override;
  [[nodiscard]] Ticks ticks() const noexcept override;
};

/// A clock that stands still until it is moved: for tests.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant start = Instant{1'750'000'000s}) : now_(start) {}
  [[nodiscard]] Instant now() const noexcept override { return now_; }
  [[nodiscard]] Ticks ticks() const noexcept override { return ticks_; }
  void advance(Duration by) noexcept {
    now_ += by;
    ticks_ += by;
  }
  void set(Instant now) noexcept { now_ = now; }

 private:
  Instant now_;
  Ticks ticks_{1h};
};

/// Whole seconds since 1970-01-01T00:00:00Z, rounded down: the NumericDate of RFC 7519 section 2.
[[nodiscard]] constexpr std::int64_t unix_seconds(Instant instant) noexcept {
  return std::chrono::floor<std::chrono::seconds>(instant).time_since_epoch().count();
}

}  // namespace gatehouse

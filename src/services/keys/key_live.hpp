// What changes about a key between two rings, shared by all of them: revocation, which must hold at once, and the count of requests
// of the current day and month, which must go on. One KeyLive a key, never moved, never given back while the process runs.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>

#include "ground/base/time.hpp"
#include "services/keys/options.hpp"

namespace gatehouse::keys {

/// A count that begins anew in each period (a day, a month). Lock-free; one word: the period in 24 bits, the count in 40.
class PeriodCount {
 public:
  static constexpr std::uint64_t count_max = (std::uint64_t{1} << 40) - 1;

  /// Counts one in `period`, unless `limit` is reached in it. Never counts past the limit, whatever the number of threads.
  [[nodiscard]] bool take(std::uint32_t period, std::uint64_t limit) noexcept;
  /// Takes one back that take() gave: for a request that another limit then refused.
  void give_back(std::uint32_t period) noexcept;
  /// Counted in `period` so far.
  [[nodiscard]] std::uint64_t count(std::uint32_t period) const noexcept;
  /// Adds what was counted before the process began.
  void restore(std::uint32_t period, std::uint64_t count) noexcept;

 private:
  std::atomic<std::uint64_t> word_{0};
};

/// What a key has left in the current day and month; nothing where its plan sets no quota.
struct QuotaLeft {
  std::optional<std::uint64_t> day, month;
};

enum class QuotaVerdict : std::uint8_t { taken, day_used_up, month_used_up };

struct KeyLive {
  std::atomic<bool> revoked{false};
  PeriodCount day, month;

  /// Counts one request against the quotas of the plan, or neither of them. UTC calendar.
  [[nodiscard]] QuotaVerdict take(const QuotaOptions& quota, Instant now) noexcept;
  /// Takes back what take() counted at `taken`: for a request that was refused after all. A day or month that is over by `now` stays as it was.
  void give_back(Instant taken, Instant now) noexcept;
  [[nodiscard]] QuotaLeft left(const QuotaOptions& quota, Instant now) const noexcept;
};

/// Days since 1970-01-01, and months since 1970-01, both UTC.
[[nodiscard]] std::uint32_t day_number(Instant instant) noexcept;
[[nodiscard]] std::uint32_t month_number(Instant instant) noexcept;
/// When the period after that of `now` begins: for Retry-After.
[[nodiscard]] Instant next_day(Instant now) noexcept;
[[nodiscard]] Instant next_month(Instant now) noexcept;

/// Owns them. Adding is for the one writer; what it gave is used by any thread.
class KeyLives {
 public:
  [[nodiscard]] KeyLive* add() {
    const std::lock_guard lock(mutex_);
    return &lives_.emplace_back();
  }

 private:
  std::mutex mutex_;
  std::deque<KeyLive> lives_;  // a deque never moves what is in it
};

}  // namespace gatehouse::keys

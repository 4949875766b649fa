// The fields RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-11) and Retry-After (RFC 9110 section 10.2.3), written
// into the caller's buffer.
//
//   RateLimit-Policy: "per-key";q=100;w=60      the quota that comes back within a window
//   RateLimit: "per-key";r=37;t=23              what is left, and the time for which it must do
//
// GCRA has no fixed window. w is the time in which the burst comes back (whole seconds, at least 1) and q what comes in that time, so
// q/w is the sustained rate. t is the time that r requests take at the sustained rate, so a client that spreads r over t is never
// refused, and the ratio never invites a rush (section 8.5); with r = 0, t is the time until a request passes, and Retry-After is
// never earlier (section 6). All are rounded so that they promise less rather than more.
#pragma once
#include <span>
#include <string_view>

#include "services/limits/rules.hpp"

namespace gatehouse::limits {

/// Enough for Judgement::readings_max members and a quota.
inline constexpr std::size_t rate_limit_bytes_max = 1152;

/// A quota of a calendar day or month: no rate brings it back before its period ends.
struct QuotaReading {
  std::string_view name;             ///< letters, digits, '-'
  std::uint64_t quota = 0;           ///< requests in the period
  std::uint32_t window_seconds = 0;  ///< the whole period
  Duration left{};                   ///< until the next one begins
  std::uint64_t remaining = 0;       ///< requests; 0: it is used up
};

/// Whether a client that goes on asking comes to the end of the quota first: no rate lets fewer requests pass at once.
[[nodiscard]] bool is_nearest(const QuotaReading& quota, std::span<const Reading> readings) noexcept;

/// The members that fit, whole, comma-separated; empty if there are none. The text lies in `buffer`. `quota`, if it is not null, comes first: it is
/// what the client will have to wait for, or must.
[[nodiscard]] std::string_view rate_limit(std::span<const Reading> readings, std::span<char> buffer, const QuotaReading* quota = nullptr) noexcept;
[[nodiscard]] std::string_view rate_limit_policy(std::span<const Reading> readings, std::span<char> buffer,
                                                 const QuotaReading* quota = nullptr) noexcept;

/// Until a request passes that rule again; zero if one would pass now.
[[nodiscard]] Duration until_next(const Reading& reading) noexcept;

inline constexpr std::size_t retry_after_bytes_max = 8;
/// Whole seconds, rounded up, at least 1, at most a year ("never" is told as a year), as text in `buffer`; empty if that is smaller than retry_after_bytes_max.
[[nodiscard]] std::string_view retry_after(Duration retry_after, std::span<char> buffer) noexcept;

}  // namespace gatehouse::limits

// What an operator can say about how much is too much.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "ground/settings/pace.hpp"

namespace gatehouse::limits {

using settings::Over;

/// One limit: a rate (GCRA), a number at the same time, or both.
struct LimitOptions {
  std::optional<settings::Rate> rate;
  std::optional<std::uint32_t> burst;  ///< at once; not set: what the rate gives in one second, at least 1
  Over over = Over::reject;
  Duration max_delay = 1s;                   ///< over: delay; who would have to wait longer is rejected
  std::optional<std::uint32_t> concurrency;  ///< requests at the same time
  bool operator==(const LimitOptions&) const = default;
};

/// The limit of a client address. It refuses and never delays; and it bounds requests at the same time unless it is told not to: each of
/// them may hold a connection to the upstream for as long as its client reads or writes slowly. What is not named stays as it is here; a rate that is named
/// without a burst has the one of LimitOptions.
struct AddressLimitOptions {
  std::optional<settings::Rate> rate = settings::Rate{50, 1s};
  std::optional<std::uint32_t> burst = 100;
  Over over = Over::reject;
  std::optional<std::uint32_t> concurrency = 256;  ///< a quarter of what a worker holds to one upstream server; HTTP/2 streams count each
  bool operator==(const AddressLimitOptions&) const = default;
};

/// Callers that keep asking wrongly (400, 401, 404, 405 ...): counted for an address and for a key.
struct FailureOptions {
  std::uint32_t count = 100;  ///< failures in a window that lead to a ban; far above what a mistyped client causes
  Duration window = 1min;
  Duration ban = 5min;                     ///< short: an address may be shared by a whole office
  std::vector<http::AddressBlock> exempt;  ///< addresses that are never banned: the operator's own monitors
  bool operator==(const FailureOptions&) const = default;
};

struct LimitsOptions {
  std::optional<AddressLimitOptions> per_address = AddressLimitOptions{};  ///< IPv6 by /64
  std::optional<LimitOptions> per_key;
  std::optional<LimitOptions> per_subject;  ///< issuer and subject of a token
  std::optional<FailureOptions> failures = FailureOptions{};
  bool operator==(const LimitsOptions&) const = default;
};

/// Requests at once where no burst was said: what the rate gives in one second, at least 1.
[[nodiscard]] std::uint32_t burst_of(settings::Rate rate, std::optional<std::uint32_t> burst) noexcept;

[[nodiscard]] settings::TypeOf<LimitOptions> limit_settings();
[[nodiscard]] settings::TypeOf<AddressLimitOptions> address_limit_settings();
[[nodiscard]] settings::TypeOf<LimitsOptions> limits_settings();

}  // namespace gatehouse::limits

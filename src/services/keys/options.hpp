// What an operator can say about API keys and the plans that they are on.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ground/settings/pace.hpp"

namespace gatehouse::keys {

/// Requests that a key may make in a calendar day or month (UTC). Not set: no such limit.
struct QuotaOptions {
  std::optional<std::uint64_t> day;
  std::optional<std::uint64_t> month;
  bool operator==(const QuotaOptions&) const = default;
};

/// What the holder of a key has a claim to.
struct PlanOptions {
  std::optional<settings::Rate> rate;  ///< not set: no limit by the plan
  std::optional<std::uint32_t> burst;  ///< at once; not set: what the rate gives in one second, at least 1
  settings::Over over = settings::Over::reject;
  Duration max_delay = 1s;  ///< over: delay; who would have to wait longer is rejected
  QuotaOptions quota;
  std::vector<std::string> features;         ///< names that routes ask for
  std::optional<std::uint32_t> concurrency;  ///< requests of one key at the same time
  bool operator==(const PlanOptions&) const = default;
};

/// The env part of new keys: ghk_live_..., ghk_test_...
enum class Environment : std::uint8_t { live, test };

struct KeysOptions {
  Environment environment = Environment::live;  ///< of new keys; keys of the other environment are refused
  Duration usage_kept = 24h * 400;              ///< whole days; a year and a month to compare with, and always more than a quota's month
  bool operator==(const KeysOptions&) const = default;
};

[[nodiscard]] settings::TypeOf<PlanOptions> plan_settings();
[[nodiscard]] settings::TypeOf<KeysOptions> keys_settings();

}  // namespace gatehouse::keys

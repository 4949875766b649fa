// What an operator can say about the record of decisions and about the metrics.
#pragma once
#include <cstdint>
#include <string>

#include "ground/settings/value.hpp"

namespace gatehouse::audit {

enum class Level : std::uint8_t { refusals, all };

struct AuditOptions {
  std::string file = "audit.jsonl";                  ///< in the data directory unless absolute
  Level level = Level::refusals;                     ///< routes may say otherwise
  std::uint64_t rotate_bytes = 64ULL * 1024 * 1024;  ///< a new file after so much
  Duration rotate_age = std::chrono::hours(24);      ///< a new file when the present one is so old
  std::uint64_t keep_bytes = 1024ULL * 1024 * 1024;  ///< rotated files together; the oldest goes first
  Duration keep_age = std::chrono::hours(24 * 30);   ///< rotated files older than that go
  std::uint32_t decisions = 100'000;                 ///< kept for `gatehouse why`
  bool operator==(const AuditOptions&) const = default;
};

/// The listener of /metrics, /healthz and /readyz. It tells about everything, hence never on a public address.
struct MetricsOptions {
  settings::Endpoint address;
  bool operator==(const MetricsOptions&) const = default;
};

[[nodiscard]] settings::TypeOf<Level> level_settings();
[[nodiscard]] settings::TypeOf<AuditOptions> audit_settings();
[[nodiscard]] settings::TypeOf<MetricsOptions> metrics_settings();

}  // namespace gatehouse::audit

#include "services/keys/options.hpp"

#include "ground/settings/block.hpp"

namespace gatehouse::keys {

namespace {
settings::TypeOf<QuotaOptions> quota_settings() {
  const auto number = settings::integer<std::uint64_t>(1, 1'000'000'000'000'000);
  return settings::Block<QuotaOptions>("quota", "Requests that one key may make in a calendar day or month (UTC).")
      .field("day", &QuotaOptions::day, number, "Requests a day. Default: no limit.", "1000")
      .field("month", &QuotaOptions::month, number, "Requests a month. Default: no limit.", "20000")
      .check({.given = {"day", "month"}}, [](settings::Reader& reader, const settings::Node& node, const QuotaOptions& quota) {
        if (!quota.day && !quota.month) reader.note(node.at, "limits nothing: it needs a number a day, a month, or both");
      });
}
}  // namespace

settings::TypeOf<PlanOptions> plan_settings() {
  using settings::integer;
  return settings::Block<PlanOptions>("plan", "What the holder of a key has a claim to.")
      .field("rate", &PlanOptions::rate, settings::rate(), "Requests over time that one key may make. Default: no limit by the plan.", "10/s")
      .field("burst", &PlanOptions::burst, integer<std::uint32_t>(1, 1'000'000),
             "Requests that may come at once. Default: what the rate gives in a second, at least 1.", "20")
      .field("over", &PlanOptions::over, settings::over(), settings::over_purpose, "delay")
      .field("max_delay", &PlanOptions::max_delay, settings::max_delay(), settings::max_delay_purpose, "1s")
      .field("quota", &PlanOptions::quota, quota_settings(), "Requests in a calendar day or month.", "{ day: 1000 }")
      .field("features", &PlanOptions::features, settings::list_of(settings::name()), "Names of what the plan includes; routes ask for them.",
             "[export]")
      .field("concurrency", &PlanOptions::concurrency, integer<std::uint32_t>(1, 1'000'000),
             "Requests of one key at the same time. Default: no limit.", "8")
      .check({.given = {"rate", "burst"}},
             [](settings::Reader& reader, const settings::Node& node, const PlanOptions&) { settings::check_burst(reader, node); })
      .check({.values = {"over"}, .given = {"rate"}},
             [](settings::Reader& reader, const settings::Node& node, const PlanOptions& plan) { settings::check_delay(reader, node, plan.over); })
      .check({.values = {"over"}, .given = {"max_delay"}}, [](settings::Reader& reader, const settings::Node& node, const PlanOptions& plan) {
        settings::check_max_delay(reader, node, plan.over);
      });
}

settings::TypeOf<KeysOptions> keys_settings() {
  return settings::Block<KeysOptions>("keys", "API keys of this gate.")
      .field("environment", &KeysOptions::environment,
             settings::words<Environment>({{"live", Environment::live, "ghk_live_..."}, {"test", Environment::test, "ghk_test_..."}}),
             "Which keys are made and taken here; keys of the other environment are refused.", "test")
      .field("usage_kept", &KeysOptions::usage_kept, settings::duration(24h * 62, 24h * 3660),
             "For how many days back usage is kept; what is older is deleted. Export it before, if it is needed for longer.", "400d");
}

}  // namespace gatehouse::keys

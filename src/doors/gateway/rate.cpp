#include "doors/gateway/rate.hpp"

#include "ground/settings/setting_error.hpp"

namespace gatehouse::gateway {

Result<limits::Limit> limit_of(const settings::Rate& rate, std::optional<std::uint32_t> burst, Duration wait_max) {
  if (rate.per <= Duration::zero()) return fail(Fault::invalid, "a rate needs a period");
  return limits::Limit::make(rate.count, rate.per, limits::burst_of(rate, burst), wait_max);
}

Result<std::optional<limits::Rule>> rule_of(std::string name, limits::Scope scope, const std::optional<limits::LimitOptions>& options,
                                            std::string setting) {
  if (!options || !options->rate) return std::nullopt;
  const auto limit = TRY_OF_SETTING(setting, limit_of(*options));
  return limits::Rule{std::move(name), scope, scope == limits::Scope::route, limit, std::move(setting)};
}

}  // namespace gatehouse::gateway

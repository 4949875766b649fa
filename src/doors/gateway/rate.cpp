#include "doors/gateway/rate.hpp"

#include <algorithm>

namespace gatehouse::gateway {

Result<limits::Limit> limit_of(const settings::Rate& rate, std::optional<std::uint32_t> burst, Duration wait_max) {
  if (rate.per <= Duration::zero()) return fail(Fault::invalid, "a rate needs a period");
  const auto a_second = static_cast<std::uint64_t>(rate.count) * std::chrono::nanoseconds(1s).count() / static_cast<std::uint64_t>(rate.per.count());
  return limits::Limit::make(rate.count, rate.per, burst.value_or(static_cast<std::uint32_t>(std::clamp<std::uint64_t>(a_second, 1, 1'000'000'000))),
                             wait_max);
}

Result<std::optional<limits::Rule>> rule_of(std::string name, limits::Scope scope, const std::optional<limits::LimitOptions>& options,
                                            std::string setting) {
  if (!options || !options->rate) return std::nullopt;
  const auto limit = TRY(limit_of(*options));
  return limits::Rule{std::move(name), scope, scope == limits::Scope::route, limit, std::move(setting)};
}

}  // namespace gatehouse::gateway

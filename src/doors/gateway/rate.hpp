// From what an operator writes (10/s, burst 20) to a limit that counts.
#pragma once
#include <optional>
#include <string>

#include "ground/settings/pace.hpp"
#include "services/limits/limit.hpp"
#include "services/limits/options.hpp"
#include "services/limits/rules.hpp"

namespace gatehouse::gateway {

/// `burst` not set: what the rate gives in one second, at least 1.
[[nodiscard]] Result<limits::Limit> limit_of(const settings::Rate& rate, std::optional<std::uint32_t> burst, Duration wait_max);
/// The rate part of a limit or a plan, with its wait if it delays; they must have one.
template <class Options>
[[nodiscard]] Result<limits::Limit> limit_of(const Options& options) {
  if (!options.rate) return fail(Fault::invalid, "a limit without a rate");
  return limit_of(*options.rate, options.burst, options.over == settings::Over::delay ? options.max_delay : Duration{});
}
/// The rate of `options`, under the name by which clients hear of it and with the path of its setting, for operators; nothing if it has none.
[[nodiscard]] Result<std::optional<limits::Rule>> rule_of(std::string name, limits::Scope scope, const std::optional<limits::LimitOptions>& options,
                                                          std::string setting);

}  // namespace gatehouse::gateway

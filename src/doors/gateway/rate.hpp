// From what an operator writes (10/s, burst 20) to a limit that counts.
#pragma once
#include <optional>

#include "ground/settings/value.hpp"
#include "services/limits/limit.hpp"
#include "services/limits/options.hpp"

namespace gatehouse::gateway {

/// `burst` not set: what the rate gives in one second, at least 1.
[[nodiscard]] Result<limits::Limit> limit_of(const settings::Rate& rate, std::optional<std::uint32_t> burst, Duration wait_max);
/// The rate part of such options; they must have one.
[[nodiscard]] Result<limits::Limit> limit_of(const limits::LimitOptions& options);

}  // namespace gatehouse::gateway

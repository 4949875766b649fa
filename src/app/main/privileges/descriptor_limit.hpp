// How many descriptors the process may have open (RLIMIT_NOFILE). The usual soft limit of 1,024 is for programs with select(2), which we have not:
// two addresses with 512 idle connections each would lock everybody else out.
#pragma once
#include <cstdint>
#include <string>

#include "app/config/configuration.hpp"

namespace gatehouse::main {

/// Raises the soft limit to the hard one, which needs no right, and says how many descriptors there may be.
[[nodiscard]] std::uint64_t raise_descriptor_limit() noexcept;

/// How many all connections to clients and upstreams take that `configuration` allows with what else is open.
[[nodiscard]] std::uint64_t descriptors_needed(const config::Configuration& configuration) noexcept;

/// What to tell the operator where `limit` is lower than that; empty: it is not.
[[nodiscard]] std::string too_few_descriptors(const config::Configuration& configuration, std::uint64_t limit);

}  // namespace gatehouse::main

#include "app/main/privileges/descriptor_limit.hpp"

#include <fmt/format.h>

#include <sys/resource.h>

#include "doors/gateway/server.hpp"

namespace gatehouse::main {

std::uint64_t raise_descriptor_limit() noexcept {
  ::rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const auto soft = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : soft;
}

std::uint64_t descriptors_needed(const config::Configuration& configuration) noexcept {
  const std::uint64_t workers = configuration.workers != 0 ? configuration.workers : gateway::usable_processors();
  constexpr std::uint64_t others = 64;  // listeners, loops, the store, logs, the operator's own connections
  std::uint64_t upstreams = 0;
  for (const auto& [name, upstream] : configuration.upstreams) upstreams += upstream.servers.size() * std::uint64_t{upstream.connections_max};
  return configuration.connections.connections_max + workers * upstreams + others;
}

std::string too_few_descriptors(const config::Configuration& configuration, std::uint64_t limit) {
  const auto needed = descriptors_needed(configuration);
  if (limit >= needed) return {};
  return fmt::format(
      "gatehouse: {} descriptors may be open, and the connections that `connections.total_max` and `connections_max` of the upstreams allow need {}: "
      "when they are used up, the connections that have rested longest are closed; raise the limit (LimitNOFILE={} in the unit) or lower those settings",
      limit, needed, needed);
}

}  // namespace gatehouse::main

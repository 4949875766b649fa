#include "app/main/gate/blueprint.hpp"

namespace gatehouse::main {

gateway::Blueprint blueprint_of(const config::Configuration& configuration) {
  return {
      .listeners = {},
      .connections = configuration.connections,
      .trusted_proxies = configuration.trusted_proxies,
      .addresses = configuration.addresses,
      .identity = configuration.identity,
      .upstreams = configuration.upstreams,
      .issuers = configuration.issuers,
      .plans = configuration.plans,
      .limits = configuration.limits,
      .failures = nullptr,
      .routes = configuration.routes,
      .audit = configuration.audit.level,
      .learn = configuration.learn,
      .signer = nullptr,
      .key_source = {},
      .issuers_before = nullptr,
      .label_of = {},
      .number_of_route = {},
  };
}

}  // namespace gatehouse::main

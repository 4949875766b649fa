// From what an operator wrote to what a request is judged by: all of a snapshot is made here, or nothing of it.
#pragma once
#include <functional>
#include <memory>

#include "doors/gateway/issuers.hpp"
#include "doors/gateway/snapshot.hpp"
#include "engines/token/signer.hpp"
#include "services/keys/options.hpp"
#include "services/learning/options.hpp"

namespace gatehouse::gateway {

/// The parts of the configuration that the data plane is made of. Everything is looked at during compile() only, but for what is shared.
struct Blueprint {
  std::vector<ListenerSettings> listeners;
  const net::ConnectionLimits& connections;
  const std::vector<http::AddressBlock>& trusted_proxies;
  const AddressOptions& addresses;
  const IdentityOptions& identity;
  const settings::Named<net::UpstreamOptions>& upstreams;
  const settings::Named<IssuerOptions>& issuers;
  const settings::Named<keys::PlanOptions>& plans;
  const limits::LimitsOptions& limits;
  std::shared_ptr<const limits::Failures> failures;  ///< made of limits.failures; null: failures are not limited
  const std::vector<RouteOptions>& routes;
  audit::Level audit = audit::Level::refusals;
  std::optional<learning::LearnOptions> learn;  ///< nothing: no route is watched
  std::shared_ptr<const token::Signer> signer;  ///< null: no Gatehouse-Identity is sent
  Resolve resolve = resolve_by_system;          ///< names of upstream servers
  KeySource key_source;
  const Issuers* issuers_before = nullptr;                         ///< those in force so far: their keys stay, should the URL of a key set not answer
  std::function<Result<keys::Label>(std::string_view)> label_of;   ///< the number under which usage of a route or feature is counted
  std::function<std::uint32_t(std::string_view)> number_of_route;  ///< for metrics: the same name, the same number over reloads
};

/// Blocking (resolves names, reads files): at start and on the pool. Key sets at a URL are fetched afterwards (refresh_stale). Errors name the setting.
[[nodiscard]] Result<std::shared_ptr<const Snapshot>> compile(const Blueprint& blueprint, const Clock& clock);

}  // namespace gatehouse::gateway

// The one document: everything that an operator can say, as one value. It comes from a file (load.hpp) or from a URL alone
// (protect.hpp); what is made of it, the snapshot, is the affair of others.
#pragma once
#include <memory>

#include "app/config/contract/options.hpp"
#include "app/config/process_options.hpp"
#include "doors/gateway/options.hpp"
#include "engines/net/options.hpp"
#include "services/audit/options.hpp"
#include "services/keys/options.hpp"
#include "services/learning/options.hpp"
#include "services/limits/options.hpp"

namespace gatehouse::config {

/// The document that a configuration was loaded from: what is found wrong later is shown at its line, too.
struct Source {
  std::string file;
  std::string text;
};

struct Configuration {
  std::vector<net::ListenerOptions> listeners;
  net::ConnectionLimits connections;
  std::string data = "gatehouse-data";  ///< folder of all that the gate writes; absolute once loaded
  std::uint32_t workers = 0;            ///< loop threads; 0: as many as the process may use processors
  Duration drain = 30s;                 ///< how long requests under way may take to end when the server stops
  ProcessOptions process;
  std::vector<http::AddressBlock> trusted_proxies;  ///< whose X-Forwarded-For is believed
  gateway::AddressOptions addresses;
  std::optional<audit::MetricsOptions> metrics;
  gateway::AdminOptions admin;
  gateway::MemoryOptions memory;
  gateway::IdentityOptions identity;
  settings::Named<net::UpstreamOptions> upstreams;
  settings::Named<gateway::IssuerOptions> issuers;
  settings::Named<keys::PlanOptions> plans;
  keys::KeysOptions keys;
  limits::LimitsOptions limits;
  audit::AuditOptions audit;
  std::optional<learning::LearnOptions> learn;  ///< not set: nothing is learned
  std::vector<std::string> extension_methods;   ///< methods that routes may name although no registry knows them
  settings::Named<ContractOptions> contracts;
  std::vector<gateway::RouteOptions> routes;  ///< those of the document; once loaded, behind them those of the contracts
  /// What the owner of a contract should know, though it refuses nothing: no setting.
  std::vector<settings::Problem> contract_notes;
  std::shared_ptr<const Source> source;  ///< null: it comes from no document; no setting

  /// A path of the gate's own, below the data directory unless it is absolute.
  [[nodiscard]] std::string state_path(std::string_view path) const;
};

/// The type of the whole document.
[[nodiscard]] const settings::TypeOf<Configuration>& configuration_settings();

/// One line of YAML in flow style that loads to an equal configuration; settings at their defaults are left out, secrets are
/// named and not shown.
[[nodiscard]] std::string to_text(const Configuration& configuration);

}  // namespace gatehouse::config

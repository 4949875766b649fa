// Everything that a request is judged by, compiled once from the configuration, immutable, and kept by each request until
// it ends. A reload makes a new one and swaps the pointer.
#pragma once
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "doors/gateway/issuers.hpp"
#include "doors/gateway/options.hpp"
#include "doors/gateway/router.hpp"
#include "doors/gateway/stage.hpp"
#include "doors/gateway/upstream.hpp"
#include "engines/net/server_connection.hpp"
#include "engines/net/tls.hpp"
#include "services/keys/meter_journal.hpp"
#include "services/limits/failures.hpp"
#include "services/limits/rules.hpp"

namespace gatehouse::gateway {

struct Route {
  RouteOptions options;
  std::uint32_t number = 0;          ///< in metrics and metering: position in the configuration + 1
  std::uint64_t limit_number = 0;    ///< limits::number_of its name
  std::size_t upstream = 0;          ///< index into Snapshot::upstreams
  std::vector<const Stage*> stages;  ///< those that have something to do here, in order
  limits::Rules rules;               ///< its own rate, which all callers share
  std::vector<token::ClaimRule> claims;
  net::ClientTimes times;
  std::string strip_prefix;  ///< as it stands in a normal path
  bool audit_all = false;
  std::size_t learned_bytes_max = 0;  ///< of each body that is watched for `contract learn`; 0: nothing is
  bool reads_answers = false;         ///< a stage does: the upstream is asked for bodies without a coding,
  bool asks_for_whole = false;        ///< and for whole ones
  bool changes_answers = false;       ///< what an answer to HEAD says of the length is not that of GET's
  std::string_view vary;              ///< the fields that credentials come in here, of which an upstream never hears; empty: there are none
  std::shared_ptr<const redaction::FieldRules> fields;  ///< of the route's own `redact`; null: none
  keys::Label usage_route = keys::Label::none, usage_feature = keys::Label::none;  ///< what usage is counted under
};

/// One listener as it stands in the configuration; its socket belongs to the server.
struct ListenerSettings {
  net::Endpoint endpoint;
  std::shared_ptr<const net::ServerTls> tls;  ///< null: clear text
};

struct Snapshot {
  std::vector<ListenerSettings> listeners;
  net::ServerLimits connection_limits;
  std::vector<http::AddressBlock> trusted_proxies;
  /// Whether that peer passes on requests of others; of any other one its address is the client's.
  [[nodiscard]] bool trusts(const http::Address& peer) const noexcept {
    return std::ranges::any_of(trusted_proxies, [&](const auto& block) { return block.contains(peer); });
  }
  AddressOptions addresses;
  std::shared_ptr<const limits::Failures> failures;  ///< null: failures are not limited
  limits::Rules admission_rules;                     ///< per address, before anything else is known
  std::vector<std::shared_ptr<const Upstream>> upstreams;
  std::shared_ptr<const Issuers> issuers;
  std::vector<std::unique_ptr<const Stage>> stages;
  std::vector<Route> routes;
  Router router;
  bool shared_upstreams = true;  ///< a client may hold as many connections to an upstream server as are free; with `limits.per_address.concurrency`
  std::uint32_t connections_max = 20'000, connections_per_address_max = 512;
  limits::Limit connection_rate;  ///< new connections of one address

  std::string identity_jwks;  ///< what /.well-known/gatehouse/jwks.json answers; empty: no identity is signed
};

}  // namespace gatehouse::gateway

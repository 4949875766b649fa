// The running gate: the services and the data plane, assembled from a configuration. What lasts (keys, revocations) is handed in; what lives
// in memory only (counters, bans, metrics, tickets) is made here and survives reloads.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/config/configuration.hpp"
#include "app/main/gate/log_watch.hpp"
#include "doors/gateway/compile.hpp"
#include "doors/gateway/operations.hpp"
#include "doors/gateway/server.hpp"
#include "services/audit/audit.hpp"
#include "services/keys/keys.hpp"
#include "services/keys/meter.hpp"
#include "services/keys/usage_retention.hpp"
#include "services/learning/learner.hpp"
#include "services/limits/failures.hpp"
#include "services/limits/memory_counters.hpp"
#include "services/revocations/revocations.hpp"

namespace gatehouse::main {

/// Where the certificate for `tls: local` lies; empty if no listener asks for it.
struct LocalTlsFiles {
  std::string certificate, key;
};

/// The text of the key set at that URL, within 10 seconds; `ca_file` as JwksOptions has it. Blocking; ends soon once `stop` is true.
[[nodiscard]] Result<std::string> fetch_key_set(const settings::Url& url, const std::string& ca_file, const std::atomic<bool>& stop);

/// What the gate asks of others but its upstreams, handed in.
struct Outside {
  gateway::Resolve resolve = gateway::resolve_by_system;
  std::function<Result<std::string>(const settings::Url&, const std::string& ca_file, const std::atomic<bool>& stop)> fetch = fetch_key_set;
};

/// How long bans last.
[[nodiscard]] limits::Bans::Options bans_of(const config::Configuration& configuration);

/// All sockets that the gate listens at. What needs rights (ports below 1024) is done with them: nothing else that the gate opens does.
struct Sockets {
  gateway::Doors front;
  std::optional<net::Descriptor> operations;
};
[[nodiscard]] Result<Sockets> bind_sockets(const config::Configuration& configuration);

class Gate {
 public:
  /// Serves nobody yet. Key sets at URLs begin to be fetched, and nothing waits for them: until one is there, requests with a token of its issuer
  /// do, or are refused. `sockets` were bound for this configuration. `store`, `keys`, `revocations`, `clock` and `random` outlive the gate.
  [[nodiscard]] static Result<std::unique_ptr<Gate>> create(const config::Configuration& configuration, Sockets sockets, const LocalTlsFiles& local,
                                                            store::Store& store, keys::Keys& keys, revocations::Revocations& revocations,
                                                            const Clock& clock, Random& random, Outside outside = {});
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  void start();
  /// All of the new configuration comes into force, or nothing of it: routes, upstreams, plans, limits, issuers, certificates for new connections.
  /// Listening addresses, workers, data directory, admin socket, the metrics' address and the audit log's place and size take a restart; a change
  /// of them is refused by name.
  [[nodiscard]] Result<> reload(const config::Configuration& configuration, const LocalTlsFiles& local);
  void drain(Duration time);

  [[nodiscard]] const std::vector<net::Endpoint>& endpoints() const noexcept { return server_->endpoints(); }
  /// Where /metrics, /healthz and /readyz are answered, from create() until the gate ends; nothing if the configuration does not ask for them.
  [[nodiscard]] std::optional<net::Endpoint> operations_endpoint() const {
    return operations_ ? std::optional(operations_->endpoint()) : std::nullopt;
  }
  [[nodiscard]] audit::Audit& audit() noexcept { return *audit_; }
  [[nodiscard]] gateway::Server& server() noexcept { return *server_; }
  [[nodiscard]] limits::Bans& bans() noexcept { return *bans_; }
  [[nodiscard]] const limits::Naming& naming() const noexcept { return naming_; }
  [[nodiscard]] keys::Meter& meter() noexcept { return *meter_; }
  [[nodiscard]] learning::Learner& learner() noexcept { return *learner_; }

 private:
  Gate(store::Store& store, keys::Keys& keys, revocations::Revocations& revocations, const Clock& clock, Random& random, Outside outside);
  void tend(const std::stop_token& stop);
  void tell_folding(const Result<>& folded, Ticks now);
  void tell_log(Ticks now);
  void tell_descriptors(Ticks now);
  void tell_certificates();
  void give_back_memory(Ticks now);
  void drop_old_usage();
  void resolve_again(Ticks now);
  [[nodiscard]] Result<> open(const config::Configuration& configuration, Sockets sockets, const LocalTlsFiles& local);
  [[nodiscard]] Result<> make_operations(std::optional<net::Descriptor> socket);
  [[nodiscard]] std::vector<std::string> why_unhealthy() const;
  [[nodiscard]] std::vector<std::string> why_unready() const;
  [[nodiscard]] Result<> make_limits(const config::Configuration& configuration);
  [[nodiscard]] Result<std::shared_ptr<const limits::Failures>> make_failures(const config::Configuration& configuration);
  void add_gauges();
  void tell_notices() const;
  [[nodiscard]] std::vector<net::CertificateLife> certificate_lives() const;
  [[nodiscard]] Result<std::vector<gateway::ListenerSettings>> make_listeners(const config::Configuration& configuration, const LocalTlsFiles& local);
  [[nodiscard]] Result<std::shared_ptr<const net::ServerTls>> make_tls(const net::TlsOptions& options, const LocalTlsFiles& local);
  [[nodiscard]] Result<std::shared_ptr<const gateway::Snapshot>> make_snapshot(const config::Configuration& configuration,
                                                                               const LocalTlsFiles& local);

  /// Settings that take a restart, each with the text of its value.
  using Lasting = std::vector<std::pair<std::string, std::string>>;
  [[nodiscard]] static Lasting lasting(const config::Configuration& configuration);

  store::Store& store_;
  keys::Keys& keys_;
  revocations::Revocations& revocations_;
  const Clock& clock_;
  Random& random_;
  const Outside outside_;
  Lasting lasting_;
  std::shared_ptr<net::TicketKeys> tickets_;
  std::shared_ptr<const token::Signer> signer_;
  std::unique_ptr<audit::Audit> audit_;
  std::optional<limits::MemoryCounters> counters_;
  std::optional<limits::Permits> permits_;
  std::unique_ptr<limits::Bans> bans_;
  limits::Delays delays_;
  limits::Naming naming_;
  std::unique_ptr<keys::Meter> meter_;
  keys::UsageRetention usage_retention_;  // tended by tending_ alone
  std::atomic<Duration> usage_kept_{keys::KeysOptions{}.usage_kept};
  std::unique_ptr<async::Pool> pool_;
  std::atomic<bool> stopping_{false};      // nobody waits for a key set any more
  std::unique_ptr<async::Pool> fetching_;  // for key sets alone: URLs that hang keep the work of requests and the names of upstreams from nothing
  net::BufferBudget memory_;
  std::unique_ptr<learning::Learner> learner_;
  std::optional<gateway::Services> services_;
  std::unique_ptr<gateway::Server> server_;
  std::atomic<bool> resolving_{false};  // a task on the pool asks for the names of upstreams
  std::atomic<std::uint64_t> resolutions_failed_{0}, addresses_changed_{0};
  std::atomic<bool> serving_{false}, store_reachable_{true};
  std::unique_ptr<gateway::Operations> operations_;
  std::optional<LogWatch> log_watch_;  // tending_'s alone, and this
  Trouble folding_trouble_, descriptor_trouble_;
  std::uint64_t descriptors_missed_ = 0;          // times that are known
  Instant certificates_told_{};                   // until when it was said which of them come to their end
  std::weak_ptr<const keys::KeyRing> ring_seen_;  // the one that was there when memory was last given back
  std::optional<Ticks> ring_changed_;             // since when there is another
  std::jthread tending_;                          // once a second: usage into the store, old usage out of it, key sets and names that have grown old
};

}  // namespace gatehouse::main

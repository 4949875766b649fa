// A running Gatehouse: the data directory held, the store opened, the gate in front, the admin socket beside it.
// Made in one order and ended in the reverse one, so that nothing outlives what it stands on.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/config/configuration.hpp"
#include "app/main/admin/administration.hpp"
#include "app/main/admin/server.hpp"
#include "app/main/gate/gate.hpp"
#include "app/main/place/admin_credential.hpp"
#include "app/main/place/local_authority.hpp"
#include "app/main/place/opened.hpp"
#include "app/main/running/upstream_tries.hpp"

namespace gatehouse::main {

/// The names of the local certificate: this machine's own, and every address that a listener names.
[[nodiscard]] std::vector<std::string> certificate_names(const config::Configuration& configuration);

class Running {
 public:
  /// What is done when the sockets are bound, and before anything else is opened or a thread started.
  using OnceBound = std::function<Result<>(const config::Configuration&)>;
  /// Listens, then holds the data directory and opens everything. Requests are served when this returns.
  [[nodiscard]] static Result<std::unique_ptr<Running>> start(config::Configuration configuration, const OnceBound& once_bound = {});
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  /// All of the new configuration, or an error and nothing has changed. Either is on record, as asked for by `who`.
  [[nodiscard]] Result<> reload(config::Configuration configuration, const audit::Actor& who);
  /// There is no configuration that could be reloaded, which is on record as well.
  void refuse_reload(std::string_view why, const audit::Actor& who);
  /// The key that the gate made by itself, for who had none.
  void record_first_key(const keys::IssuedKey& key, const std::vector<std::string>& scopes);
  /// Puts an act into the audit log, with the time, and waits so long for it to be in the file. From any thread.
  void record(audit::Act act, Duration patience = {});
  /// The audit log's file is opened anew: it may have been moved away.
  void reopen_log();
  /// No new connections; requests under way end within the configured time.
  void drain(const audit::Actor& who);

  /// "https://127.0.0.1:8443": the listeners in the order of the configuration, with the ports that they really have.
  [[nodiscard]] std::vector<std::string> urls() const;
  [[nodiscard]] const std::optional<LocalCertificate>& local() const noexcept { return local_; }
  /// Something once, after the start that made it; for who shows it at once: from now on it is not new any more.
  [[nodiscard]] Result<std::optional<Secret>> take_admin_credential();
  /// Whether somebody answers at each of the servers behind the gate, now. Blocks for a third of a second at most.
  [[nodiscard]] std::vector<UpstreamTry> try_upstreams() const;
  [[nodiscard]] keys::Keys& keys() noexcept { return *opened_->keys; }
  [[nodiscard]] const config::Configuration& configuration() const noexcept { return configuration_; }

 private:
  explicit Running(config::Configuration configuration) : configuration_(std::move(configuration)) {}
  [[nodiscard]] Result<> open(const OnceBound& once_bound);
  [[nodiscard]] Result<> open_admin();
  void record_start();
  [[nodiscard]] Result<> put_into_force(config::Configuration configuration);
  [[nodiscard]] Result<std::optional<LocalCertificate>> local_tls(const config::Configuration& configuration);
  [[nodiscard]] Result<std::string> status() const;
  [[nodiscard]] Result<std::string> selftest();

  // The order is the order of making; each stands on those above it.
  config::Configuration configuration_;
  SystemClock clock_;
  SystemRandom random_;
  Instant started_{}, loaded_{};
  audit::Actor starter_;  // before rights were given up
  std::optional<Opened> opened_;
  AdminCredential credential_;
  std::optional<LocalCertificate> local_;
  std::unique_ptr<Gate> gate_;
  std::optional<Administration> administration_;
  mutable std::mutex changing_;  // guards configuration_, loaded_ and local_ against status(), which another thread asks for
  std::mutex testing_;           // one selftest at a time
  std::unique_ptr<AdminServer> admin_server_;
};

}  // namespace gatehouse::main

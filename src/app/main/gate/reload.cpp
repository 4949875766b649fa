// A new configuration for a gate that runs. Everything that can fail is done first, on the side; then all of it is put into force by steps
// that cannot fail.
#include <algorithm>

#include "app/main/gate/gate.hpp"
#include "app/main/place/opened.hpp"

namespace gatehouse::main {

limits::Bans::Options bans_of(const config::Configuration& configuration) {
  limits::Bans::Options options;
  if (const auto& failures = configuration.limits.failures) options.first = failures->ban;
  options.longest = std::max(options.longest, options.first);
  return options;
}

// What is bound to sockets, threads and files that were opened at the start.
Gate::Lasting Gate::lasting(const config::Configuration& configuration) {
  Lasting all;
  const auto add = [&all](std::string name, std::string value) { all.emplace_back(std::move(name), std::move(value)); };
  for (std::size_t i = 0; i < configuration.listeners.size(); ++i) {
    const auto& listener = configuration.listeners[i];
    const auto name = "listeners[" + std::to_string(i) + "]";
    add(name + ".address", net::Endpoint{listener.address.address, listener.address.port}.to_text());
    add(name + ".tls", listener.tls.off ? "off" : "on");
  }
  add("listeners", std::to_string(configuration.listeners.size()));
  add("workers", std::to_string(configuration.workers));
  add("data", configuration.data);
  add("process.user", configuration.process.user);
  add("process.group", configuration.process.group);
  add("admin.socket", configuration.admin.socket);
  add("admin.socket_group", configuration.admin.socket_group);
  const auto& metrics = configuration.metrics;
  add("metrics.address", metrics ? net::Endpoint{metrics->address.address, metrics->address.port}.to_text() : "none");
  const auto& audit = configuration.audit;
  add("audit.file", audit.file);
  add("audit.rotate_size", std::to_string(audit.rotate_bytes));
  add("audit.rotate_age", std::to_string(audit.rotate_age.count()));
  add("audit.keep_size", std::to_string(audit.keep_bytes));
  add("audit.keep_age", std::to_string(audit.keep_age.count()));
  add("audit.decisions", std::to_string(audit.decisions));
  return all;
}

Result<> Gate::reload(const config::Configuration& configuration, const LocalTlsFiles& local) {
  const auto wanted = lasting(configuration);
  std::string changed;
  for (const auto& [name, value] : wanted) {
    const auto now = std::ranges::find(lasting_, name, &Lasting::value_type::first);
    if (now == lasting_.end() || now->second == value) continue;
    changed += (changed.empty() ? "" : ", ") + name;
  }
  if (!changed.empty())
    return refuse(Fault::conflict,
                  changed + " cannot change while the gate runs, and nothing of the new configuration is in force: restart the gate to change it");

  const auto bans = bans_of(configuration);
  CHECK_OK(limits::Bans::check(bans));
  auto snapshot = TRY(make_snapshot(configuration, local));
  (void)TRY(keys_.configure(keys_options(configuration)));  // keys whose plan is gone are refused until it is back
  bans_->configure(bans);
  memory_.limit(configuration.memory.bodies_bytes_max);
  usage_kept_ = configuration.keys.usage_kept;
  gateway::refresh_stale(snapshot->issuers, *fetching_, clock_.ticks());  // before the first request: one that needs the new keys waits for them
  if (configuration.learn) learner_->start();
  CHECK_OK(server_->reload(std::move(snapshot)));  // the same listeners, as compared above
  tell_notices();
  return {};
}

}  // namespace gatehouse::main

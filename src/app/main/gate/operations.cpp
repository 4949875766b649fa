// What the gate tells its operator: how it is, whether it can serve, and the gauges beside the counters.
#include <algorithm>
#include <array>
#include <cstdio>

#include "app/main/gate/gate.hpp"
#include "app/main/gate/notices.hpp"
#include "services/audit/audit.hpp"

namespace gatehouse::main {

namespace {
constexpr Duration loop_patience = 5s;  // a turn takes microseconds; a thread that has not turned for so long will not do so again
}

Result<> Gate::make_operations(std::optional<net::Descriptor> socket) {
  if (!socket) return {};
  operations_ = TRY(gateway::Operations::create(clock_, std::move(*socket),
                                                {.metrics = [this] { return audit_->metrics().exposition(); },
                                                 .look = [this] { server_->look(clock_.ticks()); },
                                                 .unhealthy = [this] { return why_unhealthy(); },
                                                 .unready = [this] { return why_unready(); }}));
  return {};
}

void Gate::add_gauges() {
  auto& metrics = audit_->metrics();
  using enum audit::Metrics::Kind;
  metrics.source("gatehouse_connections", "Connections of clients that are open.", gauge,
                 [this] { return static_cast<double>(server_->connections()); });
  metrics.source("gatehouse_delayed_requests", "Requests that a rate limit holds back at present.", gauge,
                 [this] { return static_cast<double>(delays_.waiting()); });
  metrics.source("gatehouse_banned", "Addresses and keys that are banned at present.", gauge,
                 [this] { return static_cast<double>(bans_->count(clock_.ticks())); });
  metrics.source("gatehouse_buffered_bytes", "Bytes of requests and answers that wait in memory to be taken by the other side.", gauge,
                 [this] { return static_cast<double>(memory_.used()); });
  metrics.source("gatehouse_pool_queued", "Tasks that wait for a thread of the worker pool.", gauge,
                 [this] { return static_cast<double>(pool_->queued()); });
  metrics.source("gatehouse_upstream_resolutions_failed_total", "Times that the names of an upstream could not all be resolved.", counter,
                 [this] { return static_cast<double>(resolutions_failed_.load(std::memory_order_relaxed)); });
  metrics.source("gatehouse_upstream_address_changes_total", "Times that the names of an upstream stood for other addresses than before.", counter,
                 [this] { return static_cast<double>(addresses_changed_.load(std::memory_order_relaxed)); });
  metrics.source("gatehouse_learned_total", "Exchanges that were watched for `contract learn`, by what became of them.", counter, "result", [this] {
    using inference::Taken;
    constexpr std::array<std::pair<std::string_view, Taken>, inference::taken_count> names{{{"taken", Taken::taken},
                                                                                            {"no_teacher", Taken::no_teacher},
                                                                                            {"undescribable", Taken::undescribable},
                                                                                            {"unreadable", Taken::unreadable},
                                                                                            {"full", Taken::full}}};
    audit::Metrics::Samples samples{{"dropped", static_cast<double>(learner_->dropped())}};
    for (const auto& [name, taken] : names) samples.emplace_back(name, static_cast<double>(learner_->count(taken)));
    return samples;
  });
  metrics.source("gatehouse_metering_overflow_total", "Requests that were metered together because all slots were taken.", counter,
                 [this] { return static_cast<double>(meter_->overflowed()); });
  metrics.source("gatehouse_certificate_expiry_seconds", "When a certificate that is presented ends, in seconds since 1970.", gauge, "file", [this] {
    audit::Metrics::Samples samples;
    for (const auto& life : certificate_lives()) samples.emplace_back(life.origin, static_cast<double>(unix_seconds(life.not_after)));
    return samples;
  });
}

// Each file once, though several listeners may present it.
std::vector<net::CertificateLife> Gate::certificate_lives() const {
  std::vector<net::CertificateLife> lives;
  const auto snapshot = server_->snapshot();  // kept: a reload may replace it meanwhile
  for (const auto& listener : snapshot->listeners) {
    if (!listener.tls) continue;
    for (const auto& life : listener.tls->lives())
      if (std::ranges::find(lives, life.origin, &net::CertificateLife::origin) == lives.end()) lives.push_back(life);
  }
  return lives;
}

void Gate::tell_notices() const {
  auto notices = certificate_notices(certificate_lives(), clock_.now());
  std::ranges::move(plan_notices(keys_.ring().get()->missing_plans(clock_.now())), std::back_inserter(notices));
  for (const auto& notice : notices) std::fprintf(stderr, "gatehouse: %s\n", notice.c_str());
}

std::vector<std::string> Gate::why_unhealthy() const {
  std::vector<std::string> reasons;
  for (const auto number : server_->stuck(clock_.ticks(), loop_patience))
    reasons.push_back("loop thread " + std::to_string(number) + " does not turn");
  return reasons;
}

std::vector<std::string> Gate::why_unready() const {
  std::vector<std::string> reasons;
  if (!serving_) reasons.emplace_back("starting");
  if (server_->draining()) reasons.emplace_back("draining");
  if (!store_reachable_) reasons.emplace_back("store unreachable");
  const auto snapshot = server_->snapshot();  // kept: a reload may replace it meanwhile
  for (const auto& issuer : snapshot->issuers->all())
    if (gateway::Issuer::absent(*issuer->keys().get())) reasons.push_back("no key set for issuer " + issuer->name());
  return reasons;
}

}  // namespace gatehouse::main

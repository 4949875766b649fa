// What has to be done again and again while the gate serves: once a second by a thread of its own, which waits for nobody; names and key sets,
// which may take long to come, are asked for on pools.
#include <malloc.h>

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <utility>

#include "app/main/gate/gate.hpp"
#include "app/main/gate/notices.hpp"

namespace gatehouse::main {

void Gate::tend(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  while (!wake.wait_for(lock, stop, 1s, [] { return false; }) && !stop.stop_requested()) {
    const auto folded = meter_->fold();
    store_reachable_ = folded.has_value();
    const auto now = clock_.ticks();
    tell_folding(folded, now);
    tell_log(now);
    tell_descriptors(now);
    tell_certificates();
    if (folded) drop_old_usage();
    const auto snapshot = server_->snapshot();  // a reload may replace it meanwhile
    for (const auto& issuer : snapshot->issuers->all()) issuer->expire(now);
    give_back_memory(now);
    if (!server_->draining()) gateway::refresh_stale(snapshot->issuers, *fetching_, now);
    resolve_again(now);
  }
}

void Gate::tell_folding(const Result<>& folded, Ticks now) {
  switch (folding_trouble_.look(!folded, now)) {
    case Trouble::Say::nothing: return;
    case Trouble::Say::that_it_is:
      std::fprintf(stderr, "gatehouse: usage could not be written and is kept: %s\n", to_text(folded.error()).c_str());
      return;
    case Trouble::Say::that_it_is_over: std::fprintf(stderr, "gatehouse: usage is written again\n");
  }
}

void Gate::tell_log(Ticks now) {
  const auto& log = audit_->log();
  if (const auto words = log_watch_->look(log.counts(), log.last_failure(), now); !words.empty())
    std::fprintf(stderr, "gatehouse: %s\n", words.c_str());
}

void Gate::tell_descriptors(Ticks now) {
  const auto& metrics = audit_->metrics();
  // Connections are shed for those who come, and for requests that need one to an upstream.
  const auto short_of = metrics.sum(audit::Counter::accept_pauses) + metrics.sum(audit::Counter::connections_shed);
  const auto before = std::exchange(descriptors_missed_, short_of);
  switch (descriptor_trouble_.look(short_of != before, now)) {
    case Trouble::Say::nothing: return;
    case Trouble::Say::that_it_is:
      std::fprintf(
          stderr,
          "gatehouse: no descriptor is left for new connections: resting ones are closed (%llu by now); raise the limit (LimitNOFILE) or lower "
          "`connections.total_max`\n",
          static_cast<unsigned long long>(metrics.sum(audit::Counter::connections_shed)));
      return;
    case Trouble::Say::that_it_is_over: std::fprintf(stderr, "gatehouse: there are descriptors for new connections again\n");
  }
}

// A gate that serves for months is never started again nor reloaded, perhaps because the very thing that would do so no longer works.
void Gate::tell_certificates() {
  const auto now = clock_.now();
  for (const auto& notice : certificate_notices_since(certificate_lives(), std::exchange(certificates_told_, now), now))
    std::fprintf(stderr, "gatehouse: %s\n", notice.c_str());
}

// Making another ring of keys leaves garbage, an import some hundred megabytes of it, which the C library keeps as free blocks of the arena of the
// thread that worked, for a next import that may never come. A little later, so that many changes in a row cost one walk.
void Gate::give_back_memory(Ticks now) {
  constexpr Duration after_change = 2s;
  const std::weak_ptr ring = keys_.ring().get();
  if (!ring_changed_ && (ring.owner_before(ring_seen_) || ring_seen_.owner_before(ring))) ring_changed_ = now;
  if (!ring_changed_ || now - *ring_changed_ < after_change) return;
  ring_seen_ = ring;
  ring_changed_.reset();
  (void)::malloc_trim(0);  // one arena after the other: the loop threads, which have their own, do not wait for a large one
}

void Gate::drop_old_usage() {
  const bool waited = usage_retention_.waits();
  if (const auto dropped = usage_retention_.tend(clock_.now(), clock_.ticks(), usage_kept_); !dropped)
    std::fprintf(stderr, "gatehouse: old usage could not be deleted: %s\n", to_text(dropped.error()).c_str());
  if (usage_retention_.waits() && !waited)
    std::fprintf(stderr,
                 "gatehouse: the clock of this machine jumped forward, or nothing was counted for a month: no old usage is deleted for a day\n");
}

// One task at a time for all upstreams: a name server that does not answer costs one thread of the pool and no more.
void Gate::resolve_again(Ticks now) {
  auto snapshot = server_->snapshot();
  if (std::ranges::none_of(snapshot->upstreams, [&](const auto& upstream) { return upstream->due(now); })) return;
  if (resolving_.exchange(true)) return;
  const bool taken = pool_->submit([this, snapshot = std::move(snapshot), now] {
    for (const auto& upstream : snapshot->upstreams) {
      if (!upstream->due(now) || server_->draining()) continue;
      const auto outcome = upstream->resolve(now);
      if (outcome.changed) ++addresses_changed_;
      if (outcome.failed) ++resolutions_failed_;
      if (!outcome.turned) continue;  // said when it began: a name server that is down would fill the log
      if (outcome.failed)
        std::fprintf(stderr, "gatehouse: the addresses of upstream %s stay as they are: %s\n", upstream->name().c_str(),
                     to_text(*outcome.failed).c_str());
      else std::fprintf(stderr, "gatehouse: the names of upstream %s are resolved again\n", upstream->name().c_str());
    }
    resolving_ = false;
  });
  if (!taken) resolving_ = false;  // the next second tries again
}

}  // namespace gatehouse::main

#include "services/audit/audit.hpp"

#include "ground/settings/setting_error.hpp"

namespace gatehouse::audit {

Result<std::unique_ptr<Audit>> Audit::start(Setup setup, const Clock& clock, Random& random) {
  const auto threads = setup.log.threads;
  auto decisions = TRY_OF_SETTING("data", Decisions::open(setup.decisions_path, setup.decisions));
  auto metrics = TRY(Metrics::create(threads));
  auto log = TRY_OF_SETTING("audit.file", Log::open(std::move(setup.log), clock));
  std::unique_ptr<Audit> audit(new Audit(std::move(log), std::move(decisions), std::move(metrics)));
  for (unsigned i = 0; i < threads; ++i) audit->ids_.push_back({DecisionIds(i, random), Spans(random)});
  auto& kept = *audit->log_;
  audit->metrics_->source("gatehouse_audit_dropped_lines_total", "Audit lines that were dropped because the disk was too slow or full.",
                          Metrics::Kind::counter, [&kept] { return static_cast<double>(kept.counts().dropped); });
  audit->metrics_->source("gatehouse_audit_failures_total", "Writes, syncs and rotations of the audit log that failed.", Metrics::Kind::counter,
                          [&kept] { return static_cast<double>(kept.counts().failures); });
  audit->metrics_->source("gatehouse_audit_bytes_total", "Bytes written to the audit log.", Metrics::Kind::counter,
                          [&kept] { return static_cast<double>(kept.counts().bytes); });
  return audit;
}

void Audit::finish(unsigned thread, const Record& record) noexcept {
  metrics_->count(thread, record);
  note(thread, record);
}

void Audit::note(unsigned thread, const Record& record) noexcept {
  decisions_.record(record);
  const bool refusal = record.outcome == Outcome::refused || record.outcome == Outcome::failed;
  if (refusal || record.logged) log_->write(thread, record);
}

}  // namespace gatehouse::audit

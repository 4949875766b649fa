// Audit: everything that is to be known of a request when it has ended, by one call of its loop thread. Metrics count it, the decisions
// keep it for `why`, and refusals (and passes where the route asks for it) become a line of the log. Nothing here blocks or fails.
#pragma once
#include <memory>
#include <vector>

#include "services/audit/decisions.hpp"
#include "services/audit/log.hpp"
#include "services/audit/metrics.hpp"
#include "services/audit/shadow.hpp"

namespace gatehouse::audit {

class Audit {
 public:
  struct Setup {
    Log::Options log;  ///< log.threads: the number of loop threads
    std::string decisions_path;
    std::uint32_t decisions = Decisions::count_default;
  };
  /// `clock` outlives the audit.
  [[nodiscard]] static Result<std::unique_ptr<Audit>> start(Setup setup, const Clock& clock, Random& random);

  /// An id for the request that begins now; its answer carries it. By the loop thread of that number.
  [[nodiscard]] DecisionId next_id(unsigned thread, Instant now) noexcept { return ids_[thread].ids.next(now); }
  /// Trace and span ids of the calling thread.
  [[nodiscard]] Spans& spans(unsigned thread) noexcept { return ids_[thread].spans; }
  /// At the end of each exchange, whatever happened. The texts of the record are not needed afterwards.
  void finish(unsigned thread, const Record& record) noexcept;
  /// Of something that was decided and is no request: as finish(), but it counts as none.
  void note(unsigned thread, const Record& record) noexcept;

  [[nodiscard]] Metrics& metrics() noexcept { return *metrics_; }
  [[nodiscard]] const Decisions& decisions() const noexcept { return decisions_; }
  [[nodiscard]] Log& log() noexcept { return *log_; }
  /// What shadow mode let pass.
  [[nodiscard]] Shadow& shadow() noexcept { return *shadow_; }

 private:
  struct alignas(64) PerThread {
    DecisionIds ids;
    Spans spans;
  };
  Audit(std::unique_ptr<Log> log, Decisions decisions, std::unique_ptr<Metrics> metrics) noexcept
      : log_(std::move(log)), decisions_(std::move(decisions)), metrics_(std::move(metrics)) {}

  std::vector<PerThread> ids_;
  std::unique_ptr<Log> log_;
  Decisions decisions_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<Shadow> shadow_ = std::make_unique<Shadow>();
};

}  // namespace gatehouse::audit

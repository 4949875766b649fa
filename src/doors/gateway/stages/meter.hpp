// meter: how much may this principal have?
// Takes:   the principal and its plan; rate limits by key, subject, plan and route; quotas; concurrency.
// Result:  passes, now or after a bounded wait (over: delay), or 429 with Retry-After. RateLimit fields on every answer.
// Example: plans: { free: { rate: 10/s, burst: 20, quota: { day: 1000 }, concurrency: 4 } }
//
// Order: rates of one's own, then shared ones, then concurrency, then the quota, which is taken last because it is paid for:
// a request refused for another reason does not use it up.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "doors/gateway/stage.hpp"
#include "ground/settings/container.hpp"
#include "services/keys/options.hpp"
#include "services/limits/options.hpp"
#include "services/limits/rules.hpp"

namespace gatehouse::gateway {

class MeterStage final : public Stage {
 public:
  [[nodiscard]] static Result<std::unique_ptr<const MeterStage>> create(const settings::Named<keys::PlanOptions>& plans,
                                                                        const limits::LimitsOptions& limits);
  [[nodiscard]] std::string_view name() const noexcept override { return "meter"; }
  [[nodiscard]] Verdict request(Exchange& exchange) const override;
  /// Counts the answered request for its key: before the answer leaves, so that nothing that was answered is ever missing.
  void response(Exchange& exchange) const override;

 private:
  struct PlanLimit {
    std::string plan;
    limits::Rule rule;  ///< counts for one key on that plan
    std::uint64_t number = 0;
  };
  [[nodiscard]] const PlanLimit* find(std::string_view plan) const noexcept;
  [[nodiscard]] Verdict take_places(Exchange& exchange, const limits::Who* key, const limits::Who* subject) const;
  /// Requests of one caller at the same time, on all routes together.
  struct AtOnce {
    std::optional<std::uint32_t> address, key, subject;
  };
  AtOnce at_once_;
  std::vector<PlanLimit> plans_;  // sorted by name; those that have a rate
};

}  // namespace gatehouse::gateway

// meter: how much may this caller ask?
// Takes:   the address, the principal and its plan; rates and requests at the same time of the address, the key, the subject, and of the key by its plan.
// Result:  passes, now or after a bounded wait (over: delay), or 429 with Retry-After.
// Example: limits: { per_key: { rate: 100/s } }   plans: { free: { rate: 10/s, over: delay, concurrency: 4 } }
//
// Only what is the caller's own is taken here, so that it may be taken before it is known whether the caller may do what it asks: who
// keeps asking for what is not allowed uses up nobody's limits but its own. What is shared or paid for is the ration stage's.
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
  limits::Rules rules_;           // of a key and of a subject
  std::vector<PlanLimit> plans_;  // sorted by name; those that have a rate
};

}  // namespace gatehouse::gateway

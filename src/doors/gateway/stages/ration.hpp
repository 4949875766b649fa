// ration: is there some left for this request?
// Takes:   the principal and its plan; the quota of the key, the rate of the route and its requests at the same time.
// Result:  passes, now or after a bounded wait (over: delay), or 429 with Retry-After.
// Example: plans: { free: { quota: { day: 1000 } } }   routes: [{ name: export, limits: { rate: 6/m, burst: 2, concurrency: 1 } }]
//
// Comes after authorize: what others share and what is paid for is taken only by who may have it. The quota comes before the route, so that a
// key without one uses up nothing of the route; the exchange gives it back if the request is refused after all.
#pragma once
#include "doors/gateway/stage.hpp"

namespace gatehouse::gateway {

class RationStage final : public Stage {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "ration"; }
  [[nodiscard]] Verdict request(Exchange& exchange) const override;
  /// Counts the answered request for its key: before the answer leaves, so that nothing that was answered is ever missing.
  void leaving(Exchange& exchange) const override;
};

}  // namespace gatehouse::gateway

// validate: is the request as the contract of the API describes it?
// Takes:   the request, with its whole body where the contract says something of it; the operation of the contract.
// Result:  passes; 400, 415 or 422 with everything that is wrong and what was expected. In shadow mode it passes and is told in the log.
// Example: validate: enforce
#pragma once
#include "doors/gateway/stage.hpp"
#include "doors/gateway/validator.hpp"

namespace gatehouse::gateway {

class ValidateStage final : public Stage {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "validate"; }
  [[nodiscard]] Verdict request(Exchange& exchange) const override;
};

}  // namespace gatehouse::gateway

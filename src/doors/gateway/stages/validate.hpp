// validate: are the request, and the answer to it, as the contract of the API describes them?
// Takes:   the request, with its whole body where the contract says something of it; the operation of the contract; the answer likewise.
// Result:  passes; 400, 415 or 422 with everything that is wrong and what was expected; of an answer 502, which says nothing of it. In shadow mode it passes
//          and is told in the log. Of an answer, members that the contract does not declare can be taken out instead.
// Example: validate: { requests: enforce, answers: strip }
#pragma once
#include "doors/gateway/stage.hpp"
#include "doors/gateway/validator.hpp"

namespace gatehouse::gateway {

class ValidateStage final : public Stage {
 public:
  /// Larger bodies are judged on the pool: reading and judging take about 5 to 10 ns a byte, and no loop thread is held for longer than that many of them take. So are smaller ones
  /// that take long (Validator::try_request).
  static constexpr std::size_t judged_at_once_max = 16 * 1024;

  [[nodiscard]] std::string_view name() const noexcept override { return "validate"; }
  [[nodiscard]] Verdict request(Exchange& exchange) const override;
  [[nodiscard]] Verdict response(Exchange& exchange) const override;
  [[nodiscard]] bool reads_answers(const RouteOptions& route) const noexcept override;

 private:
  [[nodiscard]] Verdict judged_elsewhere(const RouteOptions& options, const Validator::SeenAnswer& seen) const;
};

}  // namespace gatehouse::gateway

// An operation of a contract, or several that one route cannot tell apart, as the gate asks them.
#pragma once
#include <memory>
#include <vector>

#include "doors/gateway/validator.hpp"
#include "engines/contract/contract.hpp"

namespace gatehouse::config {

class OperationValidator final : public gateway::Validator {
 public:
  struct Limits {
    std::uint64_t body_bytes_max, answer_bytes_max;
  };
  /// `base_segments`: how many segments of a path stand before those that the document writes. At least one operation; a message has to keep one of them.
  OperationValidator(std::shared_ptr<const contract::Contract> contract, std::vector<const contract::OperationRules*> operations,
                     std::size_t base_segments, const Limits& limits);

  [[nodiscard]] bool reads_body(const http::Request& request) const noexcept override;
  [[nodiscard]] Findings check_request(const http::Request& request, std::optional<std::string_view> body, Arena& memory) const override;
  [[nodiscard]] Findings try_request(const http::Request& request, std::optional<std::string_view> body, Arena& memory) const override;
  [[nodiscard]] std::unique_ptr<Harmless> harmless(const http::Request& request) const override;
  [[nodiscard]] bool describes(http::Status status) const noexcept override;
  [[nodiscard]] bool reads_answer(const SeenAnswer& answer) const override;
  [[nodiscard]] Findings check_answer(const SeenAnswer& answer, Arena& memory) const override;
  [[nodiscard]] Findings try_answer(const SeenAnswer& answer, Arena& memory) const override;
  [[nodiscard]] std::optional<Stripped> stripped(const SeenAnswer& answer) const override;
  [[nodiscard]] bool marks() const noexcept override;
  [[nodiscard]] std::vector<Marked> marked(http::Status status, const http::Headers& headers) const override;

 private:
  [[nodiscard]] Findings judge_request(const http::Request& request, std::optional<std::string_view> body, Arena& memory,
                                       const contract::CheckOptions& options) const;
  [[nodiscard]] Findings judge_answer(const SeenAnswer& answer, Arena& memory, const contract::CheckOptions& options) const;

  std::shared_ptr<const contract::Contract> contract_;  // keeps the operations
  std::vector<const contract::OperationRules*> operations_;
  std::size_t base_segments_;
  contract::CheckOptions of_requests_, of_answers_, quick_of_requests_, quick_of_answers_;
};

}  // namespace gatehouse::config

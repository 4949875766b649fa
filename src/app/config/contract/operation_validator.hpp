// An operation of a contract, or several that one route cannot tell apart, as the gate asks them.
#pragma once
#include <memory>
#include <vector>

#include "doors/gateway/validator.hpp"
#include "engines/contract/contract.hpp"

namespace gatehouse::config {

class OperationValidator final : public gateway::Validator {
 public:
  /// `base_segments`: how many segments of a path stand before those that the document writes. At least one operation; a request has to keep one of them.
  OperationValidator(std::shared_ptr<const contract::Contract> contract, std::vector<const contract::OperationRules*> operations,
                     std::size_t base_segments)
      : contract_(std::move(contract)), operations_(std::move(operations)), base_segments_(base_segments) {}

  [[nodiscard]] bool reads_body(const http::Request& request) const noexcept override;
  [[nodiscard]] Findings check_request(const http::Request& request, std::optional<std::string_view> body, Arena& memory) const override;

 private:
  std::shared_ptr<const contract::Contract> contract_;  // keeps the operations
  std::vector<const contract::OperationRules*> operations_;
  std::size_t base_segments_;
};

}  // namespace gatehouse::config

// For tests: a contract that says nothing of answers.
#pragma once
#include "doors/gateway/validator.hpp"

namespace gatehouse::gateway {

class RequestValidator : public Validator {
 public:
  [[nodiscard]] bool describes(http::Status) const noexcept override { return false; }
  [[nodiscard]] bool reads_answer(const SeenAnswer&) const override { return false; }
  [[nodiscard]] Findings check_answer(const SeenAnswer&, Arena&) const override { return {}; }
  [[nodiscard]] std::optional<Stripped> stripped(const SeenAnswer&) const override { return std::nullopt; }
};

}  // namespace gatehouse::gateway

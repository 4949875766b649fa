// What the contract of an API says of one operation, as the validate stage asks it. The gate knows no contract's form: who loads one hands this in.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "ground/http/problem.hpp"
#include "ground/http/request.hpp"

namespace gatehouse::gateway {

class Validator {
 public:
  /// What a message does not keep of the contract.
  struct Findings {
    http::ProblemKind kind = http::ProblemKind::internal;  ///< of the refusal: a default-made one is no word of the contract
    std::vector<http::Violation> violations;               ///< in the order of the message, bounded
    bool more = false;                                     ///< there are others, which are not listed
    [[nodiscard]] bool empty() const noexcept { return violations.empty(); }
  };

  virtual ~Validator() = default;
  /// Whether the body must be there, whole, before check_request() can say anything.
  [[nodiscard]] virtual bool reads_body(const http::Request& request) const noexcept = 0;
  /// Pure. `body`: of a request whose body is read; else nothing. `memory` is that of the request.
  [[nodiscard]] virtual Findings check_request(const http::Request& request, std::optional<std::string_view> body, Arena& memory) const = 0;
};

}  // namespace gatehouse::gateway

// authorize: may this principal do that?
// Takes:   the principal; scopes, features and claims that the route asks for.
// Result:  passes, or 403 naming what is missing.
// Example: scopes: [patients:read]   features: [export]   claims: { department: [cardiology] }
#pragma once
#include <vector>

#include "doors/gateway/stage.hpp"
#include "engines/token/jwt.hpp"

namespace gatehouse::gateway {

class AuthorizeStage final : public Stage {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "authorize"; }
  [[nodiscard]] Verdict request(Exchange& exchange) const override;
  [[nodiscard]] bool asked_again() const noexcept override { return true; }
};

}  // namespace gatehouse::gateway

// authenticate: who asks?
// Takes:   X-Api-Key, Authorization: Bearer (ghk_... is an API key, everything else a token).
// Result:  exchange.principal, or 401; 400 when two kinds of credential come at once.
// Example: authenticate: [api_key, jwt]
//
// One credential that is presented and bad refuses the request, also when another kind would have done: who guesses one
// kind must not hide behind the other.
#pragma once
#include <memory>
#include <vector>

#include "doors/gateway/issuers.hpp"
#include "doors/gateway/stage.hpp"

namespace gatehouse::gateway {

class AuthenticateStage final : public Stage {
 public:
  explicit AuthenticateStage(std::shared_ptr<const Issuers> issuers) : issuers_(std::move(issuers)) {}
  [[nodiscard]] std::string_view name() const noexcept override { return "authenticate"; }
  [[nodiscard]] Verdict request(Exchange& exchange) const override;
  [[nodiscard]] bool asked_again() const noexcept override { return true; }

 private:
  [[nodiscard]] Verdict identify(Exchange& exchange) const;
  [[nodiscard]] Verdict by_key(Exchange& exchange, std::string_view text) const;
  [[nodiscard]] Verdict by_token(Exchange& exchange, std::string_view text) const;
  std::shared_ptr<const Issuers> issuers_;
};

}  // namespace gatehouse::gateway

// identify: tells the upstream who is asking, in a form that it can check.
// Takes:   the principal and the route.
// Result:  exchange.identity, a signed JWT (iss, aud, sub, key, scope, route, iat, exp), sent as Gatehouse-Identity. Always passes, unless
//          signing fails: then the request is refused, since an upstream that relies on the field would take it for anonymous.
// Example: identity: { issuer: gatehouse, lifetime: 60s }
//
// A signature costs some 20 us, so each worker keeps the identity of a credential on a route to an upstream for one lifetime, and makes it good for two.
#pragma once
#include <memory>
#include <string>

#include "doors/gateway/identities.hpp"
#include "doors/gateway/options.hpp"
#include "doors/gateway/stage.hpp"
#include "engines/token/signer.hpp"

namespace gatehouse::gateway {

class IdentifyStage final : public Stage {
 public:
  IdentifyStage(std::shared_ptr<const token::Signer> signer, IdentityOptions options) : signer_(std::move(signer)), options_(std::move(options)) {}
  [[nodiscard]] std::string_view name() const noexcept override { return "identify"; }
  /// What it says of the principal's rights, and for how long, is to be true when the request leaves.
  [[nodiscard]] bool asked_again() const noexcept override { return true; }
  [[nodiscard]] Verdict request(Exchange& exchange) const override;

 private:
  std::shared_ptr<const token::Signer> signer_;
  IdentityOptions options_;
};

}  // namespace gatehouse::gateway

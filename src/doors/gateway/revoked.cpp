#include "doors/gateway/revoked.hpp"

#include "doors/gateway/worker.hpp"
#include "ground/crypto/digest.hpp"

namespace gatehouse::gateway {

const revocations::RevocationList::Entry* revocation_of(Exchange& exchange, const token::VerifiedClaims& claims, std::string_view subject,
                                                        std::string_view compact) {
  const auto& list = exchange.worker().revocations();
  if (list.empty()) return nullptr;
  const auto issued = claims.get("iat");
  revocations::PresentedToken presented{.issuer = claims.issuer(),
                                        .subject = subject,
                                        .token_id = claims.token_id().value_or(""),
                                        .issued_at = issued ? issued->number() : std::nullopt,
                                        .digest_characters = {}};
  std::array<char, revocations::digest_characters> hexadecimal;
  if (list.asks_digest(presented.token_id)) {
    // Of what is signed only: who holds a token can write its signature in another way (ECDSA: s and n - s are both good), but not this.
    revocations::print_digest(crypto::sha256(compact.substr(0, compact.rfind('.'))), hexadecimal);
    presented.digest_characters = {hexadecimal.data(), hexadecimal.size()};
  }
  return list.find(presented, exchange.now());
}

}  // namespace gatehouse::gateway

// Whether a token that proves itself was taken back since: asked on every request, also for a token that was seen before.
#pragma once
#include <string_view>

#include "doors/gateway/exchange.hpp"
#include "engines/token/jwt.hpp"
#include "services/revocations/revocation_list.hpp"

namespace gatehouse::gateway {

/// The revocation that refuses the token with the text `compact`, which `claims` were proved from; null: none. It lives until the worker looks
/// at the list again. Allocates nothing.
[[nodiscard]] const revocations::RevocationList::Entry* revocation_of(Exchange& exchange, const token::VerifiedClaims& claims,
                                                                      std::string_view subject, std::string_view compact);

}  // namespace gatehouse::gateway

// KeySpec checked and in canonical form: what goes into the store and the ring.
#pragma once
#include "services/keys/keys.hpp"

namespace gatehouse::keys {

struct CanonicalSpec {
  std::string name, subject, plan, scopes, allowed;
  Environment environment;
  std::int64_t expires_at;  ///< never if it does not
};

/// Sorted, without repetition, a space between; the error says which one is wrong.
Result<std::string> canonical_scopes(std::vector<std::string> scopes);
Result<std::string> canonical_allowed(const std::vector<http::AddressBlock>& allowed);
Result<std::int64_t> canonical_expiry(std::optional<Instant> expires_at, Instant now);
Result<CanonicalSpec> canonical(const KeySpec& spec, Instant now);

}  // namespace gatehouse::keys

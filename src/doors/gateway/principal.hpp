// Who asks: made by the authenticate stage alone, and only from a credential that was proved.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "services/keys/key_ring.hpp"

namespace gatehouse::gateway {

struct Principal {
  enum class Kind : std::uint8_t { nobody, api_key, token } kind = Kind::nobody;
  std::string_view subject;  ///< whose key it is, or the token's subject
  std::string_view issuer;   ///< of a token
  std::string_view key_id;   ///< public id of an API key
  std::span<const std::string_view> scopes;
  const keys::KeyRing::Key* key = nullptr;  ///< lives as long as the exchange's ring
  const keys::Plan* plan = nullptr;

  [[nodiscard]] bool has_scope(std::string_view scope) const noexcept {
    for (const auto held : scopes)
      if (held == scope) return true;
    return false;
  }
};

}  // namespace gatehouse::gateway

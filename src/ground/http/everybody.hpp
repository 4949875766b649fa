// Blocks of addresses that hold everybody. To trust such a block, or to spare it, is to trust or to spare whoever comes.
#pragma once
#include "ground/http/address.hpp"

namespace gatehouse::http {

/// Whether the block holds all of IPv4, as 0.0.0.0/0 and ::/0 do, or all addresses.
[[nodiscard]] inline bool holds_everybody(const AddressBlock& block) noexcept {
  constexpr unsigned before_v4 = 96;  // bits of ::ffff:0:0
  return block.prefix <= before_v4 && block.contains(*Address::parse("0.0.0.0"));
}

}  // namespace gatehouse::http

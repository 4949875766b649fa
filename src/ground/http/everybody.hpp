// Blocks of addresses that hold everybody. To trust such blocks, or to spare them, is to trust or to spare whoever comes.
#pragma once
#include <span>

#include "ground/http/address.hpp"

namespace gatehouse::http {

/// Whether the blocks together hold every address that a client on the Internet can have by IPv4 (1.0.0.0 to 223.255.255.255) or by IPv6 (2000::/3, RFC
/// 4291 section 2.4 and IANA's registry), however they are cut: 0.0.0.0/0, 0.0.0.0/1 with 128.0.0.0/1, ::/0.
[[nodiscard]] bool hold_everybody(std::span<const AddressBlock> blocks);

/// The same of one block.
[[nodiscard]] inline bool holds_everybody(const AddressBlock& block) { return hold_everybody({&block, 1}); }

}  // namespace gatehouse::http

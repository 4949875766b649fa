// The two forms of an ECDSA signature: r and s side by side, each as long as the curve's order (RFC 7518 section 3.4, what JWS carries), and
// DER (RFC 3279 section 2.2.3, what OpenSSL takes). Both directions take one form of each number only.
#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include "ground/base/encoding.hpp"

namespace gatehouse::crypto {

constexpr std::size_t ecdsa_number_bytes_max = 66;  // P-521

/// A DER signature without allocation: SEQUENCE of two INTEGERs, the longest for P-521.
struct EcdsaDer {
  std::array<std::uint8_t, 3 + 2 * (2 + 1 + ecdsa_number_bytes_max)> bytes;
  std::size_t size = 0;
  [[nodiscard]] Bytes view() const noexcept { return {bytes.data(), size}; }
};

/// Nothing unless `raw` is exactly two numbers of `number_bytes` (1 to 66), neither of them zero.
[[nodiscard]] std::optional<EcdsaDer> ecdsa_to_der(Bytes raw, std::size_t number_bytes) noexcept;

/// Nothing unless `der` is exactly DER, shortest lengths and integers, both positive and at most `number_bytes` long.
[[nodiscard]] std::optional<std::string> ecdsa_from_der(Bytes der, std::size_t number_bytes);

}  // namespace gatehouse::crypto

// For the .cpp files of this room only: faster ES256 verification with a key that is used often.
#pragma once
#include "ground/crypto/openssl.hpp"

namespace gatehouse::crypto {

/// A table of multiples of one public point Q of P-256 (37 windows of 64 points, 150 KB). Verifying needs u1*G + u2*Q; the library has such a
/// table for G only and spends 50 of its 58 µs on u2*Q. With a table for Q as well it is two look-up sums. Immutable and thread-safe.
class P256Table {
 public:
  /// Takes some 30 ms. Nothing if the key is no P-256 key or the library makes no such tables (then verification goes its usual way).
  [[nodiscard]] static std::unique_ptr<P256Table> make(const EVP_PKEY* key);

  /// ECDSA verification (SEC 1 version 2 section 4.1.4) of a SHA-256 digest; `raw` is r and s, 32 bytes each.
  [[nodiscard]] bool verify(Bytes message_digest, Bytes raw) const noexcept;

 private:
  using Group = openssl::Owned<EC_GROUP, EC_GROUP_free>;
  using Modulus = openssl::Owned<BN_MONT_CTX, BN_MONT_CTX_free>;
  P256Table() = default;
  [[nodiscard]] bool multiplies_right() const noexcept;

  Group curve_;       // generator G, whose table is part of the library
  Group with_table_;  // the same curve with generator Q and its table
  openssl::Number order_, order_less_two_;
  Modulus modulus_;  // the order, made ready for multiplying
};

}  // namespace gatehouse::crypto

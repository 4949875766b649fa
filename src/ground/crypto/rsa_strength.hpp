// For the .cpp files of this room only: which RSA moduli and exponents are taken.
#pragma once
#include "ground/crypto/openssl.hpp"

namespace gatehouse::crypto {

/// Fault::invalid with the reason if the modulus is shorter or longer than key.hpp allows, even, or made by the library of
/// CVE-2017-15361 (ROCA), or if the exponent is 1, even or above 64 bits.
[[nodiscard]] Result<> check_rsa_strength(const BIGNUM* modulus, const BIGNUM* exponent);

}  // namespace gatehouse::crypto

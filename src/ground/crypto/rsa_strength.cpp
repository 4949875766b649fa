// ROCA: the primes of that library have the form k*M + (65537^a mod M) with M a product of small primes, so the modulus is a power of 65537
// modulo each of them. A random modulus is so for all of them with a chance below 2^-27 (Nemec et al., CCS 2017).
#include "ground/crypto/rsa_strength.hpp"

#include "ground/crypto/key.hpp"

namespace gatehouse::crypto {

namespace {
bool is_roca(const BIGNUM* modulus) {
  constexpr std::array<unsigned, 38> primes{3,  5,  7,  11, 13, 17,  19,  23,  29,  31,  37,  41,  43,  47,  53,  59,  61,  67,  71,
                                            73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};
  for (const auto prime : primes) {
    const auto residue = BN_mod_word(modulus, prime);
    bool power_of_65537 = false;
    unsigned power = 1;
    do {
      power_of_65537 = power_of_65537 || power == residue;
      power = power * 65537 % prime;
    } while (power != 1);
    if (!power_of_65537) return false;
  }
  return true;
}
}  // namespace

Result<> check_rsa_strength(const BIGNUM* modulus, const BIGNUM* exponent) {
  const auto bits = static_cast<std::size_t>(BN_num_bits(modulus));
  if (bits < rsa_bits_min)
    return fail(Fault::invalid, "RSA key of " + std::to_string(bits) + " bits: at least 2048 are needed (RFC 7518 section 3.3)");
  if (bits > rsa_bits_max) return fail(Fault::invalid, "RSA key of " + std::to_string(bits) + " bits: at most 8192 are taken");
  if (!BN_is_odd(modulus)) return fail(Fault::invalid, "RSA modulus is even");
  if (!BN_is_odd(exponent) || BN_is_one(exponent) || BN_num_bits(exponent) > 64)
    return fail(Fault::invalid, "RSA exponent must be odd, at least 3 and at most 64 bits");
  if (is_roca(modulus)) return fail(Fault::invalid, "RSA key of the ROCA kind (CVE-2017-15361): its private key can be computed");
  return {};
}

}  // namespace gatehouse::crypto

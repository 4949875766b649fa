// Public and private keys: RSA, ECDSA on the NIST curves, EdDSA. A key is checked when it is made (the point lies on its curve, an RSA modulus
// is neither short nor of the ROCA kind), so whoever holds one need not ask again. Copies share one immutable object; all uses are thread-safe.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "ground/base/encoding.hpp"
#include "ground/base/result.hpp"
#include "ground/base/secret.hpp"

namespace gatehouse::crypto {

enum class KeyType : std::uint8_t { p256, p384, p521, rsa, ed25519, ed448 };
[[nodiscard]] std::string_view to_text(KeyType type) noexcept;
/// Bytes of a coordinate of that curve, or of an EdDSA public key: 32, 48, 66, 32, 57; 0 for RSA.
[[nodiscard]] constexpr std::size_t coordinate_bytes(KeyType type) noexcept {
  switch (type) {
    case KeyType::p256:
    case KeyType::ed25519: return 32;
    case KeyType::p384: return 48;
    case KeyType::p521: return 66;
    case KeyType::ed448: return 57;
    case KeyType::rsa: return 0;
  }
  return 0;
}

/// The signature algorithms of RFC 7518 section 3 with key pairs, and of RFC 8037. HMAC is not among them: its key is no key pair,
/// and a public key must never pass for its secret (RFC 8725 section 2.1).
enum class Scheme : std::uint8_t { rs256, rs384, rs512, ps256, ps384, ps512, es256, es384, es512, ed25519, ed448 };
[[nodiscard]] KeyType key_type(Scheme scheme) noexcept;

constexpr std::size_t rsa_bits_min = 2048;  ///< RFC 7518 sections 3.3 and 3.5
constexpr std::size_t rsa_bits_max = 8192;  ///< a verification costs with the square of it

/// The numbers of a public key as a JWK has them, big-endian.
struct PublicNumbers {
  std::string first;   ///< x of a curve point, x of an EdDSA key, n of RSA
  std::string second;  ///< y of a curve point, e of RSA; empty for EdDSA
};

namespace internal {
struct KeyObject;
}

class PublicKey {
 public:
  /// Coordinates of exactly coordinate_bytes() each; Fault::invalid if they are no point of the curve.
  [[nodiscard]] static Result<PublicKey> from_ec(KeyType curve, Bytes x, Bytes y);
  /// Big-endian. Fault::invalid: the modulus is out of range, even or a ROCA one (CVE-2017-15361); the exponent is even, below 3 or above 64 bits.
  [[nodiscard]] static Result<PublicKey> from_rsa(Bytes modulus, Bytes exponent);
  [[nodiscard]] static Result<PublicKey> from_edwards(KeyType type, Bytes x);
  /// "-----BEGIN PUBLIC KEY-----" (SubjectPublicKeyInfo), with the same checks.
  [[nodiscard]] static Result<PublicKey> from_pem(std::string_view pem);

  [[nodiscard]] KeyType type() const noexcept;
  [[nodiscard]] PublicNumbers numbers() const;
  [[nodiscard]] std::string to_pem() const;
  /// Differs for each key object ever made in this process: what a cache may use as the key's identity.
  [[nodiscard]] std::uint64_t id() const noexcept;

  /// Whether `signature`, in the form JWS carries it (ECDSA: r and s side by side), is this key's for `message`. False too if the
  /// scheme is not one of this key's type.
  [[nodiscard]] bool verify(Scheme scheme, Bytes message, Bytes signature) const noexcept;

  /// Spends 150 KB and some 30 ms once, so that verify() with this P-256 key costs about half from then on; no effect on other
  /// keys, and none on results. For the few keys of trusted issuers, off the loop; verify() may run meanwhile.
  void prepare() const;

 private:
  friend class PrivateKey;
  friend struct CertificateMaker;
  explicit PublicKey(std::shared_ptr<internal::KeyObject> object) noexcept : object_(std::move(object)) {}
  std::shared_ptr<internal::KeyObject> object_;
};

/// The numbers of a private RSA key as a JWK has them (RFC 7518 section 6.3.2), big-endian.
struct RsaPrivateNumbers {
  Bytes d, p, q, dp, dq, qi;
};

class PrivateKey {
 public:
  /// A new key from the library's own random generator. RSA keys have 3072 bits.
  [[nodiscard]] static Result<PrivateKey> generate(KeyType type);
  [[nodiscard]] static Result<PrivateKey> from_ec(KeyType curve, Bytes x, Bytes y, Bytes d);
  [[nodiscard]] static Result<PrivateKey> from_rsa(Bytes modulus, Bytes exponent, const RsaPrivateNumbers& numbers);
  [[nodiscard]] static Result<PrivateKey> from_edwards(KeyType type, Bytes d);
  /// PKCS #8 or the older forms, not encrypted. The errors never show any of it.
  [[nodiscard]] static Result<PrivateKey> from_pem(std::string_view pem);

  [[nodiscard]] const PublicKey& public_key() const noexcept { return public_; }
  [[nodiscard]] KeyType type() const noexcept { return public_.type(); }
  /// PKCS #8, not encrypted.
  [[nodiscard]] Secret to_pem() const;

  /// A signature in the form JWS carries it. Fault::internal: the scheme is not one of this key's type, or the library failed.
  [[nodiscard]] Result<std::string> sign(Scheme scheme, Bytes message) const;

 private:
  friend struct CertificateMaker;
  explicit PrivateKey(std::shared_ptr<internal::KeyObject> object) noexcept : public_(std::move(object)) {}
  PublicKey public_;  // the object holds the private part as well
};

}  // namespace gatehouse::crypto

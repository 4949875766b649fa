// JSON Web Keys (RFC 7517) for checking signatures: one key, checked once, that knows which algorithms it may be used with.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "engines/token/algorithm.hpp"
#include "ground/base/assert.hpp"
#include "ground/base/secret.hpp"
#include "ground/json/document.hpp"

namespace gatehouse::token {

class Jwk {
 public:
  /// A key for checking signatures. Fault::invalid with the reason in `detail`: a member is missing, of a wrong type or not canonical base64url;
  /// the key is weak or no point of its curve; `use`, `key_ops` or `alg` say that it is not for checking signatures of its type; a key pair
  /// comes with its private part, so that everybody who can read the set can sign.
  [[nodiscard]] static Result<Jwk> parse(json::Value jwk);
  [[nodiscard]] static Jwk from_public(crypto::PublicKey key, std::optional<std::string> key_id, std::optional<Algorithm> algorithm = std::nullopt);
  /// A shared secret for HS*. Fault::invalid: too short for the algorithm (RFC 7518 section 3.2), or for HS256 if none is named.
  [[nodiscard]] static Result<Jwk> from_secret(Secret secret, std::optional<std::string> key_id, std::optional<Algorithm> algorithm = std::nullopt);

  [[nodiscard]] const std::optional<std::string>& key_id() const noexcept { return key_id_; }
  [[nodiscard]] bool is_symmetric() const noexcept { return std::holds_alternative<std::shared_ptr<const Secret>>(material_); }

  /// Whether this key may check that algorithm: its type (and curve) fits, its `alg`, if it has one, is exactly that one, and a secret
  /// is as long as the digest. The token's wish is not asked (RFC 8725 section 3.1).
  [[nodiscard]] bool allows(Algorithm algorithm) const noexcept;
  /// False as well if the key does not allow the algorithm.
  [[nodiscard]] bool verify(Algorithm algorithm, Bytes message, Bytes signature) const noexcept;

  /// crypto::PublicKey::prepare(), for a key pair.
  void prepare() const;

  /// SHA-256 thumbprint (RFC 7638; RFC 8037 section 2): two keys with the same one are the same key. Of a shared secret it is as secret
  /// as a digest of it can be: for comparing in memory, never to be shown.
  [[nodiscard]] const crypto::Digest256& thumbprint() const noexcept { return thumbprint_; }
  /// Uses the key object of `same`, a key with the same thumbprint, and with it whatever was prepared for it.
  void share_material(const Jwk& same) {
    GH_ASSERT(same.thumbprint_ == thumbprint_);
    material_ = same.material_;
  }
  /// The public key as a JWK with `use` "sig", its `kid` and `alg`; nothing for a shared secret.
  [[nodiscard]] std::optional<std::string> to_json() const;

 private:
  using Material = std::variant<crypto::PublicKey, std::shared_ptr<const Secret>>;
  Jwk(Material material, std::optional<std::string> key_id, std::optional<Algorithm> algorithm);

  Material material_;
  std::optional<std::string> key_id_;
  std::optional<Algorithm> algorithm_;
  crypto::Digest256 thumbprint_;
};

/// A key that signs: a key pair, or a shared secret. For our own keys and for tests of interoperability.
class SigningKey {
 public:
  /// A private JWK with all its members (of RSA: the Chinese remainder numbers too).
  [[nodiscard]] static Result<SigningKey> parse(json::Value jwk);
  explicit SigningKey(crypto::PrivateKey key) : material_(std::move(key)) {}

  /// Fault::internal if the key is not of the algorithm's type.
  [[nodiscard]] Result<std::string> sign(Algorithm algorithm, Bytes message) const;

 private:
  explicit SigningKey(Secret secret) : material_(std::move(secret)) {}
  std::variant<crypto::PrivateKey, Secret> material_;
};

/// {"kty":...} with the members of RFC 7638 section 3.2 in their order, which is what a thumbprint digests.
[[nodiscard]] std::string thumbprint_input(const crypto::PublicKey& key);

}  // namespace gatehouse::token

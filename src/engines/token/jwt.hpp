// JSON Web Tokens (RFC 7519) by the rules of RFC 8725. Two proofs, one after the other, each a type that only its check makes:
//
//   text --Jwt::parse--> Jwt --verify_signature--> VerifiedSignature --check_claims--> VerifiedClaims
//                                                  (may be cached)                      (each request anew)
#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engines/token/jws.hpp"
#include "ground/base/time.hpp"
#include "ground/json/document.hpp"

namespace gatehouse::token {

/// A well-formed token that proves nothing yet.
class Jwt {
 public:
  /// As Jws::parse, and the payload is a JSON object with no member twice whose registered claims (RFC 7519 section 4.1) have their types.
  [[nodiscard]] static Result<Jwt> parse(std::string_view compact);

  [[nodiscard]] const Header& header() const noexcept { return jws_.header(); }
  /// For choosing the keys to check with, and for nothing else.
  [[nodiscard]] std::optional<std::string_view> unverified_issuer() const noexcept { return claims_.root().string("iss"); }
  /// For naming a token that is to be refused, and never for believing it.
  [[nodiscard]] std::optional<json::Value> unverified_claim(std::string_view name) const noexcept { return claims_.root().get(name); }

 private:
  friend class VerifiedSignature;
  friend Result<std::shared_ptr<const class VerifiedSignature>> verify_signature(Jwt jwt, const Jwk& key, AlgorithmSet allowed);
  Jwt(Jws jws, json::Document claims) : jws_(std::move(jws)), claims_(std::move(claims)) {}
  Jws jws_;
  json::Document claims_;
};

/// The signature holds: the claims are what the holder of the key wrote. Whether they count here and now is check_claims's.
class VerifiedSignature {
 public:
  [[nodiscard]] Algorithm algorithm() const noexcept { return header_.algorithm; }
  [[nodiscard]] const Header& header() const noexcept { return header_; }
  [[nodiscard]] const crypto::Digest256& key_thumbprint() const noexcept { return key_thumbprint_; }
  [[nodiscard]] std::string_view issuer() const noexcept { return claims_.root().string("iss").value_or(""); }
  /// Bytes held, about.
  [[nodiscard]] std::size_t bytes() const noexcept { return sizeof *this + claims_.bytes() + header_.type.capacity(); }

 private:
  friend class VerifiedClaims;
  friend Result<class VerifiedClaims> check_claims(std::shared_ptr<const VerifiedSignature> token, const struct Expectations& expected, Instant now);
  friend Result<std::shared_ptr<const VerifiedSignature>> verify_signature(Jwt jwt, const Jwk& key, AlgorithmSet allowed);
  VerifiedSignature(Jwt jwt, const Jwk& key) : header_(jwt.header()), claims_(std::move(jwt.claims_)), key_thumbprint_(key.thumbprint()) {}
  Header header_;
  json::Document claims_;
  crypto::Digest256 key_thumbprint_;
};

/// Fault::unauthenticated unless the key proves the token by an allowed algorithm.
[[nodiscard]] Result<std::shared_ptr<const VerifiedSignature>> verify_signature(Jwt jwt, const Jwk& key, AlgorithmSet allowed);

/// What a claim may be asked to be: a text, `true` or `false`, or a whole number. None equals one of another kind: "1", true and 1 are three.
using ClaimValue = std::variant<std::string, bool, std::int64_t>;

/// A claim that must be there; if `any_of` is not empty, as one of these values or an array that holds one. A number is one that the token writes
/// without fraction and exponent.
struct ClaimRule {
  std::string name;
  std::vector<ClaimValue> any_of;
};

/// What one issuer's tokens must be to count for one service.
struct Expectations {
  std::string issuer;                  ///< `iss`, exactly
  std::vector<std::string> audiences;  ///< `aud` holds one of these, exactly; empty refuses all
  AlgorithmSet algorithms = default_algorithms;
  std::vector<std::string> types{"", "JWT",
                                 "at+jwt"};  ///< `typ` is one of these, case and "application/" ignored; "" is no typ (RFC 8725 section 3.11)
  Duration skew = 30s;                       ///< by which clocks may differ; at most skew_max
  std::vector<ClaimRule> claims{};           ///< required besides
};
constexpr Duration skew_max = 300s;

/// Claims of a token that counts here and now. Keeps what it shows alive.
class VerifiedClaims {
 public:
  [[nodiscard]] std::string_view issuer() const noexcept { return token_->issuer(); }
  [[nodiscard]] std::optional<std::string_view> subject() const noexcept { return root().string("sub"); }
  [[nodiscard]] std::optional<std::string_view> token_id() const noexcept { return root().string("jti"); }
  [[nodiscard]] Instant expires() const noexcept { return expires_; }
  [[nodiscard]] std::optional<json::Value> get(std::string_view name) const noexcept { return root().get(name); }
  [[nodiscard]] const VerifiedSignature& token() const noexcept { return *token_; }

  /// Whether the claim (RFC 8693 section 4.2: a text with spaces between scopes, or an array of scopes) names it.
  [[nodiscard]] bool has_scope(std::string_view scope, std::string_view claim = "scope") const noexcept;
  /// Each once. What is no scope token (RFC 6749 section 3.3) is left out: "a b" in an array must not become two further on.
  [[nodiscard]] std::vector<std::string_view> scopes(std::string_view claim = "scope") const;
  [[nodiscard]] bool keeps(const ClaimRule& rule) const noexcept;

 private:
  friend Result<VerifiedClaims> check_claims(std::shared_ptr<const VerifiedSignature> token, const Expectations& expected, Instant now);
  VerifiedClaims(std::shared_ptr<const VerifiedSignature> token, Instant expires) : token_(std::move(token)), expires_(expires) {}
  [[nodiscard]] json::Value root() const noexcept { return token_->claims_.root(); }
  std::shared_ptr<const VerifiedSignature> token_;
  Instant expires_;
};

/// Fault::unauthenticated: algorithm, type, issuer, audience or times do not fit (`exp` is always required); Fault::forbidden: a required
/// claim is missing. Does not allocate unless it refuses.
[[nodiscard]] Result<VerifiedClaims> check_claims(std::shared_ptr<const VerifiedSignature> token, const Expectations& expected, Instant now);

/// Whether the error of check_claims() means: was good, and is past its time.
[[nodiscard]] bool is_expiry(const Error& error) noexcept;

}  // namespace gatehouse::token

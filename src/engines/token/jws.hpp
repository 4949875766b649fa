// JSON Web Signatures in the compact form (RFC 7515 section 7.1): header.payload.signature. Other forms (JSON, detached, unencoded payload) and
// encrypted tokens are refused by name.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "engines/token/key_set.hpp"

namespace gatehouse::token {

/// What counts of a header. `jwk`, `jku`, `x5u`, `x5c` and whatever else it may hold are never read: a token cannot bring its own key
/// (RFC 8725 sections 2.10 and 3.10).
struct Header {
  Algorithm algorithm{};
  std::optional<std::string> key_id;
  std::string type;  ///< `typ`; empty if there is none
};

constexpr std::size_t compact_bytes_max = 8192;

/// A compact JWS that is well-formed and proves nothing yet.
class Jws {
 public:
  /// Fault::unauthenticated: not exactly three parts in canonical base64url, longer than compact_bytes_max, a header that is no JSON object or
  /// has a member twice, an `alg` other than those of Algorithm (so "none" too), any `crit` or `b64`, an empty signature.
  [[nodiscard]] static Result<Jws> parse(std::string_view compact);

  [[nodiscard]] const Header& header() const noexcept { return header_; }
  /// Not yet proven.
  [[nodiscard]] const std::string& unverified_payload() const noexcept { return payload_; }

 private:
  friend Result<> check_signature(const Jws& jws, const Jwk& key, AlgorithmSet allowed);
  Jws() = default;
  Header header_;
  std::string signing_input_;  // header and payload as they came, with the dot
  std::string payload_;
  std::string signature_;
};

/// Whether `key` proves the token with an algorithm that is allowed and that the key is for. Fault::unauthenticated if not.
[[nodiscard]] Result<> check_signature(const Jws& jws, const Jwk& key, AlgorithmSet allowed);

/// A compact JWS. `header` is the JSON of the whole header; its `alg` must be the algorithm given.
[[nodiscard]] Result<std::string> sign_compact(const SigningKey& key, Algorithm algorithm, std::string_view header, std::string_view payload);

}  // namespace gatehouse::token

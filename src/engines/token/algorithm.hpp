// The signature algorithms of JWS: all of RFC 7518 section 3.1 but "none", which has no value here and so cannot be allowed, and EdDSA (RFC 8037).
#pragma once
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "ground/crypto/digest.hpp"
#include "ground/crypto/key.hpp"

namespace gatehouse::token {

enum class Algorithm : std::uint8_t { hs256, hs384, hs512, rs256, rs384, rs512, ps256, ps384, ps512, es256, es384, es512, eddsa };
constexpr std::size_t algorithm_count = 13;

[[nodiscard]] std::string_view to_text(Algorithm algorithm) noexcept;
/// The exact name, as in RFC 7518: names differ by case.
[[nodiscard]] std::optional<Algorithm> algorithm_from(std::string_view name) noexcept;

[[nodiscard]] constexpr bool is_hmac(Algorithm algorithm) noexcept { return algorithm <= Algorithm::hs512; }
/// The hash of an HMAC algorithm.
[[nodiscard]] crypto::Hash hmac_hash(Algorithm algorithm) noexcept;
/// What a key pair of that type does for this algorithm; nothing if it cannot.
[[nodiscard]] std::optional<crypto::Scheme> scheme_for(Algorithm algorithm, crypto::KeyType type) noexcept;

/// Which algorithms are allowed. Default-made it allows none.
class AlgorithmSet {
 public:
  constexpr AlgorithmSet() = default;
  constexpr AlgorithmSet(std::initializer_list<Algorithm> algorithms) noexcept {
    for (const auto algorithm : algorithms) add(algorithm);
  }
  constexpr void add(Algorithm algorithm) noexcept { bits_ = static_cast<std::uint16_t>(bits_ | 1U << static_cast<unsigned>(algorithm)); }
  [[nodiscard]] constexpr bool has(Algorithm algorithm) const noexcept { return (bits_ >> static_cast<unsigned>(algorithm) & 1U) != 0; }
  [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
  [[nodiscard]] constexpr bool operator==(const AlgorithmSet&) const noexcept = default;
  /// Those that are in both.
  [[nodiscard]] constexpr AlgorithmSet common(AlgorithmSet other) const noexcept {
    other.bits_ &= bits_;
    return other;
  }
  /// "ES256 RS256"
  [[nodiscard]] std::string names() const;

 private:
  std::uint16_t bits_ = 0;
};

/// Allowed unless an issuer's configuration says otherwise. HS* is not: whoever can check such a token can make one.
constexpr AlgorithmSet default_algorithms{Algorithm::es256, Algorithm::es384, Algorithm::rs256, Algorithm::ps256, Algorithm::eddsa};

}  // namespace gatehouse::token

#include "engines/token/algorithm.hpp"

#include <array>

#include "ground/base/assert.hpp"

namespace gatehouse::token {

namespace {
constexpr std::array<std::string_view, algorithm_count> algorithm_names{"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256",
                                                                        "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"};
}

std::string_view to_text(Algorithm algorithm) noexcept { return algorithm_names[static_cast<std::size_t>(algorithm)]; }

std::optional<Algorithm> algorithm_from(std::string_view name) noexcept {
  for (std::size_t i = 0; i < algorithm_count; ++i)
    if (algorithm_names[i] == name) return static_cast<Algorithm>(i);
  return std::nullopt;
}

crypto::Hash hmac_hash(Algorithm algorithm) noexcept {
  GH_ASSERT(is_hmac(algorithm));
  return algorithm == Algorithm::hs256 ? crypto::Hash::sha256 : algorithm == Algorithm::hs384 ? crypto::Hash::sha384 : crypto::Hash::sha512;
}

std::optional<crypto::Scheme> scheme_for(Algorithm algorithm, crypto::KeyType type) noexcept {
  const auto if_fits = [type](crypto::Scheme scheme) { return key_type(scheme) == type ? std::optional(scheme) : std::nullopt; };
  switch (algorithm) {
    case Algorithm::hs256:
    case Algorithm::hs384:
    case Algorithm::hs512: return std::nullopt;
    case Algorithm::rs256: return if_fits(crypto::Scheme::rs256);
    case Algorithm::rs384: return if_fits(crypto::Scheme::rs384);
    case Algorithm::rs512: return if_fits(crypto::Scheme::rs512);
    case Algorithm::ps256: return if_fits(crypto::Scheme::ps256);
    case Algorithm::ps384: return if_fits(crypto::Scheme::ps384);
    case Algorithm::ps512: return if_fits(crypto::Scheme::ps512);
    case Algorithm::es256: return if_fits(crypto::Scheme::es256);
    case Algorithm::es384: return if_fits(crypto::Scheme::es384);
    case Algorithm::es512: return if_fits(crypto::Scheme::es512);
    case Algorithm::eddsa: return if_fits(type == crypto::KeyType::ed448 ? crypto::Scheme::ed448 : crypto::Scheme::ed25519);
  }
  return std::nullopt;
}

std::string AlgorithmSet::names() const {
  std::string out;
  for (std::size_t i = 0; i < algorithm_count; ++i) {
    if (!has(static_cast<Algorithm>(i))) continue;
    if (!out.empty()) out += ' ';
    out += algorithm_names[i];
  }
  return out;
}

}  // namespace gatehouse::token

// The keys of one issuer (a JWK Set, RFC 7517 section 5). Immutable: a rotation makes a new set.
#pragma once
#include <string>
#include <vector>

#include "engines/token/jwk.hpp"

namespace gatehouse::token {

class KeySet {
 public:
  static constexpr std::size_t text_bytes_max = 256U << 10U;
  static constexpr std::size_t keys_max = 100;

  KeySet() = default;

  /// A set from its JSON text, {"keys":[...]}. A key that is not for checking signatures, of a kind not known here, or weak is left out, and
  /// warnings() says why: issuers publish such keys beside good ones (RFC 7517 section 5). Fault::invalid, so that an old set is kept: no set
  /// at all, more than keys_max, two keys with one `kid`, shared secrets beside key pairs (which of the two a token names would be its choice),
  /// or no key that is of use.
  [[nodiscard]] static Result<KeySet> parse(std::string_view text);
  /// The same of what an issuer publishes again and again: a set without a key of use is a set all the same (RFC 7517 section 5 allows an empty
  /// one). Without warnings() it says that no key is good any more.
  [[nodiscard]] static Result<KeySet> parse_published(std::string_view text);
  /// The same from keys at hand.
  [[nodiscard]] static Result<KeySet> from(std::vector<Jwk> keys);

  /// The key for a token that names `key_id`, or none. Fault::not_found: the set has no key of that name (it may have rotated: fetch again);
  /// Fault::unauthenticated: the key is not for that algorithm, or the token names none and not exactly one key would do.
  [[nodiscard]] Result<const Jwk*> find(const std::optional<std::string>& key_id, Algorithm algorithm) const;
  /// Whether a key with that thumbprint and name is still in the set and allows the algorithm.
  [[nodiscard]] bool holds(const crypto::Digest256& thumbprint, const std::optional<std::string>& key_id, Algorithm algorithm) const noexcept;

  /// All algorithms that a key of the set may be used with.
  [[nodiscard]] AlgorithmSet algorithms() const noexcept;
  /// Fault::invalid: there are keys, and none of them can be used with any of `allowed`, so that every token would be refused; what they are for is said.
  [[nodiscard]] Result<> check_usable(AlgorithmSet allowed) const;

  /// Makes checking with the P-256 keys cheaper (some 30 ms and 150 KB each, keys_prepared_max at most): on the pool, after the set is
  /// in use or before. Keys of `previous` that are in this set as well are taken over with what was prepared for them.
  void reuse(const KeySet& previous);
  void prepare() const;
  static constexpr std::size_t keys_prepared_max = 4;

  [[nodiscard]] const std::vector<Jwk>& keys() const noexcept { return keys_; }
  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }
  /// {"keys":[...]} with the public keys.
  [[nodiscard]] std::string to_json() const;

 private:
  [[nodiscard]] static Result<KeySet> read(std::string_view text, bool may_be_empty);
  std::vector<Jwk> keys_;
  std::vector<std::string> warnings_;
};

}  // namespace gatehouse::token

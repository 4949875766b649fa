// AES-256-GCM (NIST SP 800-38D) for data at rest. Sealed: 12 bytes of nonce, the ciphertext, 16 bytes of tag.
#pragma once
#include <string>

#include "ground/base/encoding.hpp"
#include "ground/base/random.hpp"
#include "ground/base/result.hpp"
#include "ground/base/secret.hpp"

namespace gatehouse::crypto {

class AeadKey {
 public:
  static constexpr std::size_t key_bytes = 32, nonce_bytes = 12, tag_bytes = 16;

  /// Fault::invalid unless the key has 32 bytes.
  [[nodiscard]] static Result<AeadKey> from(Secret key);

  /// `context` is not encrypted but must be the same to open: name what the data is and whose, so that one record cannot be put in
  /// the place of another. Nonces are random: with one key seal at most 2^32 messages (SP 800-38D section 8.3).
  [[nodiscard]] std::string seal(Random& random, std::string_view context, std::string_view plain) const;

  /// Fault::invalid if it was not sealed with this key and context, or was altered.
  [[nodiscard]] Result<Secret> open(std::string_view context, std::string_view sealed) const;

 private:
  explicit AeadKey(Secret key) noexcept : key_(std::move(key)) {}
  Secret key_;
};

}  // namespace gatehouse::crypto

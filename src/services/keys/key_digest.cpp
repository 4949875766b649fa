#include "services/keys/key_digest.hpp"

#include <algorithm>
#include <cstring>

#include "ground/base/encoding.hpp"
#include "ground/crypto/digest.hpp"

namespace gatehouse::keys {

KeyDigest KeyDigest::of(std::string_view clear_text) noexcept {
  KeyDigest digest;
  digest.bytes_ = crypto::sha256(as_bytes(clear_text));
  return digest;
}

std::optional<KeyDigest> KeyDigest::parse_hex(std::string_view text) {
  const auto bytes = encoding::from_hex(text);
  if (!bytes) return std::nullopt;
  return from_bytes(*bytes);
}

std::optional<KeyDigest> KeyDigest::from_bytes(std::string_view bytes) noexcept {
  if (bytes.size() != size) return std::nullopt;
  KeyDigest digest;
  std::ranges::copy(as_bytes(bytes), digest.bytes_.begin());
  return digest;
}

bool KeyDigest::operator==(const KeyDigest& other) const noexcept {
  std::uint64_t difference = 0;
  for (std::size_t at = 0; at < size; at += 8) {
    std::uint64_t mine = 0, theirs = 0;
    std::memcpy(&mine, bytes_.data() + at, 8);
    std::memcpy(&theirs, other.bytes_.data() + at, 8);
    difference |= mine ^ theirs;
  }
  return difference == 0;
}

std::uint64_t KeyDigest::prefix() const noexcept {
  std::uint64_t first = 0;
  std::memcpy(&first, bytes_.data(), sizeof first);
  return first;
}

}  // namespace gatehouse::keys

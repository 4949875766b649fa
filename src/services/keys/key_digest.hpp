// KeyDigest: the SHA-256 of a key's clear text, the only form in which a key is stored or looked for. 256 random bits need no slow
// hash: nobody guesses them, and the look-up stays cheap.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::keys {

class KeyDigest {
 public:
  static constexpr std::size_t size = 32;

  [[nodiscard]] static KeyDigest of(std::string_view clear_text) noexcept;
  /// 64 hexadecimal digits.
  [[nodiscard]] static std::optional<KeyDigest> parse_hex(std::string_view text);
  [[nodiscard]] static std::optional<KeyDigest> from_bytes(std::string_view bytes) noexcept;

  [[nodiscard]] const std::array<std::uint8_t, size>& bytes() const noexcept { return bytes_; }
  /// In constant time: how many bytes agree must not be felt.
  [[nodiscard]] bool operator==(const KeyDigest& other) const noexcept;
  /// The first 64 bits: evenly spread, hence an index without further hashing.
  [[nodiscard]] std::uint64_t prefix() const noexcept;

 private:
  std::array<std::uint8_t, size> bytes_{};
};

}  // namespace gatehouse::keys

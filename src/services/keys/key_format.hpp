// The form of our API keys, and the one function that makes them:
//
//   ghk_live_4fJ2kQ0aZx7B_<secret: 43 base62 characters, 256 random bits><checksum: 6 base62 characters>
//   |   |    |                                                           +- CRC-32 of all before: finds typing errors and leaks, proves nothing
//   |   |    +- id, 12 base62 characters: public, stands in logs
//   |   +- live or test
//   +- so that scanners of source code find it
#pragma once
#include <array>
#include <compare>
#include <optional>
#include <string_view>

#include "ground/base/random.hpp"
#include "ground/base/secret.hpp"
#include "services/keys/key_digest.hpp"
#include "services/keys/options.hpp"

namespace gatehouse::keys {

inline constexpr std::string_view key_prefix = "ghk_";
inline constexpr std::size_t key_size = 71;

/// The public name of a key: 12 base62 characters.
struct KeyId {
  std::array<char, 12> characters{};
  auto operator<=>(const KeyId&) const = default;

  [[nodiscard]] std::string_view text() const noexcept { return {characters.data(), characters.size()}; }
  [[nodiscard]] static std::optional<KeyId> parse(std::string_view text) noexcept;
  [[nodiscard]] static KeyId make(Random& random) noexcept;
};

[[nodiscard]] std::string_view to_text(Environment environment) noexcept;
[[nodiscard]] std::optional<Environment> parse_environment(std::string_view text) noexcept;

/// What a well-formed key says of itself. It proves nothing: the digest decides.
struct KeyShape {
  Environment environment;
  KeyId id;
};

/// Shape and checksum, without allocation: what fails here needs no look-up.
[[nodiscard]] std::optional<KeyShape> parse_key(std::string_view text) noexcept;

/// A new key. The clear text is here only: it is shown once and never stored.
struct NewKey {
  KeyId id;
  KeyDigest digest;
  Secret clear_text;
};
/// A new secret under the id given: a rotated key keeps its name.
[[nodiscard]] NewKey make_key(Random& random, Environment environment, const KeyId& id);

}  // namespace gatehouse::keys

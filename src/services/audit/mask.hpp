// Finds what looks like a credential inside a text, so that it can be masked: Gatehouse API keys and JSON Web Tokens. People paste
// them into paths, user agents and names; a log is read by more eyes than a key is meant for.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace gatehouse::audit {

/// A credential from the first byte of `text`: the length to mask, else 0.
///   "ghk_" and at least 8 letters, digits or '_':                        an API key, whole or cut; not its public head alone
///   "eyJ" and together at least 16 of the base64url alphabet and '.':    a JWS or JWE, whole or cut ('{"' in base64url)
/// Only 'g' and 'e' can begin one.
[[nodiscard]] std::size_t credential_length(std::string_view text) noexcept;

/// Of a credential: how much of its beginning is public and stays, `mask` in place of the rest. A key's id is public, and who finds it in a log
/// must know which key to replace: "ghk_live_4fJ2kQ0aZx7B_***". Of anything else only what it was: "ghk_***", "eyJ***".
[[nodiscard]] std::size_t shown_length(std::string_view credential) noexcept;
inline constexpr std::string_view mask = "***";

namespace detail {

/// Eight bytes at a time: non-zero if one of them is `c`.
constexpr std::uint64_t every(std::uint8_t byte) noexcept { return 0x0101010101010101ULL * byte; }
constexpr std::uint64_t any_zero(std::uint64_t word) noexcept { return (word - every(1)) & ~word & every(0x80); }
constexpr std::uint64_t any_equal(std::uint64_t word, char c) noexcept { return any_zero(word ^ every(static_cast<std::uint8_t>(c))); }
inline std::uint64_t word_at(std::string_view text, std::size_t at) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, text.data() + at, sizeof word);
  return word;
}

}  // namespace detail

/// The next byte from `at` on that can be the last of "ghk_" or "eyJ"; the size of the text if there is none.
[[nodiscard]] inline std::size_t next_credential_mark(std::string_view text, std::size_t at) noexcept {
  for (; at + 8 <= text.size(); at += 8) {
    const auto word = detail::word_at(text, at);
    if ((detail::any_equal(word, '_') | detail::any_equal(word, 'J')) != 0) break;
  }
  while (at < text.size() && text[at] != '_' && text[at] != 'J') ++at;
  return at;
}

/// Copies `text` to `out` while looking at it: true if it is printable ASCII without a quote or a backslash, and holds nothing that could be
/// a credential, so that it may stand in the log and in a decision as it is. Nearly every text is. False: `out` holds anything now.
[[nodiscard]] bool copy_if_harmless(std::string_view text, char* out) noexcept;

}  // namespace gatehouse::audit

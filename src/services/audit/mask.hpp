// Finds what looks like a credential inside a text, so that it can be masked: Gatehouse API keys and JSON Web Tokens. People paste
// them into paths, user agents and names; a log is read by more eyes than a key is meant for.
#pragma once
#include <cstddef>
#include <string_view>

namespace gatehouse::audit {

/// A credential from the first byte of `text`: the length to mask, else 0.
///   "ghk_" and at least 8 letters, digits or '_':                        an API key, whole or cut
///   "eyJ" and together at least 16 of the base64url alphabet and '.':    a JWS or JWE, whole or cut ('{"' in base64url)
/// Only 'g' and 'e' can begin one.
[[nodiscard]] std::size_t credential_length(std::string_view text) noexcept;

/// What is written in its place: "ghk_***" or "eyJ***".
[[nodiscard]] std::string_view mask_of(std::string_view credential) noexcept;

}  // namespace gatehouse::audit

// JSON Pointers (RFC 6901): written token by token, read back, and followed within a document.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/json/document.hpp"

namespace gatehouse::contract {

/// Appends "/" and the token with `~` and `/` escaped.
void append_token(std::string& pointer, std::string_view token);

/// The tokens, unescaped; nothing unless it is a pointer (section 3).
[[nodiscard]] std::optional<std::vector<std::string>> pointer_tokens(std::string_view pointer);

/// What the pointer names; nothing if there is no such value or it is no pointer. Elements have numbers without leading zeros (section 4).
[[nodiscard]] std::optional<json::Value> follow(json::Value root, std::string_view pointer);

/// As the fragment of a URL (section 6): percent-encoded where a fragment needs it.
[[nodiscard]] std::string as_fragment(std::string_view pointer);

}  // namespace gatehouse::contract

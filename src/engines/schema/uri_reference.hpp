// References of schemas, as URIs (RFC 3986): taken apart and resolved against a base. Nothing is fetched and nothing is normalised but dots.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::schema {

/// RFC 3986 section 3; every text has such parts. Views into it.
struct UriParts {
  std::optional<std::string_view> scheme, authority;
  std::string_view path;
  std::optional<std::string_view> query, fragment;
};
[[nodiscard]] UriParts split_uri(std::string_view text) noexcept;

/// RFC 3986 section 5.2: the URL that a reference means within a document at `base`, with its fragment, if it has one.
[[nodiscard]] std::string resolve_uri(std::string_view base, std::string_view reference);

/// `%41` is `A`; what is no escape stands for itself.
[[nodiscard]] std::string percent_decoded(std::string_view text);

/// A JSON Pointer as the fragment of a URI: what RFC 3986 section 3.5 does not allow there is percent-encoded (RFC 6901 section 6).
[[nodiscard]] std::string as_fragment(std::string_view pointer);

}  // namespace gatehouse::schema

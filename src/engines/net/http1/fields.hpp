// Field lines and what frames a message: shared by request heads, response heads and trailers.
#pragma once
#include <optional>

#include "engines/net/http1/head.hpp"

namespace gatehouse::net::http1 {

/// Reads field lines from `at`; the empty line must be exactly the end of the span. Names become lower case in place.
[[nodiscard]] std::optional<http::Problem> parse_fields(char* at, char* end, std::size_t fields_max, Sender sender, http::Headers& out);

/// How the body of a message ends, by its Content-Length and Transfer-Encoding alone: none, length or chunked.
[[nodiscard]] std::expected<http::Framing, http::Problem> parse_framing(const http::Headers& headers, http::Version version, Sender sender);

/// Whether the connection may carry another message, by version and Connection (RFC 9112 section 9.3). A problem if Connection holds
/// anything but tokens.
[[nodiscard]] std::expected<bool, http::Problem> parse_keep_alive(const http::Headers& headers, http::Version version, Sender sender);

/// Whether the client waits for a 100 before it sends the body; every other expectation is a problem (417, RFC 9110 section 10.1.1).
[[nodiscard]] std::expected<bool, http::Problem> parse_expectation(const http::Headers& headers, http::Version version);

}  // namespace gatehouse::net::http1

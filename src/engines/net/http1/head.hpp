// The heads of HTTP/1.1 messages, read strictly (RFC 9112): what two readers could take differently is refused, not
// repaired. Decided where the standard leaves a choice:
//   - lines end in CRLF only; a bare LF or CR, NUL and every other control but the tab is refused as soon as it arrives;
//   - one empty line before a request is ignored (section 2.2 asks for at least one), a second is refused; none before a response;
//   - no obsolete line folding, no space before the colon, no whitespace but single spaces in the request line;
//   - field values may hold bytes from 0x80 (obs-text, RFC 9110 section 5.5): opaque, passed on unchanged;
//   - Content-Length: one field, 1 to 19 digits, at most 2^63-1, no list even of equal values; leading zeros are read as decimal (the
//     gate writes its own number onwards);
//   - Transfer-Encoding: one field, the one coding "chunked" (in any case, RFC 9112 section 7), not beside Content-Length, not in HTTP/1.0;
//   - exactly HTTP/1.0 and HTTP/1.1; any other well-formed version is 505;
//   - targets: origin-form, absolute-form with http or https, "*" for OPTIONS; CONNECT is 501;
//   - Expect: only 100-continue, else 417; in HTTP/1.0 it is ignored (RFC 9110 section 10.1.1).
#pragma once
#include <cstddef>
#include <expected>
#include <span>
#include <string_view>

#include "ground/http/request.hpp"

namespace gatehouse::net::http1 {

struct HeadLimits {
  std::size_t bytes_max = 32768;  ///< the whole head, the empty line included
  std::size_t fields_max = 100;
  std::size_t target_bytes_max = 8192;
};
/// Bytes of a method; the longest registered one has 17 (UPDATEREDIRECTREF).
inline constexpr std::size_t method_bytes_max = 32;

/// Who sent the head: a bad request is the client's fault (4xx), a bad response the upstream's (502).
enum class Sender { client, upstream };

/// How many bytes of `input`, which starts where a message starts, its head takes; 0 while it is incomplete. `scanned` starts as 0 and is
/// handed in again with the longer input, so that a head that comes in pieces is read once. A head that can no longer become valid (bare LF,
/// control, impossible first line, limit passed) is refused before it is complete.
[[nodiscard]] std::expected<std::size_t, http::Problem> find_head_end(std::string_view input, std::size_t& scanned, const HeadLimits& limits,
                                                                      Sender sender = Sender::client);

/// Reads one complete head, as find_head_end measured it. The memory must live as long as `out`; names are put into lower case in place.
/// After a problem `out` holds what could be read, and `out.whole` whether that is all of the fields.
[[nodiscard]] std::expected<void, http::Problem> parse_request_head(std::span<char> head, http::RequestHead& out, const HeadLimits& limits);

/// The same for what an upstream answered to `request_method`, which decides whether a body follows (RFC 9112 section 6.3). Every problem is
/// `upstream_malformed`. 1xx answers other than 101, which nobody asked for, are returned like others; they have no body.
[[nodiscard]] std::expected<void, http::Problem> parse_response_head(std::span<char> head, http::Method request_method, http::ResponseHead& out,
                                                                     const HeadLimits& limits);

/// Whether a field behind the body, of a request or an answer, may be handed on: it cannot change what was decided before it came. `id` is that of
/// `name`, which is in lower case.
[[nodiscard]] bool may_be_trailer(http::HeaderId id, std::string_view name) noexcept;

/// Reads the lines of a trailer section, the closing empty line included (RFC 9112 section 7.1.2). Fields that must not be trailers, because
/// they frame, route, authenticate or describe the message (RFC 9110 section 6.5.1), are read and left out.
[[nodiscard]] std::expected<void, http::Problem> parse_trailers(std::span<char> section, http::Headers& out, const HeadLimits& limits,
                                                                Sender sender = Sender::client);

}  // namespace gatehouse::net::http1

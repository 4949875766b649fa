// From what a codec read to the one request that everybody sees. Besides the forms of path, query, cookies and authority:
//   - exactly one Host, for HTTP/1.0 too, equal to :authority or to the authority of an absolute target;
//   - hop-by-hop fields end here. Connection cannot name an end-to-end field away: what it lists is not looked at;
//   - a name with `_`, `.` or another mark than `-` is kept aside; one that reads as a name the gate uses, once `_`, `.` and all other marks are `-`, is refused;
//   - Gatehouse-*, X-Real-IP, Forwarded and the X-Forwarded-* that the gate writes end here, every other X-Forwarded-* and other names of the
//     client's address, host or scheme (Client-IP, X-Original-Host ...) and of who it was proved to be (Remote-User, X-SSL-Client-Verify ...) unless a trusted proxy sent it. Proxy, method and URL overrides end here
//     whoever sends them;
//   - a scheme in the target, or :scheme, that is not the connection's is 421 (RFC 9110 section 7.4);
//   - a second field of a name that holds one value and decides something is refused;
//   - TRACE and CONNECT are 501: one shows the upstream's headers to the caller, the other is not for a gateway.
#pragma once
#include <expected>
#include <span>

#include "ground/http/request.hpp"

namespace gatehouse::http {

/// What is known before the first byte of a request.
struct ConnectionFacts {
  Address peer;
  bool secure = false;  ///< TLS between peer and gate
  std::span<const AddressBlock> trusted_proxies;
};

[[nodiscard]] std::expected<Request, Problem> canonical(const RequestHead& head, const ConnectionFacts& facts, Arena& arena);

/// Letters, digits and `-`: a name that every server reads alike.
[[nodiscard]] bool is_plain_name(std::string_view name) noexcept;

/// Whether a name that is not all letters, digits and `-` is that of a field which the gate reads, writes or drops, to an upstream that reads every
/// other character as `-` (CGI, WSGI and their heirs do so with `_`, some with all). canonical() refuses such a field: http.header.underscore.
[[nodiscard]] bool resembles_used_name(std::string_view lower_case_name);

}  // namespace gatehouse::http

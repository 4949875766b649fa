// Who asks, when proxies stand between. Hops are read from the right, because each proxy appends what it saw; those that are trusted themselves are
// passed over, and the first that is not is the client. A hop that is no address ("unknown", "_hidden", a typo, nothing) ends the walk: who asks is then
// not known, and what is kept is the proxy that says so. It is never taken for the client: it stands in networks from which more is allowed. X-Forwarded-For and Forwarded (RFC 7239) are both read; where both are there and name different clients, one of them was
// passed on unchecked, and the request is refused. A Forwarded that does not read as a whole is refused, too: what it says would be a guess.
#pragma once
#include <expected>
#include <span>

#include "ground/http/address.hpp"
#include "ground/http/headers.hpp"
#include "ground/http/problem.hpp"

namespace gatehouse::http {

struct Origin {
  Address client;
  bool secure = false;
  bool client_known = true;  ///< false: `client` is the last proxy, which does not say of whom it has the request
};

[[nodiscard]] bool is_trusted(const Address& address, std::span<const AddressBlock> trusted) noexcept;

/// `peer_secure` says whether the connection itself is TLS; a trusted proxy's X-Forwarded-Proto overrides it, or without that the proto= that stands in
/// Forwarded beside the client's address. Refused with bad_header, and only where the peer is trusted: http.forwarding.form, http.forwarding.conflict.
[[nodiscard]] std::expected<Origin, Problem> origin_of(const Headers& headers, const Address& peer, bool peer_secure,
                                                       std::span<const AddressBlock> trusted);

}  // namespace gatehouse::http

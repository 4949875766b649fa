// The server side of HTTP/2 (RFC 9113) on nghttp2: each stream shows itself as a Stream, like an HTTP/1 request.
#pragma once
#include <memory>

#include "engines/net/server_connection.hpp"

namespace gatehouse::net {

/// For a connection on which ALPN chose "h2".
[[nodiscard]] std::unique_ptr<Codec> make_http2_server(ServerConnection& connection);

}  // namespace gatehouse::net

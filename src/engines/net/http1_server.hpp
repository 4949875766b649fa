// The server side of HTTP/1.1 (RFC 9112): one request at a time, pipelined ones wait in the connection.
#pragma once
#include <memory>

#include "engines/net/server_connection.hpp"

namespace gatehouse::net {

[[nodiscard]] std::unique_ptr<Codec> make_http1_server(ServerConnection& connection);

}  // namespace gatehouse::net

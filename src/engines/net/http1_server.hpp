// The server side of HTTP/1.1 (RFC 9112): one request at a time, pipelined ones wait in the connection.
#pragma once
#include <memory>

#include "engines/net/server_connection.hpp"

namespace gatehouse::net {

[[nodiscard]] std::unique_ptr<Codec> make_http1_server(ServerConnection& connection);
/// `codec`, which make_http1_server() has just made, answers with this problem and reads nothing. `first_bytes`: what is known of the request.
void refuse_http1(Codec& codec, http::Problem problem, std::string_view first_bytes);

}  // namespace gatehouse::net

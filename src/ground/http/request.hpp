// The one request that every stage sees: canonical, immutable, parsed once (promise 1). It knows nothing of sockets.
// All texts live in the arena of the exchange.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "ground/http/address.hpp"
#include "ground/http/headers.hpp"
#include "ground/http/method.hpp"
#include "ground/http/problem.hpp"

namespace gatehouse::http {

enum class Version : std::uint8_t { http1_0, http1_1, http2 };

/// How the end of a body is known.
struct Framing {
  enum class Kind : std::uint8_t { none, length, chunked, until_close } kind = Kind::none;
  std::uint64_t length = 0;  ///< bytes, for Kind::length
};

/// What a codec reads off the wire, before the canonical rules: names in lower case, everything else as sent.
struct RequestHead {
  explicit RequestHead(Arena& arena) noexcept : headers(arena) {}
  Version version = Version::http1_1;
  Method method = Method::other;
  std::string_view method_token;
  std::string_view target;  ///< the request target as sent (RFC 9112 section 3.2); for HTTP/2 :path
  std::string_view scheme;  ///< HTTP/2 :scheme, else empty
  std::string_view authority;  ///< HTTP/2 :authority, else empty
  Headers headers;
  Framing framing;
  bool keep_alive = true;  ///< HTTP/1: the connection may carry another request
  bool expects_continue = false;
};

/// What an upstream answered.
struct ResponseHead {
  explicit ResponseHead(Arena& arena) noexcept : headers(arena) {}
  Version version = Version::http1_1;
  Status status = 0;
  Headers headers;
  Framing framing;
  bool keep_alive = true;
};

}  // namespace gatehouse::http

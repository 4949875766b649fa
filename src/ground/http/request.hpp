// The one request that every stage sees: canonical, immutable, parsed once (promise 1). It knows nothing of sockets.
// All texts live in the arena of the exchange.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "ground/http/address.hpp"
#include "ground/http/authority.hpp"
#include "ground/http/cookies.hpp"
#include "ground/http/headers.hpp"
#include "ground/http/method.hpp"
#include "ground/http/path.hpp"
#include "ground/http/problem.hpp"
#include "ground/http/query.hpp"

namespace gatehouse::http {

enum class Version : std::uint8_t { http1_0, http1_1, http2 };

/// How the end of a body is known.
struct Framing {
  enum class Kind : std::uint8_t { none, length, chunked, until_close } kind = Kind::none;
  std::uint64_t length = 0;  ///< bytes, for Kind::length
};

/// What a codec reads off the wire, before the canonical rules: names in lower case, everything else as sent.
struct RequestHead {
  explicit RequestHead(Arena& arena) noexcept : headers(arena), trailers(arena) {}
  Version version = Version::http1_1;
  Method method = Method::other;
  std::string_view method_token;
  std::string_view target;     ///< the request target as sent (RFC 9112 section 3.2); for HTTP/2 :path
  std::string_view scheme;     ///< HTTP/2 :scheme, else empty
  std::string_view authority;  ///< HTTP/2 :authority, else empty
  Headers headers;
  /// What came behind the body (RFC 9110 section 6.5), complete with its last piece. Never fields that could have changed a decision.
  Headers trailers;
  Framing framing;
  bool keep_alive = true;  ///< HTTP/1: the connection may carry another request
  bool expects_continue = false;
  /// Every field that was sent is among `headers`. Of a head that broke off or was too large the last ones are missing, and those are where a proxy
  /// writes who asks: nothing may be concluded from what is not there.
  bool whole = false;

  /// As it was made, for another message whose texts come from the same arena.
  void clear() noexcept {
    headers.clear();
    trailers.clear();
    version = Version::http1_1;
    method = Method::other;
    method_token = target = scheme = authority = {};
    framing = {};
    keep_alive = true;
    expects_continue = whole = false;
  }
};

/// The canonical request. Made by canonical() alone and handed on as const.
struct Request {
  explicit Request(Arena& arena) noexcept : headers(arena) {}
  Version version = Version::http1_1;
  Method method = Method::other;
  std::string_view method_token;
  bool secure = false;    ///< the client spoke TLS: with the gate, or with a trusted proxy that says so
  bool asterisk = false;  ///< OPTIONS *: for the gate itself; path is "/"
  Authority authority;
  NormalPath path;
  Query query;
  Cookies cookies;
  /// End-to-end fields only, in order; all Cookie fields are one. Credentials are among them: who rebuilds the message strips those.
  Headers headers;
  /// Fields with `_` or another mark than `-` in their name, which servers that read it as `-` take for others. They are dropped unless the route names them. None of them resembles a name that the gate reads.
  std::span<const Field> underscored;
  /// What lists of allowed addresses are asked about. A client that is not known has the address that is none (`::`), which only a block with every
  /// address of IPv6 holds.
  [[nodiscard]] Address client_to_judge() const noexcept { return client_known ? client : Address(); }

  Framing framing;
  bool expects_continue = false;
  Address peer;                       ///< the other end of the connection
  Address client;                     ///< who asks: the peer, or the rightmost untrusted hop that trusted proxies report
  bool client_known = true;           ///< false: `client` is a trusted proxy that does not say of whom it has the request
  std::uint32_t dropped_headers = 0;  ///< fields with `_`, forged forwarding fields, method and URL overrides
};

/// What an upstream answered.
struct ResponseHead {
  explicit ResponseHead(Arena& arena) noexcept : headers(arena), trailers(arena) {}
  Version version = Version::http1_1;
  Status status = 0;
  Headers headers;
  Headers trailers;  ///< as RequestHead's
  Framing framing;
  bool keep_alive = true;

  void clear() noexcept {
    headers.clear();
    trailers.clear();
    version = Version::http1_1;
    status = 0;
    framing = {};
    keep_alive = true;
  }
};

}  // namespace gatehouse::http

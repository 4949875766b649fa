// The seam between protocols and the gate. An HTTP/1 connection and an HTTP/2 stream both show themselves as a Stream; what
// is done with a request is an Exchanger behind it. Neither knows sockets of the other side.
//
//   Service::open(stream) -> Exchanger          the codec reads the head into exchanger.arena()
//   exchanger.request(head, body_follows)        or exchanger.malformed(problem)
//   exchanger.request_body(piece, last) ...      until last; paused by stream.pause_body()
//   stream.respond(...), stream.send(...)        until last, or finish(); stream.unsent() says how much waits
//   exchanger.gone(why)                          if the client leaves before that; the stream must not be used any more
//
// All on one loop thread. Either side may call the other from within a call.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "engines/net/socket.hpp"
#include "ground/base/arena.hpp"
#include "ground/base/time.hpp"
#include "ground/http/problem.hpp"
#include "ground/http/request.hpp"

namespace gatehouse::net {

class ServerTls;

/// Facts of the connection that a request came by.
struct Peer {
  http::Address address;
  std::uint16_t port = 0;
  bool secure = false;
  const ServerTls* tls = nullptr;  ///< of a secure connection
  std::string_view server_name;    ///< SNI as sent; empty: none
  std::uint32_t listener = 0;      ///< which listener it came by
};

/// The head of an answer. Fields carry no framing: the codec adds it.
struct OutgoingHead {
  http::Status status = 500;
  std::span<const http::Field> fields;
  std::optional<std::uint64_t> length;  ///< the body's size, or what a HEAD answer says of it
  bool close = false;                   ///< HTTP/1: nothing more is read from this connection
  bool shut_out = false;                ///< the client may not ask at all: the connection ends with this answer, and takes no request any more
  bool refusal = false;                 ///< of the gate's own: of those that a client does not take only a few are kept for it
  bool bodiless = false;                ///< an answer to HEAD, 204, 304: nothing follows whatever `length` says
};

class Stream {
 public:
  /// The final head with the first piece of the body. `last`: the answer is complete.
  virtual void respond(const OutgoingHead& head, std::string_view piece, bool last) = 0;
  virtual void send(std::string_view piece, bool last) = 0;
  /// The last piece, as send() takes it, and behind it fields (RFC 9110 section 6.5). Their texts are copied. They are dropped where there is no room
  /// for them: behind an HTTP/1 body of known length, and in HTTP/1.0.
  virtual void finish(std::string_view piece, std::span<const http::Field> trailers) = 0;
  /// 1xx other than 101; dropped for HTTP/1.0 (RFC 9110 section 15.2).
  virtual void interim(http::Status status, std::span<const http::Field> fields) = 0;
  /// So much waits that no more should be sent until drained() is called, which it then is; once half of the budget of buffered bytes is used that is any.
  [[nodiscard]] virtual bool congested() const noexcept = 0;
  /// Bytes taken by send() that the client has not taken yet.
  [[nodiscard]] virtual std::size_t unsent() const noexcept = 0;
  virtual void pause_body() = 0;
  virtual void resume_body() = 0;
  /// Breaks the answer off so that the client sees it as incomplete: HTTP/1 closes, HTTP/2 resets the stream.
  virtual void abort() = 0;
  [[nodiscard]] virtual const Peer& peer() const noexcept = 0;
  /// When the request's first byte came.
  [[nodiscard]] virtual Ticks begun() const noexcept = 0;

 protected:
  ~Stream() = default;
};

/// Why a client is gone before its answer was complete.
enum class Gone : std::uint8_t {
  left,      ///< it closed or reset, or broke the protocol of its connection elsewhere than in this request
  idle,      ///< it took nothing of its answer for too long (`connections.write_idle`)
  slow,      ///< it took its answer too slowly (`connections.write_rate_min`)
  crowding,  ///< it left its answers unread while the budget of buffered bytes was spent (`memory.bodies_max`)
  stopping,  ///< it has not gone: the gate stops, and its time to finish is over (`drain`)
};

class Exchanger {
 public:
  /// Where the texts of the head are to live: until the exchange ends.
  [[nodiscard]] virtual Arena& arena() noexcept = 0;
  [[nodiscard]] virtual http::RequestHead& head() noexcept = 0;
  /// head() is complete. `body_follows`: request_body will be called until it says `last`.
  virtual void request(bool body_follows) = 0;
  /// The head could not be read in one way only; the exchanger answers, the connection ends after the answer.
  virtual void malformed(http::Problem problem) = 0;
  virtual void request_body(std::string_view piece, bool last) = 0;
  /// The body broke its framing or its time: as malformed(), but the answer may have begun.
  virtual void request_broken(http::Problem problem) = 0;
  /// The request, in its head or behind it, is none that the protocol allows: its stream is reset, or its connection has ended, and no answer can be written.
  virtual void rejected(http::Problem problem) = 0;
  /// The stream was congested() and is not any more.
  virtual void drained() = 0;
  /// The client left before the answer was complete, or was cut off because it did not take it.
  virtual void gone(Gone why) = 0;

 protected:
  ~Exchanger() = default;
};

/// Held by a connection that was let in, for as long as it lives: what it counts against is given back with it.
class Admission {
 public:
  virtual ~Admission() = default;
};

class Service {
 public:
  /// Whether a connection from there is served at all; called before a byte is read. Null: it is closed at once.
  [[nodiscard]] virtual std::unique_ptr<Admission> admit(const Peer& peer) = 0;
  /// A request begins. Null: no memory or the budget is used up; the connection ends.
  [[nodiscard]] virtual Exchanger* open(Stream& stream) = 0;
  /// An error on the connection that belongs to no request (a failed handshake, a flood): for metrics and failure limits. One on which nothing came is none.
  virtual void misbehaved(const Peer& peer, std::string_view what) = 0;
  /// For metrics: a TLS handshake is done; the client took up an earlier session; ALPN chose HTTP/2.
  virtual void secured([[maybe_unused]] bool resumed, [[maybe_unused]] bool http2) {}
  /// For metrics: a TLS handshake failed or took too long. misbehaved() is told, too.
  virtual void not_secured() {}
  /// For metrics: an answer was broken off because its client took it too slowly, or not at all.
  virtual void cut_off() {}
  /// For metrics: an HTTP/2 client reset a stream.
  virtual void stream_reset() {}

 protected:
  ~Service() = default;
};

/// Above this many unsent bytes the producer is paused, below the other it goes on.
inline constexpr std::size_t unsent_high = 64 * 1024, unsent_low = 16 * 1024;

}  // namespace gatehouse::net

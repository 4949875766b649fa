// One accepted connection: the socket, TLS handshake, output queue, deadlines and the one teardown path. What the bytes
// mean is the codec's: HTTP/1 or HTTP/2, chosen by ALPN when the handshake is done.
//
//   accepted --(handshake)--> codec --finish()--> lingering --> closed
//        \------------ close() from anywhere -------------------^
//
// Lingering: our side is shut, what the client still sends is read and thrown away for a bounded time, so that the last
// answer is not lost to a reset (RFC 9112 section 9.6).
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "engines/net/buffered.hpp"
#include "engines/net/http1/head.hpp"
#include "engines/net/http1/head_writer.hpp"
#include "engines/net/options.hpp"
#include "engines/net/pace.hpp"
#include "engines/net/scratch.hpp"
#include "engines/net/stream.hpp"
#include "engines/net/transport.hpp"
#include "ground/async/loop.hpp"

namespace gatehouse::net {

/// So many requests of one connection begin in a turn of the loop, then its neighbours have theirs: in few bytes there can be many of them. Over
/// HTTP/2 those of one read, at most the streams that may be open, are not divided.
inline constexpr std::uint64_t requests_a_turn = 32;

class ServerConnection;

struct Http2Limits {
  std::uint32_t concurrent_streams;
  std::uint32_t resets_max;                 ///< streams that the client resets in a flood window (CVE-2023-44487)
  std::uint32_t control_frames_max;         ///< SETTINGS, PING, PRIORITY, empty DATA in a flood window
  Duration flood_window;                    ///< of any such length; at least a second
  std::uint32_t header_list_bytes;          ///< of a request, decoded, counted as RFC 9113 section 6.5.2 does
  std::uint32_t window_bytes = 256 * 1024;  ///< of the connection, opened again as bytes come; a stream has the 65,535 of RFC 9113
};

/// The settings of `connections` as the codecs use them. What is not said has the setting's default.
struct ServerLimits {
  ServerLimits() noexcept : ServerLimits(ConnectionLimits{}) {}
  explicit ServerLimits(const ConnectionLimits& options) noexcept;

  http1::HeadLimits head;
  Duration handshake;  ///< from accept to the end of the TLS handshake
  Duration head_time;  ///< from a head's first byte to its last
  Duration idle;       ///< between requests
  PaceLimits body;     ///< of a request body while it is wanted
  PaceLimits write;    ///< of an answer while some of it waits for the client
  Duration linger = 2s;
  std::uint64_t requests;  ///< on one connection
  Http2Limits http2;
};

/// What the connections of one loop thread share.
struct ServerContext {
  ServerContext(async::Loop& the_loop, Service& the_service, std::size_t scratch_bytes = 64 * 1024);
  ServerContext(const ServerContext&) = delete;
  ServerContext& operator=(const ServerContext&) = delete;
  ~ServerContext();

  /// Idle connections close now, the others after the requests that they carry.
  void drain();
  /// Closes what is left.
  void close_all();
  /// Closes so many of the connections on which nothing is asked and nothing waits, those that have rested longest, for at least a second: where no
  /// descriptor is left somebody else can use theirs. How many were closed.
  std::size_t shed(std::size_t count_max);
  /// Something begins to wait for a client.
  void note_waiting() noexcept;

  async::Loop& loop;
  Service& service;
  ServerLimits limits;
  Scratch scratch;                ///< read here, parse here; keep only an incomplete rest
  http1::HeadWriter head_writer;  ///< heads of HTTP/1 are written here
  BufferTally buffered;
  bool draining = false;
  std::size_t connections = 0;
  ServerConnection* first = nullptr;  // all connections of this thread

 private:
  friend class ServerConnection;
  void note_ended() noexcept;
  void watch();
  void relieve();
  void trim();

  std::size_t connections_most_ = 0;  // since memory was last given back
  async::MemberTimer<ServerContext, &ServerContext::watch> watch_{*this};
  async::MemberTimer<ServerContext, &ServerContext::trim> trim_{*this};
};

class Codec {
 public:
  virtual ~Codec() = default;
  /// Bytes may be waiting.
  virtual void readable() = 0;
  /// What waited to be written is below the low mark again.
  virtual void writable() = 0;
  /// The deadline has passed.
  virtual void expired() = 0;
  /// No new request after the present ones. Without any the client is told at once.
  virtual void drain() = 0;
  /// Since when nothing has been asked and nothing waits; none: something is or does.
  [[nodiscard]] virtual std::optional<Ticks> resting_since() const noexcept = 0;
  /// The connection is gone: so are its streams.
  virtual void gone(Gone why) = 0;
  /// What its streams hold for the client, beyond the connection's own queue, of which it has taken nothing for so long.
  [[nodiscard]] virtual std::size_t unread(Ticks now, Duration how_long) const noexcept = 0;
};

class ServerConnection final : public async::Watcher, public async::Disposable {
 public:
  /// `negotiated`: HTTP/2 if ALPN chose it. The other is for tests: the HTTP/2 codec without a handshake before it.
  enum class Protocol : std::uint8_t { negotiated, http2 };
  /// Takes over an accepted socket. `tls` null: plain TCP.
  static void begin(ServerContext& context, Accepted accepted, std::shared_ptr<const ServerTls> tls, std::uint32_t listener,
                    Protocol protocol = Protocol::negotiated);

  [[nodiscard]] ServerContext& context() noexcept { return context_; }
  [[nodiscard]] const Peer& peer() const noexcept { return peer_; }
  [[nodiscard]] bool closed() const noexcept { return state_ == State::closed; }
  /// Neither closed nor lingering.
  [[nodiscard]] bool open() const noexcept { return state_ == State::open; }

  [[nodiscard]] Io read(std::span<char> into);
  /// Sends, or queues what the socket does not take.
  void send(std::span<const iovec> pieces);
  [[nodiscard]] std::size_t unsent() const noexcept { return output_.size() - sent_; }
  [[nodiscard]] bool congested() const noexcept { return above_high_; }
  /// The codec's writable() is called when less than the low mark is queued, also if the high mark was not reached.
  void tell_when_drained() noexcept { above_high_ = unsent() > 0; }
  /// What the client has taken of all that was sent, by the word of the system: not before its end has acknowledged it.
  [[nodiscard]] std::int64_t taken() const noexcept { return written_ - static_cast<std::int64_t>(transport_.untaken()); }
  /// The streams' part of what waits for the client, as it grows and shrinks; with their cost.
  void count_waiting(std::size_t before, std::size_t now) noexcept {
    streams_hold_ += now - before;
    if (now > before) context_.note_waiting();
  }
  /// Ends the connection after what is queued has been sent and the client has taken it, as long as it does so at its pace.
  void finish();
  /// Who broke the protocol is not waited for: what the system holds for him may be lost.
  void forfeit() noexcept { forfeited_ = true; }
  /// Ends it now.
  void close() { end(Gone::left); }
  /// Ends it now, in a way that the client cannot take for an orderly end.
  void reset() { reset(Gone::left); }
  /// readable() is called again in the next turn, edge or not.
  void read_later();

  void expect_within(Duration time) noexcept;
  void expect_by(Ticks deadline) noexcept;
  void expect_nothing() noexcept { deadline_ = Ticks::max(); }

 private:
  friend struct ServerContext;
  enum class State : std::uint8_t { handshake, open, finishing, lingering, closed };

  ServerConnection(ServerContext& context, Accepted accepted, std::shared_ptr<const ServerTls> tls, ssl_st* session, std::uint32_t listener);
  void ready(std::uint32_t events) override;
  void shake_hands();
  void start_codec(Protocol protocol);
  void refuse_clear_text(std::string_view first_bytes);
  void flush();
  void linger();
  void note_taken() noexcept;
  [[nodiscard]] std::optional<Ticks> resting_since() const noexcept {
    return state_ == State::open && unsent() == 0 ? codec_->resting_since() : std::nullopt;
  }
  [[nodiscard]] std::size_t waiting() const noexcept { return unsent() + streams_hold_; }
  [[nodiscard]] std::size_t unread(Ticks now, Duration how_long) noexcept;
  void reset(Gone why);
  void end(Gone why);
  void arm() noexcept;
  void expired();

  ServerContext& context_;
  Transport transport_;
  std::shared_ptr<const ServerTls> tls_;
  Peer peer_;
  std::unique_ptr<Admission> admission_;
  std::unique_ptr<Codec> codec_;
  std::string output_;  // bytes [sent_, size) wait
  std::size_t sent_ = 0;
  Held held_{context_.buffered};
  std::size_t streams_hold_ = 0;
  std::int64_t written_ = 0;      // to the socket
  std::int64_t taken_noted_ = 0;  // taken() when pace_ was last told
  Pace pace_;                     // of output_
  Ticks deadline_ = Ticks::max(), armed_for_ = Ticks::max();
  async::MemberTimer<ServerConnection, &ServerConnection::expired> timer_{*this};
  ServerConnection* next_ = nullptr;
  ServerConnection* previous_ = nullptr;
  State state_ = State::handshake;
  bool above_high_ = false;
  bool forfeited_ = false;
};

}  // namespace gatehouse::net

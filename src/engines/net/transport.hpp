// A non-blocking stream of bytes: TCP, or TLS over it, behind one narrow interface so that another TLS library may come.
//
// With edge-triggered epoll a read that returned less than was asked for has emptied the socket: asking again would cost
// a system call that can only say EAGAIN. `drained_` remembers it until the next edge. The exception is the end of the
// stream: once the peer has closed, reading goes on until the end is seen.
#pragma once
#include <sys/uio.h>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engines/net/socket.hpp"

struct ssl_st;

namespace gatehouse::net {

enum class IoState : std::uint8_t {
  ok,      ///< some bytes moved
  again,   ///< none now; an edge will tell
  closed,  ///< the peer ended the stream (for TLS: with close_notify)
  failed,  ///< reset, TLS alert, truncation: nothing more can be said on this stream
};

struct Io {
  IoState state = IoState::failed;
  std::size_t bytes = 0;
};

class Transport {
 public:
  /// Takes the TLS session, which must already know whether it is client or server; null: plain TCP.
  Transport(Descriptor socket, ssl_st* session) noexcept;
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }
  [[nodiscard]] bool is_tls() const noexcept { return session_ != nullptr; }
  [[nodiscard]] ssl_st* session() const noexcept { return session_; }

  /// The epoll edge said that bytes came; `peer_closed`: EPOLLRDHUP came with it.
  void edge(bool peer_closed) noexcept {
    drained_ = false;
    peer_closed_ |= peer_closed;
  }

  /// TLS: one step of the handshake. `ok` when it is complete (at once for plain TCP).
  [[nodiscard]] Io handshake() noexcept;
  /// After a handshake that failed: the client spoke HTTP/1 in clear text, as far as its first bytes show. Empty: it did not.
  [[nodiscard]] std::string_view clear_text() const noexcept;
  /// TLS: whether the peer has sent anything at all.
  [[nodiscard]] bool heard() const noexcept { return first_size_ > 0; }
  /// From now on what is read and written is clear text.
  void give_up_tls() noexcept;
  /// After a handshake that failed: what was wrong with the peer's certificate, else with its TLS. For the log.
  [[nodiscard]] std::string why_not_secure() const;
  [[nodiscard]] Io read(std::span<char> into) noexcept;
  /// Writes as much of the pieces as the socket takes. For TLS small pieces are joined, so that a head and its body leave
  /// as one record. What was not taken must be offered again first, byte for byte (it may be in other memory).
  [[nodiscard]] Io write(std::span<const iovec> pieces) noexcept;
  /// Bytes that the socket took and the peer has not.
  [[nodiscard]] std::size_t untaken() const noexcept;
  /// Says that nothing more will be sent (TLS: close_notify), and keeps reading open.
  void finish() noexcept;

  /// The peer sent messages of TLS (KeyUpdate: 27 bytes, and 8 us of ours) one after the other without anything between them that it wanted to say: the
  /// stream has failed.
  [[nodiscard]] bool flooded() const noexcept { return steps_ > steps_max; }
  /// For the TLS library's callback: it has taken a step of a handshake.
  void note_step() noexcept { steps_ = static_cast<std::uint16_t>(steps_ + (secured_ && steps_ <= steps_max ? 1 : 0)); }

  /// Raw socket access for the TLS library's BIO.
  [[nodiscard]] long read_record(char* into, std::size_t size) noexcept;
  [[nodiscard]] long raw_read(char* into, std::size_t size) noexcept;
  [[nodiscard]] long raw_write(const char* from, std::size_t size) noexcept;

 private:
  [[nodiscard]] Io write_plain(std::span<const iovec> pieces) noexcept;
  [[nodiscard]] Io tls_result(int returned) noexcept;

  static constexpr std::uint16_t steps_max = 64;  // some 16 KeyUpdates; honest peers send one after gigabytes

  Descriptor socket_;
  ssl_st* session_ = nullptr;
  const char* fault_ = nullptr;      // what the TLS library said last; a text of its own
  std::array<char, 8> first_bytes_;  // of what the peer sent
  std::uint8_t first_size_ = 0;
  bool secured_ = false;     // the handshake is done
  std::uint16_t steps_ = 0;  // of handshakes since then, since data was read last
  bool drained_ = false;
  bool peer_closed_ = false;
  bool end_seen_ = false;
};

}  // namespace gatehouse::net

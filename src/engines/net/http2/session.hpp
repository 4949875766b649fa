// The server side of one HTTP/2 connection (RFC 9113). nghttp2 keeps the frames, the windows and the compression; here are the turn's bytes in and
// out, the deadlines, and the connection's end.
//
//   readable() -> mem_recv -> callbacks -> RequestStream -> Exchanger
//   RequestStream::respond() -> collect() -> mem_send -> frames_ --at the turn's end, or when there are many--> connection
//
// So many answers leave in one write, as full TLS records.
// Invariants: nghttp2 is never entered from within its callbacks (`inside_`): what exchangers do there is only queued. An exchanger is told that
// it may go on (drained) at the end of the turn and never from within a callback: it would read into the buffer that another is handing over.
#pragma once
#include <nghttp2/nghttp2.h>
#include <memory>
#include <string>
#include <vector>

#include "engines/net/http2/ended_streams.hpp"
#include "engines/net/http2/floods.hpp"
#include "engines/net/http2/request_stream.hpp"
#include "engines/net/server_connection.hpp"

namespace gatehouse::net::http2 {

/// So many bytes of frames leave without waiting for the turn's end: four full TLS records.
inline constexpr std::size_t frames_together = 64 * 1024;
/// So many refusals wait for a client that grants no window.
inline constexpr std::size_t refusals_kept = 16;

class Session final : public Codec {
 public:
  explicit Session(ServerConnection& connection);
  ~Session() override;

  // Codec
  void readable() override;
  void writable() override {
    connection_.read_later();  // readable() stopped while too much waited, and no edge tells of what had come by then
    flush_later();
  }
  void expired() override;
  void drain() override;
  [[nodiscard]] std::optional<Ticks> resting_since() const noexcept override { return streams_.empty() ? std::optional(idle_since_) : std::nullopt; }
  void gone(Gone why) override;
  [[nodiscard]] std::size_t unread(Ticks now, Duration how_long) const noexcept override;

  // For streams.
  [[nodiscard]] ServerConnection& connection() noexcept { return connection_; }
  [[nodiscard]] nghttp2_session* handle() noexcept { return session_.get(); }
  [[nodiscard]] Ticks ticks() const noexcept { return connection_.context().loop.ticks(); }
  /// Whether an answer submitted now is the first thing that collect() serialises.
  [[nodiscard]] bool ready();
  /// Takes from nghttp2 the frames that it has to send, as far as the connection takes them and this is not one of its callbacks.
  void collect();
  void flush_later();
  /// The client may not ask at all: the answers under way are its last, no further stream is opened, and the connection ends with them.
  void shut_out();
  void body_came(std::size_t bytes) noexcept { sent_ += bytes; }
  void drained_later(RequestStream& stream) { drained_.push_back(&stream); }
  /// Its hand_over() is called when nghttp2 has looked at all that was read.
  void hand_over_later(RequestStream& stream) { joined_.push_back(&stream); }
  /// nghttp2's question for the body of an answer; the stream is the source's pointer.
  static long offer_body(nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t bytes_max, std::uint32_t* flags, nghttp2_data_source* source,
                         void*);

 private:
  struct FreeSession {
    void operator()(nghttp2_session* session) const noexcept { nghttp2_session_del(session); }
  };
  struct Events;  // nghttp2's callbacks

  [[nodiscard]] const ServerLimits& limits() const noexcept { return connection_.context().limits; }
  [[nodiscard]] RequestStream* find(std::int32_t id) noexcept;
  [[nodiscard]] bool can_collect() const noexcept { return !inside_ && !ended_ && connection_.open() && connection_.unsent() < unsent_high; }
  void misbehaved(std::string_view what) {
    fault_told_ = true;
    connection_.context().service.misbehaved(connection_.peer(), what);
  }
  void flush();
  void write();
  void keep_few_refusals();
  void tell_drained();
  void hand_over();
  [[nodiscard]] bool take_in(std::string_view bytes);
  [[nodiscard]] bool feed(std::string_view bytes);
  void end_now(std::uint32_t error);
  void last_call();
  void say_goaway();
  void plan_look() noexcept;
  [[nodiscard]] std::uint64_t share_of_taken() noexcept;
  [[nodiscard]] std::uint64_t share_of_sent() noexcept;
  void refresh_deadline();
  void finish_if_done();

  ServerConnection& connection_;
  std::unique_ptr<nghttp2_session, FreeSession> session_;
  std::vector<std::unique_ptr<RequestStream>> streams_;
  std::vector<std::unique_ptr<RequestStream>> closed_;  // until the turn's end: they may be in the middle of a call
  std::vector<RequestStream*> drained_;                 // above the low mark until now
  std::vector<RequestStream*> joined_;                  // have pieces to hand over
  RequestStream* reading_ = nullptr;                    // whose fields come at present
  std::string frames_;                                  // of this turn
  StreamNumbers numbers_;
  EndedStreams ended_streams_;  // by the client
  EndedStreams called_off_;     // by us alone: what comes on them was under way
  FrameHeads frame_heads_;
  Recently control_frames_, resets_;
  Ticks idle_since_;                // the last stream ended; what is no request does not make a connection busy
  std::uint64_t sent_ = 0;          // by the client, of all bodies, since the last look
  std::int64_t taken_ = 0;          // by the client, of the whole connection, at the last look
  Ticks next_look_{};               // at the streams; what comes meanwhile does not put it off
  Ticks goaway_at_ = Ticks::max();  // when the last call is over
  bool flush_planned_ = false;
  bool inside_ = false;
  bool settled_ = false;  // nghttp2 had nothing more to send when it was last asked
  bool failed_ = false;   // nghttp2 cannot go on
  bool goaway_said_ = false;
  bool shut_out_ = false;
  bool fault_told_ = false;
  bool ended_ = false;
};

}  // namespace gatehouse::net::http2

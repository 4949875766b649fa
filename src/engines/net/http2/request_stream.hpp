// One HTTP/2 stream: a request and its answer, between nghttp2's windows and an exchanger.
//
//   DATA  --> deliver() --> exchanger           while the body is paused: input_, at most the stream's window of it
//                                             small pieces: input_, until what was read at once has been looked at
//                                             once the request is answered: dropped, and the stream's window stays shut
//   DATA  <-- give_body() <-- offered_          a piece of the answer, in the producer's memory, while respond() or send() runs
//                         <-- output_           what of it the client's windows did not take then
//
// What is answered while nghttp2 is reading cannot be serialised at once, since nghttp2 must not be entered from its callbacks: it is kept in
// output_ and leaves at the end of the turn. All other answers go from the upstream's buffer into the frames without a copy in between.
// Invariant: the order of the body is output_, then offered_; offered_ is empty outside respond() and send().
#pragma once
#include <nghttp2/nghttp2.h>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engines/net/http2/head_reader.hpp"

namespace gatehouse::net::http2 {

class Session;

class RequestStream final : public Stream {
 public:
  RequestStream(Session& session, std::int32_t id);
  ~RequestStream();
  RequestStream(const RequestStream&) = delete;
  RequestStream& operator=(const RequestStream&) = delete;
  static void* operator new(std::size_t bytes);
  static void operator delete(void* memory) noexcept;

  // Stream
  void respond(const OutgoingHead& head, std::string_view piece, bool last) override;
  void send(std::string_view piece, bool last) override;
  void finish(std::string_view piece, std::span<const http::Field> trailers) override;
  void interim(http::Status status, std::span<const http::Field> fields) override;
  [[nodiscard]] bool congested() const noexcept override { return above_high_; }
  [[nodiscard]] std::size_t unsent() const noexcept override { return output_.size() - sent_ + offered_.size(); }
  void pause_body() override;
  void resume_body() override;
  void abort() override;
  [[nodiscard]] const Peer& peer() const noexcept override;
  [[nodiscard]] Ticks begun() const noexcept override { return opened_; }

  [[nodiscard]] std::int32_t id() const noexcept { return id_; }
  /// Asks the service for an exchanger. False: there is none to be had.
  [[nodiscard]] bool open(Service& service);
  /// Of an open stream that has an exchanger; null: nobody reads the request any more.
  [[nodiscard]] HeadReader* head() noexcept { return exchanger_ != nullptr && head_ ? &*head_ : nullptr; }
  /// A field that nobody reads any more. False: there are more of them than a head may have.
  [[nodiscard]] bool drop_field(std::string_view name, std::string_view value) noexcept;
  /// The request is none that the protocol allows, and its stream is about to end. False: that was noted before; the first fault is kept.
  bool note_fault(std::string_view what);
  [[nodiscard]] bool faulty() const noexcept { return !fault_.empty(); }
  /// All fields of the head have come.
  void begin(bool ends);
  /// A piece of the body. `last`: END_STREAM.
  void deliver(std::string_view piece, bool last);
  /// The small pieces that one reading has brought, joined.
  void hand_over();
  /// nghttp2 asks how much of the body the next frame can hold: at most `bytes_max`, or nothing yet (NGHTTP2_ERR_DEFERRED).
  [[nodiscard]] long offer(std::size_t bytes_max, std::uint32_t& flags);
  /// Appends to `frames` what offer() said.
  void give_body(std::size_t bytes, std::string& frames);
  /// The answer's last frame has been handed over. What still comes of the request is dropped, at most what the stream's window allowed already;
  /// look() says after a while that it is not needed (RFC 9113 section 8.1).
  void answered();
  /// The client has ended its side, or reset the stream.
  [[nodiscard]] bool request_ended() const noexcept { return input_last_ || reset_; }
  void note_reset() noexcept { reset_ = true; }
  [[nodiscard]] bool was_reset() const noexcept { return reset_; }
  /// It is answered, and its body has not ended.
  [[nodiscard]] bool dropping() const noexcept { return dropping_; }
  /// The producer may go on, as give_body() said to the session.
  void drained();
  /// The stream has ended, orderly or not, or its connection has.
  void gone(Gone why);
  /// A refusal, complete but for what the client's windows do not let out.
  [[nodiscard]] bool refusal_waits() const noexcept { return refusal_ && exchanger_ == nullptr && unsent() > 0; }
  /// What it holds for the client, its own cost included, if that has taken nothing of it for so long.
  [[nodiscard]] std::size_t unread(Ticks now, Duration how_long) const noexcept { return answer_pace_.silence(now) >= how_long ? waiting_ : 0; }
  /// It is not kept for the client any longer.
  void give_up();

  /// What the passing of time means for it. True: its head is overdue, which is the connection's end. `share`: of what the client has taken of
  /// the connection since the last look, its part.
  [[nodiscard]] bool look(Ticks now, const ServerLimits& limits, std::uint64_t share, std::uint64_t share_in);
  /// Somebody wants the rest of its body.
  [[nodiscard]] bool awaits_body() const noexcept { return exchanger_ != nullptr && head_done_ && !request_done_ && !paused_; }

  std::size_t place = 0;  ///< where it stands among the session's streams

 private:
  /// Fields behind the body, until nghttp2 has taken all of it.
  using Trailers = std::vector<std::pair<std::string, std::string>>;

  void submit(const OutgoingHead& head, std::string_view piece, bool last, bool at_once);
  void put(std::string_view piece, bool last, bool at_once);
  void keep_offered();
  void submit_trailers() noexcept;
  void refuse_body();
  void consumed(std::size_t bytes) noexcept;
  void finish_request(std::string_view piece, bool last);
  [[nodiscard]] const ServerLimits& limits() const noexcept;
  void note_share(std::uint64_t share) noexcept;
  void cut(Gone why);
  void count_held() noexcept;
  /// Of the answer all has been handed over, its end too.
  [[nodiscard]] bool handed_over() const noexcept { return unsent() == 0 && (!output_last_ || output_ended_); }

  Session& session_;
  Exchanger* exchanger_ = nullptr;
  std::optional<HeadReader> head_;
  std::size_t dropped_ = 0;  // bytes of fields that nobody reads any more
  std::string fault_;        // of the request, against the protocol
  std::string input_;        // came while the body was paused, or in small pieces
  std::string output_;       // bytes [sent_, size) wait
  std::size_t sent_ = 0;
  std::string_view offered_;
  std::unique_ptr<Trailers> trailers_;  // of the answer
  std::uint32_t trailers_bytes_ = 0;
  std::size_t waiting_ = 0;  // of what is held, the part that the client does not take
  Held held_;                // input_, output_ and trailers_, and what a stream costs by itself
  Ticks opened_{};           // when its head began
  Ticks answered_{};         // when its answer was complete, if `dropping_`
  Pace body_pace_;           // of the request's body while it is wanted
  Pace answer_pace_;         // of what waits in output_
  std::uint64_t given_ = 0;  // bytes of the answer, since the last look
  std::uint64_t came_ = 0;   // bytes of the body, likewise
  const std::int32_t id_;
  bool paused_ = true;
  bool reset_ = false;       // by the client
  bool input_last_ = false;  // END_STREAM came; what of it was not delivered is in input_
  bool head_done_ = false;
  bool request_done_ = false;
  bool output_last_ = false;
  bool output_ended_ = false;  // nghttp2 has been told of its end
  bool responded_ = false;
  bool refusal_ = false;
  bool dropping_ = false;  // answered before the request was all here
  bool deferred_ = false;  // nghttp2 waits for resume_data
  bool above_high_ = false;
  bool continue_owed_ = false;
};

}  // namespace gatehouse::net::http2

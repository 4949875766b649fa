// A connection of the gate to an upstream server: HTTP/1.1, one exchange at a time. What comes back is read as strictly as
// what clients send; after any anomaly the connection is not used again.
//
//   connecting --(TLS)--> ready --begin()--> busy --answer and request complete--> ready (in the pool) ... closed
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "engines/net/buffered.hpp"
#include "engines/net/http1/chunked.hpp"
#include "engines/net/http1/head.hpp"
#include "engines/net/socket.hpp"
#include "engines/net/transport.hpp"
#include "engines/net/unread_rest.hpp"
#include "ground/async/loop.hpp"
#include "ground/base/arena.hpp"

namespace gatehouse::net {

class ClientTls;
class ClientPool;
class ClientConnection;

/// Where an exchange with an upstream broke.
struct ClientFailure {
  enum class Phase : std::uint8_t { connect, request, response_head, response_body } phase;
  bool timed_out = false;
  bool malformed = false;  ///< the upstream spoke, but not HTTP as we believe it
  bool reused = false;     ///< the connection had carried an exchange before: the upstream may just have closed it
  std::string detail;      ///< for the log
  std::string unsent;      ///< Phase::connect: the request as far as it was given, framed; nothing of it has left
};

/// Who waits for the upstream's answer.
class ClientListener {
 public:
  /// Where the texts of the head are to live.
  [[nodiscard]] virtual Arena& answer_arena() noexcept = 0;
  [[nodiscard]] virtual http::ResponseHead& answer_head() noexcept = 0;
  /// The final head, with the first piece of the body if it came with it.
  virtual void answer(std::string_view piece, bool last) = 0;
  /// A 1xx answer other than 101 and 100; answer_head() holds it.
  virtual void interim_answer() = 0;
  /// With the last piece answer_head() has the trailers, if there were any.
  virtual void answer_body(std::string_view piece, bool last) = 0;
  /// What waited to be sent is below the low mark again.
  virtual void upstream_drained() = 0;
  virtual void upstream_failed(ClientFailure failure) = 0;

 protected:
  ~ClientListener() = default;
};

struct ClientTimes {
  Duration connect = 5s;         ///< TCP and TLS
  Duration response_head = 60s;  ///< from the end of the request to the answer's head
  Duration idle = 30s;           ///< between two pieces of a body, either way
  Duration keep = 60s;           ///< unused, in the pool
};

/// What a connection needs to know of the request that it carries, beside its bytes.
struct ClientRequest {
  http::Method method = http::Method::get;  ///< decides whether the answer has a body
  bool content = false;                     ///< there is a body, however it is framed
  bool chunked = false;                     ///< the body is framed as chunks
  bool close = false;                       ///< the head says so: the connection carries no other request after it
};

class ClientConnection final : public async::Watcher, public async::Disposable {
 public:
  ClientConnection(ClientPool& pool, Descriptor socket, ssl_st* session);

  /// The exchange starts. `head`: request line, fields and empty line, framing included. `piece`: the first part of the body.
  /// `trailers`: lines with CR LF behind each, sent behind the last chunk; only with `chunked` and `last`.
  void begin(ClientListener& listener, const ClientTimes& times, const ClientRequest& request, std::string_view head, std::string_view piece,
             bool last, std::string_view trailers = {});
  /// The same on a fresh connection, with what another one was given and could not send: ClientFailure::unsent. `last`: the body is in it whole.
  void begin_again(ClientListener& listener, const ClientTimes& times, const ClientRequest& request, std::string unsent, bool last);
  void send(std::string_view piece, bool last, std::string_view trailers = {});
  [[nodiscard]] std::size_t unsent() const noexcept { return output_.size() - sent_; }
  /// So much waits that no more should be sent until upstream_drained() is called, which it then is.
  [[nodiscard]] bool congested() const noexcept { return above_high_; }
  /// It has carried an exchange before this one.
  [[nodiscard]] bool reused() const noexcept { return exchanges_ > 0; }
  void pause_answer() noexcept { paused_ = true; }
  void resume_answer();
  /// The listener does not want to hear more: the connection ends, unless the exchange is complete anyway.
  void abandon();
  void close();

 private:
  friend class ClientPool;
  enum class State : std::uint8_t { connecting, securing, ready, busy, closed };
  enum class Answer : std::uint8_t { head, body, done };

  void ready(std::uint32_t events) override;
  void start(ClientListener& listener, const ClientTimes& times, const ClientRequest& request, bool last);
  void established();
  void secured();
  void write(std::string_view head, std::string_view piece, bool last, std::string_view trailers);
  void note_waiting() noexcept;
  void flush();
  void readable();
  [[nodiscard]] bool speaks_unasked() noexcept;
  [[nodiscard]] bool fit_for_reuse() noexcept;
  void feed(std::string_view bytes);
  std::size_t consume_head(std::string_view bytes);
  std::size_t consume_body(std::string_view bytes);
  [[nodiscard]] bool take_trailers();
  void end_of_answer();
  void finish_answer();
  void fail(ClientFailure::Phase phase, const std::string& detail, bool timed_out = false, bool malformed = false);
  void expect_within(Duration time) noexcept;
  void count_held() noexcept { held_.set(rest_.size() + unsent()); }
  void expired();

  ClientPool& pool_;
  Transport transport_;
  ClientListener* listener_ = nullptr;
  ClientTimes times_;
  std::string output_;
  std::size_t sent_ = 0;
  UnreadRest rest_;
  Held held_;  // of both
  std::size_t scanned_ = 0;
  std::optional<http1::ChunkedDecoder> chunked_answer_;
  std::uint64_t answer_left_ = 0;
  Ticks deadline_ = Ticks::max(), armed_for_ = Ticks::max();
  async::MemberTimer<ClientConnection, &ClientConnection::expired> timer_{*this};
  std::uint64_t begun_turn_ = 0;  // of the loop, when a used connection was taken again
  std::uint64_t holder_ = 0;      // for whom it is busy; the pool's
  std::uint32_t exchanges_ = 0;
  std::uint8_t interims_ = 0;
  ClientRequest request_;
  State state_ = State::connecting;
  Answer answer_ = Answer::head;
  bool request_complete_ = false;
  bool until_close_ = false;
  bool keep_ = true;
  bool bodiless_ = false;  // the last answer had no body by its method or status, whatever it says
  bool paused_ = false;
  bool above_high_ = false;
  bool feeding_ = false;
};

}  // namespace gatehouse::net

// Two small machines run side by side, one for what comes in and one for what goes out; the request ends when both are done.
//
//   input   head --complete--> body --last--> done --(answer complete)--> head
//                  \--no body--------------> done       body --(answer first)--> discard --> head, or the connection ends
//   output  none --respond()--> streaming --last--> none
//
// Invariant: bytes are consumed only in head, body (not paused) and discard; all others wait in rest_, which is at most one read and one
// incomplete head long, because nothing is read while nothing can be consumed. Reads for a head are small: who pipelines requests and takes
// no answers has only that much of them held here.
#include "engines/net/http1_server.hpp"

#include <algorithm>
#include <optional>

#include "engines/net/http1/chunk_pieces.hpp"
#include "engines/net/slow_body.hpp"
#include "engines/net/status_text.hpp"
#include "engines/net/unread_rest.hpp"
#include "ground/base/assert.hpp"
#include "ground/base/encoding.hpp"

namespace gatehouse::net {

namespace {

class Http1Server final : public Codec, public Stream {
 public:
  explicit Http1Server(ServerConnection& connection) : connection_(connection), held_(connection.context().buffered) { rest(); }

  // Codec
  void readable() override;
  void writable() override {
    if (exchanger_ != nullptr) exchanger_->drained();
    else feed_rest();  // requests that waited until the client reads its answers
  }
  void expired() override;
  void drain() override;
  [[nodiscard]] std::optional<Ticks> resting_since() const noexcept override {
    return input_ == Input::head && !head_begun_ && exchanger_ == nullptr && rest_.empty() ? std::optional(resting_since_) : std::nullopt;
  }
  void gone(Gone why) override;
  [[nodiscard]] std::size_t unread(Ticks, Duration) const noexcept override { return 0; }  // all is in the connection's queue

  // Stream
  void respond(const OutgoingHead& head, std::string_view piece, bool last) override;
  void send(std::string_view piece, bool last) override;
  void finish(std::string_view piece, std::span<const http::Field> trailers) override;
  void interim(http::Status status, std::span<const http::Field> fields) override;
  [[nodiscard]] bool congested() const noexcept override { return connection_.congested(); }
  [[nodiscard]] std::size_t unsent() const noexcept override { return connection_.unsent(); }
  void pause_body() override;
  void resume_body() override;
  void abort() override;
  [[nodiscard]] const Peer& peer() const noexcept override { return connection_.peer(); }
  [[nodiscard]] Ticks begun() const noexcept override { return begun_; }

  /// As if `head` had come and were no request.
  void malformed(http::Problem problem, std::string_view head);

 private:
  enum class Input : std::uint8_t { head, body, done, discard, ended };
  enum class Output : std::uint8_t { none, streaming, complete };
  enum class BodyForm : std::uint8_t { bodiless, length, chunked, until_close };

  [[nodiscard]] const ServerLimits& limits() const noexcept { return connection_.context().limits; }
  [[nodiscard]] bool can_consume() const noexcept {
    if (!connection_.open()) return false;
    // Who sends requests and reads no answers would pile the answers up here: no new request while one of them waits.
    if (input_ == Input::head) return connection_.unsent() == 0 && !share_used();
    return input_ == Input::discard || (input_ == Input::body && !paused_);
  }
  /// Whether this connection has begun as many requests in this turn of the loop as it may: in few bytes there can be many of them.
  [[nodiscard]] bool share_used() const noexcept { return begun_this_turn_ >= requests_a_turn && turn_ == connection_.context().loop.turns(); }
  void count_request();
  void wait_for_client();
  void feed(std::string_view bytes);
  void feed_rest();
  std::size_t consume(std::string_view bytes);
  std::size_t consume_head(std::string_view bytes);
  std::size_t consume_body(std::string_view bytes);
  void begin(std::string_view bytes);
  void broken(http::Problem problem);
  void end_of_input();
  void expect_body() noexcept;
  void continue_if_asked();
  void choose_end_of_connection();
  void write_head(const OutgoingHead& head, std::string_view piece, bool last, http1::HeadWriter& out);
  void write_body(std::string_view head, std::string_view piece, bool last, std::string_view trailers = {});
  void complete();
  void next_request();
  void rest() noexcept {
    begun_ = resting_since_ = connection_.context().loop.ticks();
    connection_.expect_within(limits().idle);
  }

  ServerConnection& connection_;
  Exchanger* exchanger_ = nullptr;
  UnreadRest rest_;
  Held held_;
  std::size_t scanned_ = 0;
  std::optional<http1::ChunkedDecoder> chunked_;
  std::uint64_t body_left_ = 0;    // of a request with Content-Length
  std::uint64_t answer_left_ = 0;  // of an answer with Content-Length
  Ticks begun_{};  // the request, with its first byte; before that the rest, so that one which is refused for what was no head has a beginning, too
  Ticks resting_since_{};  // while no request has begun
  Pace body_pace_;
  std::uint64_t requests_ = 0;
  std::uint64_t turn_ = 0;  // in which the last request began
  std::uint64_t begun_this_turn_ = 0;
  Input input_ = Input::head;
  Output output_ = Output::none;
  BodyForm form_ = BodyForm::bodiless;
  http::Version version_ = http::Version::http1_1;
  bool keep_alive_ = true;
  bool head_begun_ = false;
  bool paused_ = false;
  bool continue_owed_ = false;
  bool consuming_ = false;
};

void Http1Server::readable() {
  if (consuming_) return;
  if (input_ == Input::head && begun_this_turn_ >= requests_a_turn && !rest_.empty() && can_consume()) feed({});  // what the last share left over
  constexpr int share = 8;  // buffers a turn: a fast sender does not starve its neighbours
  constexpr std::size_t read_for_head_max = 16 * 1024;
  const Scratch::Lease scratch(connection_.context().scratch);
  for (int i = 0;; ++i) {
    if (!can_consume()) return wait_for_client();
    if (i == share) return connection_.read_later();
    const auto room = scratch.bytes();
    const auto result = connection_.read(input_ == Input::head ? room.first(std::min(room.size(), read_for_head_max)) : room);
    if (result.state == IoState::again) return;
    if (result.state == IoState::failed) return connection_.close();
    if (result.state == IoState::closed) return end_of_input();
    feed(scratch.first(result.bytes));
  }
}

void Http1Server::feed(std::string_view bytes) {
  consuming_ = true;
  rest_.feed(bytes, [this](std::string_view unread) { return can_consume() ? consume(unread) : 0; });
  held_.set(rest_.size());
  consuming_ = false;
  wait_for_client();
}

// The next request may be here already, or in the TLS library's buffer, where no edge tells of it.
void Http1Server::wait_for_client() {
  if (input_ == Input::head && connection_.unsent() > 0) connection_.tell_when_drained();
}

void Http1Server::feed_rest() {
  if (consuming_) return;
  if (!rest_.empty()) feed({});
  readable();
}

std::size_t Http1Server::consume(std::string_view bytes) {
  switch (input_) {
    case Input::head: return consume_head(bytes);
    case Input::body:
    case Input::discard: return consume_body(bytes);
    case Input::done:
    case Input::ended: return 0;
  }
  return 0;
}

std::size_t Http1Server::consume_head(std::string_view bytes) {
  if (!head_begun_) begun_ = connection_.context().loop.ticks();
  const auto size = http1::find_head_end(bytes, scanned_, limits().head);
  if (!size) {
    malformed(size.error(), bytes);
    return bytes.size();
  }
  if (*size == 0) {
    if (!head_begun_) connection_.expect_within(limits().head_time);  // from the first byte, and never prolonged by more of them
    head_begun_ = true;
    return 0;
  }
  begin(bytes.substr(0, *size));
  return *size;
}

/// What there is of a head that never became one, for the log. It may be anything (credentials, the rest of a body whose length was wrong),
/// so no more of it is shown than a method would be.
std::string beginning_of(std::string_view head) {
  constexpr std::size_t shown_max = 8;
  const auto method = head.substr(0, std::min(shown_max, head.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ")));
  if (!method.empty()) return "it begins with '" + std::string(method) + "'";
  return "it begins with the byte " + encoding::to_hex(as_bytes(head.substr(0, 1))) + ", which begins no method";
}

void Http1Server::count_request() {
  ++requests_;
  if (std::exchange(turn_, connection_.context().loop.turns()) != connection_.context().loop.turns()) begun_this_turn_ = 0;
  if (++begun_this_turn_ == requests_a_turn) connection_.read_later();
}

void Http1Server::begin(std::string_view bytes) {
  scanned_ = 0;
  head_begun_ = false;
  count_request();
  exchanger_ = connection_.context().service.open(*this);
  if (exchanger_ == nullptr) return connection_.close();
  auto& arena = exchanger_->arena();
  const auto copy = arena.copy(bytes);
  auto& head = exchanger_->head();
  if (auto parsed = http1::parse_request_head({const_cast<char*>(copy.data()), copy.size()}, head, limits().head); !parsed) {
    input_ = Input::ended;
    keep_alive_ = false;
    auto problem = std::move(parsed).error();
    if (problem.facts.empty() && head.target.empty()) problem.facts = beginning_of(bytes);
    return exchanger_->malformed(std::move(problem));
  }
  version_ = head.version;
  keep_alive_ = head.keep_alive && !connection_.context().draining && requests_ < limits().requests;
  output_ = Output::none;
  paused_ = true;  // until the exchanger asks for the body
  body_pace_ = {};
  continue_owed_ = head.expects_continue;
  chunked_.reset();
  body_left_ = 0;
  input_ = Input::body;
  if (head.framing.kind == http::Framing::Kind::chunked) chunked_.emplace();
  else if (head.framing.kind == http::Framing::Kind::length && head.framing.length > 0) body_left_ = head.framing.length;
  else input_ = Input::done;
  connection_.expect_nothing();  // time is now the exchanger's
  exchanger_->request(input_ == Input::body);
}

void Http1Server::malformed(http::Problem problem, std::string_view head) {
  if (problem.facts.empty()) problem.facts = beginning_of(head);
  scanned_ = 0;
  input_ = Input::ended;
  keep_alive_ = false;
  exchanger_ = connection_.context().service.open(*this);
  if (exchanger_ == nullptr) return connection_.close();
  version_ = http::Version::http1_1;
  output_ = Output::none;
  connection_.expect_nothing();
  if (head.starts_with("HEAD ")) exchanger_->head().method = http::Method::head;  // its answer has no body, whatever else was to come
  exchanger_->malformed(std::move(problem));
}

void Http1Server::expect_body() noexcept {
  body_pace_.begin(connection_.context().loop.ticks(), limits().body);
  connection_.expect_by(body_pace_.deadline(limits().body));
}

std::size_t Http1Server::consume_body(std::string_view bytes) {
  std::string_view piece;
  std::size_t consumed = 0;
  bool last = false;
  if (chunked_) {
    const auto step = chunked_->feed_all({const_cast<char*>(bytes.data()), bytes.size()});
    if (!step) {
      broken(step.error());
      return bytes.size();
    }
    consumed = step->consumed;
    piece = step->payload;
    last = step->state == http1::ChunkedDecoder::State::done;
  } else {
    consumed = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), body_left_));
    piece = bytes.substr(0, consumed);
    body_left_ -= consumed;
    last = body_left_ == 0;
  }
  continue_owed_ = false;  // the client did not wait
  body_pace_.moved(connection_.context().loop.ticks(), consumed, limits().body);
  connection_.expect_by(body_pace_.deadline(limits().body));
  if (last && chunked_ && input_ == Input::body && exchanger_ != nullptr && !chunked_->trailers().empty()) {
    const auto lines = exchanger_->arena().copy({chunked_->trailers().data(), chunked_->trailers().size()});
    if (auto parsed = http1::parse_trailers({const_cast<char*>(lines.data()), lines.size()}, exchanger_->head().trailers, limits().head); !parsed) {
      broken(std::move(parsed).error());
      return bytes.size();
    }
  }
  if (last) {
    chunked_.reset();
    const bool discarding = input_ == Input::discard;
    input_ = Input::done;
    connection_.expect_nothing();
    if (discarding) {
      next_request();
      return consumed;
    }
  }
  if (exchanger_ != nullptr && input_ != Input::discard && (last || !piece.empty())) exchanger_->request_body(piece, last);
  return consumed;
}

void Http1Server::broken(http::Problem problem) {
  const bool discarding = input_ == Input::discard;
  input_ = Input::ended;
  keep_alive_ = false;
  if (discarding || exchanger_ == nullptr) return connection_.finish();
  exchanger_->request_broken(std::move(problem));
}

void Http1Server::end_of_input() {
  if (input_ == Input::body)
    return broken({.kind = http::ProblemKind::malformed_request,
                   .told = "The connection ended before the body did.",
                   .rule = "http.body.incomplete",
                   .facts = {},
                   .headers = {}});
  // Half a request is one that was refused; empty lines, or nothing at all, are how browsers and balancers leave.
  if (input_ == Input::head && rest_.bytes().find_first_not_of("\r\n") != std::string_view::npos)
    return malformed({.kind = http::ProblemKind::malformed_request,
                      .told = "The connection ended before the request's head did.",
                      .rule = "http.head.incomplete",
                      .facts = {},
                      .headers = {}},
                     rest_.bytes());
  // The client has finished sending and may still read: what waits for it is sent first.
  if (connection_.unsent() > 0) return connection_.finish();
  connection_.close();
}

void Http1Server::expired() {
  if (input_ == Input::body && exchanger_ != nullptr) return broken(slow_body(body_pace_.verdict(connection_.context().loop.ticks(), limits().body)));
  if (input_ == Input::head && head_begun_)
    return malformed({.kind = http::ProblemKind::request_timeout,
                      .told = "The request's head came too slowly.",
                      .rule = "connections.head_time",
                      .facts = {},
                      .headers = {}},
                     rest_.bytes());
  connection_.finish();
}

void Http1Server::drain() {
  keep_alive_ = false;
  if (exchanger_ == nullptr && input_ != Input::discard) connection_.finish();
}

void Http1Server::gone(Gone why) {
  input_ = Input::ended;
  held_.release();
  if (auto* const exchanger = std::exchange(exchanger_, nullptr); exchanger != nullptr) exchanger->gone(why);
}

// A body that nobody wants at present cannot come too slowly.
void Http1Server::pause_body() {
  if (std::exchange(paused_, true) || input_ != Input::body) return;
  body_pace_.rest(connection_.context().loop.ticks(), limits().body);
  connection_.expect_nothing();
}

void Http1Server::resume_body() {
  if (!std::exchange(paused_, false) || input_ != Input::body) return;
  continue_if_asked();
  expect_body();
  feed_rest();
}

void Http1Server::continue_if_asked() {
  if (!std::exchange(continue_owed_, false) || output_ != Output::none || !rest_.empty()) return;
  static constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
  const iovec piece{const_cast<char*>(text.data()), text.size()};
  connection_.send({&piece, 1});
}

void Http1Server::interim(http::Status status, std::span<const http::Field> fields) {
  if (version_ == http::Version::http1_0 || output_ != Output::none) return;
  auto& out = connection_.context().head_writer;
  write_head({.status = status, .fields = fields, .length = {}, .bodiless = true}, {}, false, out);
  const iovec piece{const_cast<char*>(out.text().data()), out.text().size()};
  connection_.send({&piece, 1});
}

// Before the head of an answer leaves, it is settled whether the connection goes on: a body that nobody will read ends it,
// unless so little of it is left that reading and dropping it costs less than a new connection.
void Http1Server::choose_end_of_connection() {
  if (connection_.context().draining) keep_alive_ = false;
  if (input_ != Input::body) return;
  constexpr std::uint64_t worth_discarding = 64 * 1024;
  const bool little_left = !chunked_ && body_left_ <= worth_discarding;
  if (!little_left || continue_owed_) keep_alive_ = false;
}

void Http1Server::write_head(const OutgoingHead& head, std::string_view piece, bool last, http1::HeadWriter& out) {
  out.clear();
  out.put("HTTP/1.1 ");
  out.number(head.status);
  out.put(' ');
  out.put(reason_phrase(head.status));
  out.put("\r\n");
  for (const auto& field : head.fields) out.field(field.name, field.value);
  if (head.status >= 200) {
    const bool no_length = head.status == 204 || (head.status == 304 && !head.length);
    if (const auto length = head.length              ? head.length
                            : last && !head.bodiless ? std::optional<std::uint64_t>(piece.size())
                                                     : std::nullopt;
        length && !no_length) {
      out.put("content-length: ");
      out.number(*length);
      out.put("\r\n");
    } else if (form_ == BodyForm::chunked) {
      out.put("transfer-encoding: chunked\r\n");
    }
    if (!keep_alive_) out.put("connection: close\r\n");
    else if (version_ == http::Version::http1_0) out.put("connection: keep-alive\r\n");
  }
  out.put("\r\n");
}

void Http1Server::respond(const OutgoingHead& head, std::string_view piece, bool last) {
  GH_ASSERT(output_ == Output::none && exchanger_ != nullptr);
  keep_alive_ = keep_alive_ && !head.close && !head.shut_out;
  choose_end_of_connection();
  output_ = Output::streaming;
  answer_left_ = 0;
  if (head.bodiless) {
    form_ = BodyForm::bodiless;
  } else if (head.length || last) {
    form_ = BodyForm::length;
    answer_left_ = head.length.value_or(piece.size());
  } else if (version_ == http::Version::http1_1) {
    form_ = BodyForm::chunked;
  } else {
    form_ = BodyForm::until_close;
    keep_alive_ = false;
  }
  auto& out = connection_.context().head_writer;
  write_head(head, piece, last, out);
  write_body(out.text(), piece, last);
}

void Http1Server::send(std::string_view piece, bool last) {
  GH_ASSERT(output_ == Output::streaming && exchanger_ != nullptr);
  write_body({}, piece, last);
}

void Http1Server::finish(std::string_view piece, std::span<const http::Field> trailers) {
  GH_ASSERT(output_ == Output::streaming && exchanger_ != nullptr);
  auto& out = connection_.context().head_writer;
  out.clear();
  for (const auto& field : trailers) out.field(field.name, field.value);
  write_body({}, piece, true, out.text());
}

void Http1Server::write_body(std::string_view head, std::string_view piece, bool last, std::string_view trailers) {
  http1::ChunkPieces pieces;
  pieces.add(head);
  switch (form_) {
    case BodyForm::bodiless: break;
    case BodyForm::length:
      // More or less than was promised would be read as another message: the promise is kept or the connection ends.
      if (piece.size() > answer_left_ || (last && piece.size() < answer_left_)) return connection_.close();
      answer_left_ -= piece.size();
      pieces.add(piece);
      break;
    case BodyForm::chunked: pieces.add_chunk(piece, last, trailers); break;
    case BodyForm::until_close: pieces.add(piece); break;
  }
  if (!pieces.all().empty()) connection_.send(pieces.all());
  if (last && connection_.open()) complete();
}

void Http1Server::complete() {
  output_ = Output::complete;
  exchanger_ = nullptr;  // it has nothing more to say or to hear
  if (!keep_alive_ || input_ == Input::ended) return connection_.finish();
  if (input_ == Input::body) {
    input_ = Input::discard;
    paused_ = false;
    body_pace_ = {};
    expect_body();
    return feed_rest();
  }
  next_request();
}

void Http1Server::next_request() {
  if (connection_.context().draining) return connection_.finish();
  input_ = Input::head;
  output_ = Output::none;
  rest();
  feed_rest();
}

void Http1Server::abort() {
  exchanger_ = nullptr;
  // An answer that ends with the connection is incomplete only to a client that sees the connection break.
  if (output_ == Output::streaming && form_ == BodyForm::until_close) return connection_.reset();
  connection_.close();
}

}  // namespace

std::unique_ptr<Codec> make_http1_server(ServerConnection& connection) { return std::make_unique<Http1Server>(connection); }

void refuse_http1(Codec& codec, http::Problem problem, std::string_view first_bytes) {
  static_cast<Http1Server&>(codec).malformed(std::move(problem), first_bytes);
}

}  // namespace gatehouse::net

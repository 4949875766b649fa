// nghttp2 keeps the frames, the windows and the header compression; here are the limits around it and the streams' two ends.
//
//   bytes -> mem_recv -> callbacks -> Http2Stream -> Exchanger        what exchangers send is queued in the stream, and
//   bytes <- mem_send <- read_body <- Http2Stream <- Exchanger        leaves once a turn: many answers, one write
//
// Invariants: nghttp2 is never entered from within one of its callbacks' exchangers (they only queue); a stream's received and
// unread bytes are bounded by its window, its unsent ones by the exchanger's back-pressure.
#include "engines/net/http2_server.hpp"

#include <nghttp2/nghttp2.h>
#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "engines/net/http1/head.hpp"
#include "ground/base/assert.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::net {

namespace {

class Http2Server;

/// The memory of answers that have left, for those that come: one for each stream would be taken from the heap and given back.
class SpareBuffers {
 public:
  [[nodiscard]] std::string take() {
    if (kept_.empty()) return {};
    auto buffer = std::move(kept_.back());
    kept_.pop_back();
    return buffer;
  }
  void give(std::string buffer) {
    constexpr std::size_t kept_max = 64, bytes_min = 64, bytes_max = 8 * 1024;
    if (kept_.size() == kept_max || buffer.capacity() < bytes_min || buffer.capacity() > bytes_max) return;
    buffer.clear();
    kept_.push_back(std::move(buffer));
  }

 private:
  std::vector<std::string> kept_;
};
thread_local SpareBuffers spare_buffers;

class Http2Stream final : public Stream {
 public:
  Http2Stream(Http2Server& server, BufferTally& tally, std::int32_t id) : server_(server), held_(tally), id_(id) {}
  ~Http2Stream() { spare_buffers.give(std::move(output_)); }
  Http2Stream(const Http2Stream&) = delete;
  Http2Stream& operator=(const Http2Stream&) = delete;

  void respond(const OutgoingHead& head, std::string_view piece, bool last) override;
  void send(std::string_view piece, bool last) override;
  void interim(http::Status status, std::span<const http::Field> fields) override;
  [[nodiscard]] bool congested() const noexcept override { return above_high_; }
  [[nodiscard]] std::size_t unsent() const noexcept override { return output_.size() - sent_; }
  void pause_body() override;
  void resume_body() override;
  void abort() override;
  [[nodiscard]] const Peer& peer() const noexcept override;

 private:
  friend class Http2Server;
  void deliver(std::string_view piece, bool last);
  [[nodiscard]] bool body_too_slow(Ticks now, const ServerLimits& limits) const noexcept;
  void append(std::string_view piece, bool last);
  void refuse_body();
  void count_held() noexcept { held_.set(input_.size() + unsent()); }

  Http2Server& server_;
  Exchanger* exchanger_ = nullptr;
  std::string input_;   // came while the body was paused
  std::string output_;  // bytes [sent_, size) wait
  std::size_t sent_ = 0;
  Held held_;  // of both
  std::size_t head_bytes_ = 0, fields_ = 0;
  Ticks opened_{};                      // when its head began
  Ticks progress_{};                    // when a byte moved last, either way
  Ticks body_begun_{}, body_paused_{};  // time for which the body was paused does not count
  std::uint64_t body_bytes_ = 0;
  std::optional<http::Problem> problem_;  // of a head that is complete and not to be served
  const std::int32_t id_;
  bool paused_ = true;
  bool input_last_ = false;  // END_STREAM came; the rest is in input_
  bool head_done_ = false;
  bool request_done_ = false;
  bool output_last_ = false;
  bool responded_ = false;
  bool deferred_ = false;  // nghttp2 waits for resume_data
  bool above_high_ = false;
  bool continue_owed_ = false;
};

struct FreeSession {
  void operator()(nghttp2_session* session) const noexcept { nghttp2_session_del(session); }
};

class Http2Server final : public Codec {
 public:
  explicit Http2Server(ServerConnection& connection);

  void readable() override;
  void writable() override {
    connection_.read_later();  // readable() stopped while too much waited, and no edge tells of what had come by then
    flush_later();
  }
  void expired() override;
  void drain() override;
  void gone() override;

  [[nodiscard]] ServerConnection& connection() noexcept { return connection_; }
  [[nodiscard]] nghttp2_session* session() noexcept { return session_.get(); }
  void flush_later();
  [[nodiscard]] Ticks ticks() const noexcept { return connection_.context().loop.ticks(); }

 private:
  friend class Http2Stream;
  static Http2Server& self(void* user) noexcept { return *static_cast<Http2Server*>(user); }
  static int on_begin_frame(nghttp2_session*, const nghttp2_frame_hd* frame, void* user);
  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user);
  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                       std::size_t value_size, std::uint8_t, void* user);
  static int on_invalid_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t*, std::size_t, const std::uint8_t*, std::size_t,
                               std::uint8_t, void* user);
  static int on_invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int error, void* user);
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user);
  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t size, void* user);
  static int on_frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user);
  static int on_close(nghttp2_session*, std::int32_t id, std::uint32_t, void* user);
  static long read_body(nghttp2_session*, std::int32_t id, std::uint8_t* into, std::size_t size, std::uint32_t* flags, nghttp2_data_source* source,
                        void* user);

  [[nodiscard]] Http2Stream* find(std::int32_t id) noexcept {
    return static_cast<Http2Stream*>(nghttp2_session_get_stream_user_data(session_.get(), id));
  }
  void begin(Http2Stream& stream, bool end_stream);
  [[nodiscard]] bool too_many(const nghttp2_frame& frame);
  void flush();
  void refresh_deadline();
  void finish_if_done();

  ServerConnection& connection_;
  std::unique_ptr<nghttp2_session, FreeSession> session_;
  std::vector<std::unique_ptr<Http2Stream>> streams_;
  std::vector<std::unique_ptr<Http2Stream>> closed_;  // freed when nghttp2 has returned
  Ticks window_start_{};
  std::uint32_t control_frames_ = 0;
  std::int32_t highest_stream_ = 0;  // that the client opened
  std::int32_t streams_opened_ = 0;
  bool flush_planned_ = false;
  bool inside_ = false;
  bool ended_ = false;
};

// ---- session ----

const nghttp2_session_callbacks* callbacks_of(void (*fill)(nghttp2_session_callbacks*)) {
  nghttp2_session_callbacks* made = nullptr;
  GH_ASSERT(nghttp2_session_callbacks_new(&made) == 0);
  fill(made);
  return made;
}

Http2Server::Http2Server(ServerConnection& connection) : connection_(connection) {
  static const nghttp2_session_callbacks* const callbacks = callbacks_of([](nghttp2_session_callbacks* c) {
    nghttp2_session_callbacks_set_on_begin_frame_callback(c, on_begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(c, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(c, on_header);
    nghttp2_session_callbacks_set_on_invalid_header_callback(c, on_invalid_header);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(c, on_invalid_frame);
    nghttp2_session_callbacks_set_on_frame_recv_callback(c, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, on_data);
    nghttp2_session_callbacks_set_on_frame_send_callback(c, on_frame_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(c, on_close);
  });
  const auto& limits = connection_.context().limits;
  nghttp2_option* option = nullptr;
  GH_ASSERT(nghttp2_option_new(&option) == 0);
  nghttp2_option_set_no_auto_window_update(option, 1);  // the window opens when the exchanger has taken the bytes
  nghttp2_option_set_max_outbound_ack(option, 64);      // unsent answers to SETTINGS and PING
  nghttp2_option_set_max_settings(option, 32);
  nghttp2_option_set_stream_reset_rate_limit(option, limits.http2.resets_per_10s, std::max<std::uint64_t>(1, limits.http2.resets_per_10s / 10));
  nghttp2_session* made = nullptr;
  GH_ASSERT(nghttp2_session_server_new2(&made, callbacks, this, option) == 0);
  nghttp2_option_del(option);
  session_.reset(made);
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.http2.concurrent_streams},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.http2.header_list_bytes},
      {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 0},
  };
  GH_ASSERT(nghttp2_submit_settings(made, NGHTTP2_FLAG_NONE, settings, std::size(settings)) == 0);
  GH_ASSERT(nghttp2_session_set_local_window_size(made, NGHTTP2_FLAG_NONE, 0, static_cast<std::int32_t>(limits.http2.window_bytes)) == 0);
  connection_.expect_within(limits.idle);
  flush_later();
}

void Http2Server::readable() {
  if (inside_ || ended_) return;
  constexpr int share = 8;
  auto& context = connection_.context();
  for (int i = 0; connection_.open(); ++i) {
    if (i == share) return connection_.read_later();
    if (connection_.unsent() > unsent_high) return;  // who does not read its answers is not read from; writable() goes on
    const auto result = connection_.read({context.scratch.get(), context.scratch_size});
    if (result.state == IoState::again) break;
    if (result.state != IoState::ok) return connection_.close();
    inside_ = true;
    const auto taken = nghttp2_session_mem_recv(session_.get(), reinterpret_cast<const std::uint8_t*>(context.scratch.get()), result.bytes);
    inside_ = false;
    closed_.clear();
    if (ended_) return;
    if (taken < 0) {  // not HTTP/2 at all, or a flood that nghttp2 ends: it has queued the GOAWAY that is due, if any
      context.service.misbehaved(connection_.peer(), nghttp2_strerror(static_cast<int>(taken)));
      if (taken == NGHTTP2_ERR_BAD_CLIENT_MAGIC) return connection_.close();
      nghttp2_session_terminate_session(session_.get(), taken == NGHTTP2_ERR_FLOODED ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_PROTOCOL_ERROR);
      flush();
      return connection_.finish();
    }
  }
  refresh_deadline();
  flush_later();
}

void Http2Server::flush_later() {
  if (flush_planned_ || ended_) return;
  flush_planned_ = true;
  connection_.context().loop.defer([this] {
    flush_planned_ = false;
    if (!ended_) flush();
  });
}

void Http2Server::flush() {
  if (inside_) return flush_later();
  auto& out = connection_.context().frames;
  constexpr std::size_t together = 16 * 1024;  // one TLS record
  while (connection_.open() && connection_.unsent() < unsent_high) {
    out.clear();
    inside_ = true;
    while (out.size() < together) {
      const std::uint8_t* data = nullptr;
      const auto size = nghttp2_session_mem_send(session_.get(), &data);
      if (size <= 0) break;
      out.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
    }
    inside_ = false;
    closed_.clear();
    if (ended_ || out.empty()) break;
    const iovec piece{out.data(), out.size()};
    connection_.send({&piece, 1});
  }
  if (!ended_) finish_if_done();
}

void Http2Server::finish_if_done() {
  if (connection_.context().draining && streams_.empty() && nghttp2_session_want_write(session_.get()) == 0) return connection_.finish();
  if (nghttp2_session_want_read(session_.get()) == 0 && nghttp2_session_want_write(session_.get()) == 0) connection_.finish();
}

void Http2Server::drain() {
  nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_.get()), NGHTTP2_NO_ERROR, nullptr, 0);
  flush_later();
}

void Http2Server::gone() {
  ended_ = true;
  for (auto& stream : streams_) {
    stream->held_.release();
    if (auto* const exchanger = std::exchange(stream->exchanger_, nullptr); exchanger != nullptr) exchanger->gone();
  }
  for (auto& stream : closed_) stream->held_.release();
}

// While streams are open the connection looks at them now and then: a stream on which nothing moves, because the client
// sends no body or grants no window, ends by itself and not with the connection.
void Http2Server::refresh_deadline() {
  const auto& limits = connection_.context().limits;
  connection_.expect_within(streams_.empty() ? limits.idle : std::min<Duration>({5s, limits.head_time, limits.body_idle, limits.write_idle}));
}

void Http2Server::expired() {
  const auto& limits = connection_.context().limits;
  if (streams_.empty()) {
    nghttp2_session_terminate_session(session_.get(), NGHTTP2_NO_ERROR);
    flush();
    if (!ended_) connection_.finish();
    return;
  }
  for (std::size_t i = 0; i < streams_.size(); ++i) {  // by index: an exchanger may end another stream meanwhile
    auto& stream = *streams_[i];
    const auto silent = ticks() - stream.progress_;
    if (!stream.head_done_ && ticks() - stream.opened_ >= limits.head_time) {
      // Within a head in CONTINUATION frames nothing else can be said on the connection, so it ends as a whole (RFC 9113 section 6.10).
      connection_.context().service.misbehaved(connection_.peer(), "http2-head-timeout");
      nghttp2_session_terminate_session(session_.get(), NGHTTP2_ENHANCE_YOUR_CALM);
      flush();
      return connection_.finish();
    }
    if (stream.unsent() > 0 && silent > limits.write_idle) {
      nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream.id_, NGHTTP2_CANCEL);
    } else if (stream.exchanger_ != nullptr && !stream.request_done_ && stream.body_too_slow(ticks(), limits)) {
      stream.exchanger_->request_broken(
          {.kind = http::ProblemKind::request_timeout, .told = "The body came too slowly.", .rule = "limits.body_time", .facts = {}, .headers = {}});
    }
  }
  refresh_deadline();
  flush_later();
}

// ---- what comes in ----

// The first use of a stream closes those below it that were skipped; to open one of them after all is an error of the connection
// (RFC 9113 section 5.1.1), which nghttp2 passes over. A stream that was used is left to nghttp2, which remembers who ended it.
int Http2Server::on_begin_frame(nghttp2_session* session, const nghttp2_frame_hd* frame, void* user) {
  if (frame->type != NGHTTP2_HEADERS || frame->stream_id % 2 == 0) return 0;
  auto& server = self(user);
  if (frame->stream_id > server.highest_stream_) {
    server.highest_stream_ = frame->stream_id;
    ++server.streams_opened_;
    return 0;
  }
  const bool none_skipped = server.streams_opened_ == server.highest_stream_ / 2 + 1;
  if (none_skipped) return 0;
  auto* const stream = nghttp2_session_find_stream(session, frame->stream_id);
  if (stream != nullptr && nghttp2_stream_get_state(stream) != NGHTTP2_STREAM_STATE_IDLE) return 0;
  return nghttp2_session_terminate_session(session, NGHTTP2_PROTOCOL_ERROR) == 0 ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
}

int Http2Server::on_begin_headers(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
  auto& server = self(user);
  if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
  auto stream = std::make_unique<Http2Stream>(server, server.connection_.context().buffered, frame->hd.stream_id);
  stream->opened_ = stream->progress_ = stream->body_begun_ = stream->body_paused_ = server.ticks();
  stream->exchanger_ = server.connection_.context().service.open(*stream);
  if (stream->exchanger_ == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, stream.get());
  server.streams_.push_back(std::move(stream));
  return 0;
}

int Http2Server::on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name_data, std::size_t name_size,
                           const std::uint8_t* value_data, std::size_t value_size, std::uint8_t, void* user) {
  auto& server = self(user);
  auto* const stream = server.find(frame->hd.stream_id);
  if (stream == nullptr || stream->exchanger_ == nullptr) return 0;
  const auto& limits = server.connection_.context().limits.head;
  const std::string_view name(reinterpret_cast<const char*>(name_data), name_size), value(reinterpret_cast<const char*>(value_data), value_size);
  stream->head_bytes_ += name_size + value_size + 32;  // RFC 9113 section 6.5.2
  ++stream->fields_;
  if (stream->head_bytes_ > server.connection_.context().limits.http2.header_list_bytes || stream->fields_ > limits.fields_max) {
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) {
      nghttp2_submit_rst_stream(server.session(), NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_ENHANCE_YOUR_CALM);
      return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    if (!stream->problem_)
      stream->problem_ = http::Problem{.kind = http::ProblemKind::headers_too_large, .told = {}, .rule = "limits.head", .facts = {}, .headers = {}};
    return 0;  // the rest must still be decoded, since it changes the table of the compression
  }
  auto& arena = stream->exchanger_->arena();
  auto& head = stream->exchanger_->head();
  if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) {  // behind the body: nghttp2 has refused pseudo-headers
    if (const auto id = http::header_id(name); http1::may_be_trailer(id)) head.trailers.add({arena.copy(name), arena.copy(value), id});
    return 0;
  }
  const auto kept = arena.copy(value);
  if (name.starts_with(':')) {
    if (name == ":method") {
      head.method_token = kept;
      head.method = http::method_from(kept);
    } else if (name == ":path") {
      head.target = kept;
      if (kept.size() > limits.target_bytes_max && !stream->problem_)
        stream->problem_ = http::Problem{.kind = http::ProblemKind::uri_too_long, .told = {}, .rule = "limits.target", .facts = {}, .headers = {}};
    } else if (name == ":scheme") {
      head.scheme = kept;
    } else if (name == ":authority") {
      head.authority = kept;
    }
    return 0;
  }
  const auto id = http::header_id(name);
  head.headers.add({id == http::HeaderId::unknown ? arena.copy(name) : http::to_text(id), kept, id});
  return 0;
}

int Http2Server::on_invalid_header(nghttp2_session* session, const nghttp2_frame* frame, const std::uint8_t*, std::size_t, const std::uint8_t*,
                                   std::size_t, std::uint8_t, void* user) {
  auto& server = self(user);
  server.connection_.context().service.misbehaved(server.connection_.peer(), "http2-invalid-header");
  // By itself nghttp2 would leave the field out and go on; a malformed request is a stream error (RFC 9113 section 8.1.1).
  nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_PROTOCOL_ERROR);
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

// A frame against the protocol ends its stream or the connection without a request that an exchanger could refuse: it is counted here.
int Http2Server::on_invalid_frame(nghttp2_session*, const nghttp2_frame*, int error, void* user) {
  auto& server = self(user);
  server.connection_.context().service.misbehaved(server.connection_.peer(), nghttp2_strerror(error));
  return 0;
}

// Frames that cost the sender nothing and us an answer or a look: counted over ten seconds.
bool Http2Server::too_many(const nghttp2_frame& frame) {
  const bool control = frame.hd.type == NGHTTP2_SETTINGS || frame.hd.type == NGHTTP2_PING || frame.hd.type == NGHTTP2_PRIORITY ||
                       frame.hd.type == NGHTTP2_WINDOW_UPDATE ||
                       (frame.hd.type == NGHTTP2_DATA && frame.hd.length == 0 && (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0);
  if (!control) return false;
  if (ticks() - window_start_ >= 10s) {
    window_start_ = ticks();
    control_frames_ = 0;
  }
  // Window updates come with each answer that is read: they may be many, in proportion to the streams.
  const std::uint32_t cost = frame.hd.type == NGHTTP2_WINDOW_UPDATE ? 0 : 1;
  control_frames_ += cost;
  return control_frames_ > connection_.context().limits.http2.control_frames_per_10s;
}

int Http2Server::on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
  auto& server = self(user);
  if (server.too_many(*frame)) {
    server.connection_.context().service.misbehaved(server.connection_.peer(), "http2-control-flood");
    return nghttp2_session_terminate_session(session, NGHTTP2_ENHANCE_YOUR_CALM) == 0 ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
  }
  if (frame->hd.type == NGHTTP2_RST_STREAM) server.connection_.context().service.stream_reset();
  auto* const stream = server.find(frame->hd.stream_id);
  if (stream == nullptr) return 0;
  const bool end = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
    server.begin(*stream, end);
  } else if (end && (frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS)) {
    stream->deliver({}, true);
  }
  return 0;
}

void Http2Server::begin(Http2Stream& stream, bool end_stream) {
  auto& head = stream.exchanger_->head();
  head.version = http::Version::http2;
  stream.head_done_ = true;
  stream.progress_ = stream.body_begun_ = stream.body_paused_ = ticks();
  stream.request_done_ = end_stream;
  if (stream.problem_) {
    stream.request_done_ = true;
    return stream.exchanger_->malformed(std::move(*stream.problem_));
  }
  if (!end_stream) {
    head.framing.kind = http::Framing::Kind::chunked;  // any length: DATA frames say where it ends
    if (const auto length = head.headers.get(http::HeaderId::content_length))
      if (const auto number = text::parse_number<std::uint64_t>(*length))
        head.framing = {http::Framing::Kind::length, *number};  // nghttp2 holds the body to it
  }
  if (const auto expect = head.headers.get(http::HeaderId::expect)) head.expects_continue = text::equal_ignoring_case(*expect, "100-continue");
  stream.continue_owed_ = head.expects_continue && !end_stream;
  stream.exchanger_->request(!end_stream);
}

int Http2Server::on_data(nghttp2_session* session, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t size, void* user) {
  auto& server = self(user);
  auto* const stream = server.find(id);
  if (stream == nullptr || stream->exchanger_ == nullptr) {
    nghttp2_session_consume(session, id, size);  // nobody reads it any more
    return 0;
  }
  stream->progress_ = server.ticks();
  stream->deliver({reinterpret_cast<const char*>(data), size}, false);
  return 0;
}

void Http2Stream::deliver(std::string_view piece, bool last) {
  if (exchanger_ == nullptr || request_done_) return;
  if (paused_) {  // at most a window of it
    input_.append(piece);
    input_last_ |= last;
    count_held();
    // A stream's window cannot be taken back, so that what was allowed keeps coming: over the budget it is refused rather than kept.
    if (!input_.empty() && server_.connection().context().buffered.spent()) refuse_body();
    return;
  }
  continue_owed_ = false;
  body_bytes_ += piece.size();
  request_done_ = last;
  exchanger_->request_body(piece, last);
  nghttp2_session_consume(server_.session(), id_, piece.size());
}

void Http2Stream::refuse_body() {
  exchanger_->request_broken({.kind = http::ProblemKind::overloaded,
                              .told = {},
                              .rule = "memory.bodies_max",
                              .facts = "the budget of buffered bytes is spent",
                              .headers = {}});
  const auto dropped = std::exchange(input_, {});
  count_held();
  nghttp2_session_consume(server_.session(), id_, dropped.size());
}

// As for HTTP/1: silence, or a trickle below the rate; a body that nobody wants at present cannot come too slowly.
bool Http2Stream::body_too_slow(Ticks now, const ServerLimits& limits) const noexcept {
  if (paused_) return false;
  if (now - progress_ >= limits.body_idle) return true;
  return limits.body_rate_min != 0 && now - body_begun_ >= limits.body_idle + std::chrono::seconds(body_bytes_ / limits.body_rate_min);
}

void Http2Stream::pause_body() {
  if (!std::exchange(paused_, true)) body_paused_ = server_.ticks();
}

void Http2Stream::resume_body() {
  if (!std::exchange(paused_, false) || request_done_ || exchanger_ == nullptr) return;
  progress_ = server_.ticks();
  body_begun_ += progress_ - body_paused_;
  if (std::exchange(continue_owed_, false) && input_.empty() && !responded_) interim(100, {});
  if (input_.empty() && !input_last_) return;
  const auto held = std::exchange(input_, {});
  count_held();
  body_bytes_ += held.size();
  request_done_ = input_last_;
  exchanger_->request_body(held, input_last_);
  nghttp2_session_consume(server_.session(), id_, held.size());
  server_.flush_later();
}

// ---- what goes out ----

const Peer& Http2Stream::peer() const noexcept { return server_.connection().peer(); }

void Http2Stream::append(std::string_view piece, bool last) {
  if (unsent() == 0) progress_ = server_.ticks();  // a client that takes nothing is not excused by there being more for it
  if (output_.empty() && !piece.empty() && output_.capacity() < piece.size()) output_ = spare_buffers.take();
  output_.append(piece);
  output_last_ |= last;
  count_held();
  above_high_ |= unsent() > unsent_high || (unsent() > 0 && server_.connection().context().buffered.spent());
  if (last) exchanger_ = nullptr;  // it has nothing more to say or to hear
}

nghttp2_nv pair_of(std::string_view name, std::string_view value) noexcept {
  return {const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(name.data())),
          const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(value.data())), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

void Http2Stream::respond(const OutgoingHead& head, std::string_view piece, bool last) {
  GH_ASSERT(!responded_ && exchanger_ != nullptr);
  responded_ = true;
  char status[3], length[20];
  const auto status_end = std::to_chars(status, status + sizeof status, head.status).ptr;
  static thread_local std::vector<nghttp2_nv> pairs;
  pairs.clear();
  pairs.push_back(pair_of(":status", {status, static_cast<std::size_t>(status_end - status)}));
  for (const auto& field : head.fields) {
    pairs.push_back(pair_of(field.name, field.value));
    // Never the same twice: it would push what is the same each time out of the client's table.
    if (field.id == http::HeaderId::gatehouse_decision) pairs.back().flags = NGHTTP2_NV_FLAG_NO_INDEX;
  }
  const auto size = head.length ? head.length : last && !head.bodiless ? std::optional<std::uint64_t>(piece.size()) : std::nullopt;
  if (size && head.status != 204) {
    const auto end = std::to_chars(length, length + sizeof length, *size).ptr;
    pairs.push_back(pair_of("content-length", {length, static_cast<std::size_t>(end - length)}));
  }
  const bool empty = head.bodiless || (last && piece.empty());
  nghttp2_data_provider provider{};
  provider.source.ptr = this;
  provider.read_callback = Http2Server::read_body;
  if (nghttp2_submit_response(server_.session(), id_, pairs.data(), pairs.size(), empty ? nullptr : &provider) != 0)
    nghttp2_submit_rst_stream(server_.session(), NGHTTP2_FLAG_NONE, id_, NGHTTP2_INTERNAL_ERROR);
  append(empty ? std::string_view{} : piece, last || head.bodiless);
  server_.flush_later();
}

void Http2Stream::send(std::string_view piece, bool last) {
  GH_ASSERT(responded_ && exchanger_ != nullptr);
  append(piece, last);
  if (std::exchange(deferred_, false)) nghttp2_session_resume_data(server_.session(), id_);
  server_.flush_later();
}

void Http2Stream::interim(http::Status status, std::span<const http::Field> fields) {
  char text[3];
  const auto end = std::to_chars(text, text + sizeof text, status).ptr;
  std::vector<nghttp2_nv> pairs{pair_of(":status", {text, static_cast<std::size_t>(end - text)})};
  for (const auto& field : fields) pairs.push_back(pair_of(field.name, field.value));
  nghttp2_submit_headers(server_.session(), NGHTTP2_FLAG_NONE, id_, nullptr, pairs.data(), pairs.size(), nullptr);
  server_.flush_later();
}

void Http2Stream::abort() {
  exchanger_ = nullptr;
  nghttp2_submit_rst_stream(server_.session(), NGHTTP2_FLAG_NONE, id_, NGHTTP2_INTERNAL_ERROR);
  server_.flush_later();
}

long Http2Server::read_body(nghttp2_session*, std::int32_t, std::uint8_t* into, std::size_t size, std::uint32_t* flags, nghttp2_data_source* source,
                            void* user) {
  auto& stream = *static_cast<Http2Stream*>(source->ptr);
  const auto count = std::min(size, stream.unsent());
  std::copy_n(stream.output_.data() + stream.sent_, count, into);
  stream.sent_ += count;
  stream.count_held();
  if (count > 0) stream.progress_ = self(user).ticks();
  if (stream.unsent() == 0) {
    stream.output_.clear();
    stream.sent_ = 0;
    if (stream.output_last_) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
    } else if (count == 0) {
      stream.deferred_ = true;
      return NGHTTP2_ERR_DEFERRED;
    }
  }
  if (stream.above_high_ && stream.unsent() < unsent_low) {
    stream.above_high_ = false;
    if (stream.exchanger_ != nullptr) stream.exchanger_->drained();
  }
  return static_cast<long>(count);
}

int Http2Server::on_frame_sent(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
  // The answer is complete before the request is: the client need not go on sending (RFC 9113 section 8.1).
  const bool end = (frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS) && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (!end) return 0;
  if (const auto* const stream = self(user).find(frame->hd.stream_id); stream != nullptr && !stream->request_done_ && !stream->input_last_)
    nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_NO_ERROR);
  return 0;
}

int Http2Server::on_close(nghttp2_session* session, std::int32_t id, std::uint32_t, void* user) {
  auto& server = self(user);
  auto* const stream = server.find(id);
  if (stream == nullptr) return 0;
  nghttp2_session_set_stream_user_data(session, id, nullptr);
  if (auto* const exchanger = std::exchange(stream->exchanger_, nullptr); exchanger != nullptr) exchanger->gone();
  if (!stream->input_.empty()) nghttp2_session_consume_connection(session, stream->input_.size());
  const auto at = std::ranges::find(server.streams_, stream, &std::unique_ptr<Http2Stream>::get);
  GH_ASSERT(at != server.streams_.end());
  std::swap(*at, server.streams_.back());
  server.closed_.push_back(std::move(server.streams_.back()));
  server.streams_.pop_back();
  return 0;
}

}  // namespace

std::unique_ptr<Codec> make_http2_server(ServerConnection& connection) { return std::make_unique<Http2Server>(connection); }

}  // namespace gatehouse::net

#include "engines/net/http2/session.hpp"

#include <algorithm>

#include "engines/net/http2/events.hpp"
#include "engines/net/http2/memory.hpp"
#include "engines/net/http2/spare_buffers.hpp"
#include "engines/net/http2_server.hpp"
#include "ground/base/assert.hpp"

namespace gatehouse::net::http2 {

namespace {
constexpr std::size_t frames_bytes_min = 8 * 1024;
thread_local SpareBuffers spare_frames(8, frames_bytes_min, 2 * frames_together);
}  // namespace

Session::Session(ServerConnection& connection) : connection_(connection), idle_since_(ticks()) {
  nghttp2_option* option = nullptr;
  GH_ASSERT(nghttp2_option_new(&option) == 0);
  nghttp2_option_set_no_auto_window_update(option, 1);  // the window opens when the exchanger has taken the bytes
  nghttp2_option_set_max_outbound_ack(option, 64);      // unsent answers to SETTINGS and PING
  nghttp2_option_set_max_settings(option, 32);
  nghttp2_option_set_no_closed_streams(option, 1);  // EndedStreams knows them for less
  // nghttp2 has a limit of resets, too, by its own clock. Two windows' worth at once, and as many a second as fill a window, is what it never sees
  // before we have ended the connection: we alone count (events.cpp), as documented.
  const auto& bounds = limits().http2;
  const auto seconds = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(bounds.flood_window).count()));
  nghttp2_option_set_stream_reset_rate_limit(option, 2 * std::uint64_t{bounds.resets_max}, (bounds.resets_max + seconds - 1) / seconds);
  nghttp2_session* made = nullptr;
  GH_ASSERT(nghttp2_session_server_new3(&made, Events::callbacks(), this, option, session_memory()) == 0);
  nghttp2_option_del(option);
  session_.reset(made);
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits().http2.concurrent_streams},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits().http2.header_list_bytes},
      {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 0},
  };
  GH_ASSERT(nghttp2_submit_settings(made, NGHTTP2_FLAG_NONE, settings, std::size(settings)) == 0);
  GH_ASSERT(nghttp2_session_set_local_window_size(made, NGHTTP2_FLAG_NONE, 0, static_cast<std::int32_t>(limits().http2.window_bytes)) == 0);
  refresh_deadline();
  flush_later();
}

Session::~Session() { spare_frames.give(std::move(frames_)); }

RequestStream* Session::find(std::int32_t id) noexcept {
  if (reading_ != nullptr && reading_->id() == id) return reading_;
  return static_cast<RequestStream*>(nghttp2_session_get_stream_user_data(session_.get(), id));
}

// ---- in ----

void Session::readable() {
  if (inside_ || ended_) return;
  constexpr int share = 8;  // buffers a turn: a fast sender does not starve its neighbours
  const Scratch::Lease scratch(connection_.context().scratch);
  const auto opened_before = numbers_.opened();
  for (int i = 0; connection_.open(); ++i) {
    if (i == share) return connection_.read_later();
    if (connection_.unsent() > unsent_high) return;  // who does not read its answers is not read from; writable() goes on
    const auto result = connection_.read(scratch.bytes());
    if (result.state == IoState::again) break;
    if (result.state != IoState::ok) return connection_.close();
    if (!take_in(scratch.first(result.bytes))) return;
    hand_over();
    if (ended_) return;
    if (numbers_.opened() - opened_before >= requests_a_turn) {
      connection_.read_later();
      break;
    }
  }
  if (numbers_.opened() >= limits().requests) last_call();
  refresh_deadline();
  flush_later();
}

// False: the connection has ended, or is about to.
bool Session::take_in(std::string_view bytes) {
  const auto unknown_data = [this](FrameHeads::Head head) { return head.type == NGHTTP2_DATA && find(head.stream) == nullptr; };
  std::size_t fed = 0;
  for (auto rest = bytes; const auto head = frame_heads_.next(rest, unknown_data);) {
    // What came before it may open the stream, or end it.
    const auto before = bytes.size() - rest.size() - std::min(bytes.size() - rest.size(), head->bytes);
    if (before > fed && !feed(bytes.substr(fed, before - fed))) return false;
    fed = std::max(fed, before);
    if (find(head->stream) != nullptr || !ended_streams_.has(head->stream)) continue;
    end_now(NGHTTP2_STREAM_CLOSED);
    return false;
  }
  return fed == bytes.size() || feed(bytes.substr(fed));
}

bool Session::feed(std::string_view bytes) {
  inside_ = true;
  const auto taken = nghttp2_session_mem_recv(session_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  inside_ = false;
  reading_ = nullptr;
  if (ended_) return false;
  if (taken >= 0) return true;
  // Not HTTP/2 at all, or a flood that nghttp2 ends: it has queued the GOAWAY that is due, if any.
  misbehaved(nghttp2_strerror(static_cast<int>(taken)));
  if (taken == NGHTTP2_ERR_BAD_CLIENT_MAGIC) connection_.close();
  else end_now(taken == NGHTTP2_ERR_FLOODED ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_PROTOCOL_ERROR);
  return false;
}

void Session::hand_over() {
  while (!joined_.empty()) {
    auto* const stream = joined_.back();
    joined_.pop_back();
    stream->hand_over();
  }
}

// ---- out ----

void Session::flush_later() {
  if (flush_planned_ || ended_) return;
  flush_planned_ = true;
  connection_.context().loop.defer([this] {
    flush_planned_ = false;
    if (!ended_) flush();
  });
}

void Session::flush() {
  do {
    collect();
    write();
  } while (!settled_ && can_collect());
  if (frames_.empty() && frames_.capacity() > 0) spare_frames.give(std::exchange(frames_, {}));
  keep_few_refusals();
  tell_drained();
  closed_.clear();
  if (failed_) return connection_.close();
  if (!ended_) finish_if_done();
}

bool Session::ready() {
  const auto is_ready = [this] { return settled_ && can_collect() && nghttp2_session_get_outbound_queue_size(session_.get()) == 0; };
  if (is_ready()) return true;
  collect();
  return is_ready();
}

void Session::collect() {
  if (!can_collect() || failed_) return;
  if (frames_.capacity() < frames_bytes_min) {
    GH_ASSERT(frames_.empty());
    frames_ = spare_frames.take();
    frames_.reserve(frames_bytes_min);
  }
  inside_ = true;
  settled_ = false;
  while (frames_.size() < frames_together) {
    const std::uint8_t* data = nullptr;
    const auto size = nghttp2_session_mem_send(session_.get(), &data);
    if (size > 0) {
      frames_.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
      continue;
    }
    failed_ = size < 0;
    settled_ = failed_ || frames_.size() < frames_together;  // else it stopped because of their number
    break;
  }
  inside_ = false;
  if (frames_.size() >= frames_together) write();
}

void Session::write() {
  if (frames_.empty()) return;
  const iovec piece{frames_.data(), frames_.size()};
  connection_.send({&piece, 1});
  frames_.clear();
}

// The later ones go: who asks without being able to hear is told less.
void Session::keep_few_refusals() {
  if (!settled_ || failed_ || ended_ || streams_.size() <= refusals_kept) return;
  std::vector<RequestStream*> waiting;
  for (const auto& stream : streams_)
    if (stream->refusal_waits()) waiting.push_back(stream.get());
  if (waiting.size() <= refusals_kept) return;
  std::ranges::sort(waiting, {}, &RequestStream::id);
  for (std::size_t i = refusals_kept; i < waiting.size(); ++i) waiting[i]->give_up();
}

void Session::tell_drained() {
  for (auto* const stream : std::exchange(drained_, {})) stream->drained();
}

long Session::offer_body(nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t bytes_max, std::uint32_t* flags, nghttp2_data_source* source,
                         void*) {
  return static_cast<RequestStream*>(source->ptr)->offer(bytes_max, *flags);
}

// ---- the end ----

void Session::finish_if_done() {
  // Who was told that there is room may have sent the last of its answer within that call: it is collected, and leaves with the next flush.
  const bool wants_write = nghttp2_session_want_write(session_.get()) != 0 || !frames_.empty();
  if (wants_write) return;
  if (connection_.context().draining && streams_.empty()) return connection_.finish();
  if (nghttp2_session_want_read(session_.get()) == 0) connection_.finish();
}

void Session::end_now(std::uint32_t error) {
  nghttp2_session_terminate_session(session_.get(), error);
  if (error != NGHTTP2_NO_ERROR) connection_.forfeit();
  flush();
  if (!ended_) connection_.finish();
}

void Session::drain() {
  say_goaway();
  if (streams_.empty()) flush();
}

// The client has used up its requests on this connection. It is first told to open no more streams, and only then which were the last: what it had
// sent in between is served (RFC 9113 section 6.8). A client that does not heed it gets as many as may be under way at once.
void Session::last_call() {
  constexpr Duration patience = 1s;  // longer than a round trip
  if (goaway_at_ == Ticks::max()) {
    goaway_at_ = ticks() + patience;
    nghttp2_submit_shutdown_notice(session_.get());
  }
  if (ticks() >= goaway_at_ || numbers_.opened() >= limits().requests + limits().http2.concurrent_streams) say_goaway();
}

void Session::say_goaway() {
  flush_later();
  if (std::exchange(goaway_said_, true)) return;
  nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_.get()), NGHTTP2_NO_ERROR, nullptr, 0);
}

void Session::shut_out() {
  if (!std::exchange(shut_out_, true)) say_goaway();
}

void Session::gone(Gone why) {
  ended_ = true;
  for (auto& stream : streams_) stream->gone(why);
  for (auto& stream : closed_) stream->gone(why);
}

std::size_t Session::unread(Ticks now, Duration how_long) const noexcept {
  std::size_t bytes = 0;
  for (const auto& stream : streams_) bytes += stream->unread(now, how_long);
  return bytes;
}

// While streams are open the connection looks at them now and then: a stream on which nothing moves, because the client
// sends no body or grants no window, ends by itself and not with the connection. Only a look puts off the next one, or the first of its streams:
// a client that sends in every turn is looked at like any other.
void Session::plan_look() noexcept {
  next_look_ = ticks() + std::min<Duration>({5s, limits().head_time, limits().body.idle, limits().write.idle, limits().linger});
}

// Which of several answers goes first is settled by the client's priorities, and a slow line carries one of them at a time: a stream that waits for the
// others is not slow while the client takes what it is sent. So what was taken of the connection since the last look counts for each that waits, in
// equal parts.
std::uint64_t Session::share_of_taken() noexcept {
  const auto before = std::exchange(taken_, connection_.taken());
  const auto waiting = std::ranges::count_if(streams_, [](const auto& stream) { return stream->unsent() > 0; });
  return waiting == 0 ? 0 : static_cast<std::uint64_t>(std::max<std::int64_t>(0, taken_ - before) / waiting);
}

// The same the other way: a client that sends one body after the other is not slow with the later ones. To hold up several by sending one takes as many
// bytes as to trickle each of them.
std::uint64_t Session::share_of_sent() noexcept {
  const auto sent = std::exchange(sent_, 0);
  const auto waiting = std::ranges::count_if(streams_, [](const auto& stream) { return stream->awaits_body(); });
  return waiting == 0 ? 0 : sent / static_cast<std::uint64_t>(waiting);
}

void Session::refresh_deadline() {
  auto deadline = streams_.empty() ? idle_since_ + limits().idle : next_look_;
  if (!goaway_said_) deadline = std::min(deadline, goaway_at_);
  connection_.expect_by(deadline);
}

void Session::expired() {
  if (goaway_at_ != Ticks::max()) last_call();
  if (streams_.empty() && ticks() >= idle_since_ + limits().idle) return end_now(NGHTTP2_NO_ERROR);
  const auto share = share_of_taken(), share_in = share_of_sent();
  for (std::size_t i = 0; i < streams_.size(); ++i) {  // by index: an exchanger may end another stream meanwhile
    if (!streams_[i]->look(ticks(), limits(), share, share_in)) continue;
    // Within a head in CONTINUATION frames nothing else can be said on the connection, so it ends as a whole (RFC 9113 section 6.10).
    misbehaved("http2-head-timeout");
    return end_now(NGHTTP2_ENHANCE_YOUR_CALM);
  }
  plan_look();
  refresh_deadline();
  flush_later();
}

}  // namespace gatehouse::net::http2

namespace gatehouse::net {

std::unique_ptr<Codec> make_http2_server(ServerConnection& connection) { return std::make_unique<http2::Session>(connection); }

}  // namespace gatehouse::net

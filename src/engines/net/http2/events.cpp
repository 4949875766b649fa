#include "engines/net/http2/events.hpp"

#include "engines/net/http1/refusal.hpp"
#include "ground/base/assert.hpp"

namespace gatehouse::net::http2 {

const nghttp2_session_callbacks* Session::Events::callbacks() {
  static const nghttp2_session_callbacks* const made = [] {
    nghttp2_session_callbacks* c = nullptr;
    GH_ASSERT(nghttp2_session_callbacks_new(&c) == 0);
    nghttp2_session_callbacks_set_on_begin_frame_callback(c, frame_begins);
    nghttp2_session_callbacks_set_on_begin_headers_callback(c, head_begins);
    nghttp2_session_callbacks_set_on_header_callback(c, field);
    nghttp2_session_callbacks_set_on_invalid_header_callback(c, invalid_field);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(c, invalid_frame);
    nghttp2_session_callbacks_set_on_frame_recv_callback(c, frame_complete);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, data);
    nghttp2_session_callbacks_set_send_data_callback(c, body_due);
    nghttp2_session_callbacks_set_on_frame_send_callback(c, frame_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(c, stream_closed);
    return c;
  }();
  return made;
}

// ---- what comes in ----

// The first use of a stream closes those below it that were skipped; to open one of them after all is an error of the connection
// (RFC 9113 section 5.1.1), which nghttp2 passes over.
int Session::Events::frame_begins(nghttp2_session* session, const nghttp2_frame_hd* frame, void* user) {
  if (frame->type != NGHTTP2_HEADERS || frame->stream_id % 2 == 0) return 0;
  auto& server = self(user);
  auto& numbers = server.numbers_;
  const bool is_new = numbers.use(frame->stream_id);
  if (server.shut_out_ && is_new) {
    // Behind our GOAWAY they are passed over, which is not to be had for nothing either.
    const auto& bounds = server.limits().http2;
    if (!server.control_frames_.too_many(server.ticks(), bounds.control_frames_max, bounds.flood_window)) return 0;
    return nghttp2_session_terminate_session(session, NGHTTP2_ENHANCE_YOUR_CALM) == 0 ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
  }
  if (is_new) return 0;
  if (server.ended_streams_.has(frame->stream_id) && server.find(frame->stream_id) == nullptr)
    return nghttp2_session_terminate_session(session, NGHTTP2_STREAM_CLOSED) == 0 ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
  if (!numbers.any_skipped() || server.called_off_.has(frame->stream_id)) return 0;
  auto* const stream = nghttp2_session_find_stream(session, frame->stream_id);
  if (stream != nullptr && nghttp2_stream_get_state(stream) != NGHTTP2_STREAM_STATE_IDLE) return 0;
  return nghttp2_session_terminate_session(session, NGHTTP2_PROTOCOL_ERROR) == 0 ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
}

int Session::Events::head_begins(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
  auto& server = self(user);
  if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
  if (server.shut_out_) {  // it was sent before our GOAWAY left (RFC 9113 section 6.8)
    nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_REFUSED_STREAM);
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  auto stream = std::make_unique<RequestStream>(server, frame->hd.stream_id);
  if (!stream->open(server.connection_.context().service)) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, stream.get());
  stream->place = server.streams_.size();
  server.reading_ = stream.get();
  if (server.streams_.empty()) server.plan_look();
  server.streams_.push_back(std::move(stream));
  return 0;
}

int Session::Events::field(nghttp2_session* session, const nghttp2_frame* frame, const std::uint8_t* name_data, std::size_t name_size,
                           const std::uint8_t* value_data, std::size_t value_size, std::uint8_t, void* user) {
  auto& server = self(user);
  auto* const stream = server.find(frame->hd.stream_id);
  if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  const std::string_view name(reinterpret_cast<const char*>(name_data), name_size), value(reinterpret_cast<const char*>(value_data), value_size);
  auto* const head = stream->head();
  const bool of_request = frame->headers.cat == NGHTTP2_HCAT_REQUEST;
  if (head == nullptr ? stream->drop_field(name, value)
      : of_request    ? head->field(name, value, server.limits())
                      : head->trailer(name, value, server.limits()))  // behind the body: nghttp2 has refused pseudo-headers
    return 0;
  // What still comes of them nghttp2 reads without asking, since it changes the compression's table, and without handing it out.
  if (of_request) server.misbehaved("http2-header-list");
  stream->note_fault("more than twice the bytes or the fields that a head may have");
  nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_ENHANCE_YOUR_CALM);
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

int Session::Events::invalid_field(nghttp2_session* session, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                                   const std::uint8_t*, std::size_t, std::uint8_t, void* user) {
  self(user).misbehaved("http2-invalid-header");
  if (auto* const stream = self(user).find(frame->hd.stream_id))
    stream->note_fault("a field that HTTP/2 does not allow there, or not with that value; its name is " +
                       http1::shown({reinterpret_cast<const char*>(name), name_size}));
  // By itself nghttp2 would leave the field out and go on; a malformed request is a stream error (RFC 9113 section 8.1.1).
  nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_PROTOCOL_ERROR);
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

// A frame against the protocol ends its stream or the connection without a request that an exchanger could refuse: it is counted here.
int Session::Events::invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int error, void* user) {
  // A client may open more streams than it is allowed before it has our SETTINGS, and may send those again (RFC 9113 sections 6.5.2 and 8.7).
  if (error == NGHTTP2_ERR_REFUSED_STREAM) return 0;
  self(user).misbehaved(nghttp2_strerror(error));
  if (auto* const stream = self(user).find(frame->hd.stream_id)) stream->note_fault(nghttp2_strerror(error));
  return 0;
}

int Session::Events::frame_complete(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
  auto& server = self(user);
  const auto& bounds = server.limits().http2;
  const auto flood = [&](std::string_view what) {
    server.misbehaved(what);
    return nghttp2_session_terminate_session(session, NGHTTP2_ENHANCE_YOUR_CALM) == 0 ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
  };
  if (costs_nothing_to_send(frame->hd) && server.control_frames_.too_many(server.ticks(), bounds.control_frames_max, bounds.flood_window))
    return flood("http2-control-flood");
  if (frame->hd.type == NGHTTP2_RST_STREAM) {
    server.connection_.context().service.stream_reset();
    // CVE-2023-44487. nghttp2 has such a limit, too, but goes on opening streams until the bytes at hand are read.
    // A client that stops sending what was refused already has called off nothing: it has had its answer.
    auto* const stream = server.find(frame->hd.stream_id);
    const bool called_off = stream == nullptr || !stream->dropping();
    if (stream != nullptr) stream->note_reset();
    if (called_off && server.resets_.too_many(server.ticks(), bounds.resets_max, bounds.flood_window)) return flood("http2-reset-flood");
  }
  if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
  auto* const stream = server.find(frame->hd.stream_id);
  server.reading_ = nullptr;
  if (stream == nullptr) return 0;
  const bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST) stream->begin(ends);
  else if (ends) stream->deliver({}, true);
  return 0;
}

// How far a client may send ahead of whoever reads it is the stream's window: it opens again when the bytes have been taken. The connection's window
// opens at once, or a few streams on which nobody wants the body at present would hold up all others. What a connection can make us keep is thus
// the number of its streams times a stream's window, and what all connections can is the budget of buffered bytes (docs/adr/0015).
int Session::Events::data(nghttp2_session* session, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t size, void* user) {
  nghttp2_session_consume_connection(session, size);
  if (auto* const stream = self(user).find(id)) stream->deliver({reinterpret_cast<const char*>(bytes), size}, false);
  return 0;
}

// ---- what goes out ----

int Session::Events::body_due(nghttp2_session*, nghttp2_frame*, const std::uint8_t* frame_head, std::size_t size, nghttp2_data_source* source,
                              void* user) {
  constexpr std::size_t frame_head_bytes = 9;  // RFC 9113 section 4.1; without padding, since no callback asks for any
  auto& frames = self(user).frames_;
  frames.append(reinterpret_cast<const char*>(frame_head), frame_head_bytes);
  static_cast<RequestStream*>(source->ptr)->give_body(size, frames);
  return frames.size() < frames_together ? 0 : NGHTTP2_ERR_PAUSE;
}

int Session::Events::frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  // Of frames that are too long or come where none may come nghttp2 tells nobody but the client.
  if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR && frame->goaway.error_code != NGHTTP2_INTERNAL_ERROR &&
      !self(user).fault_told_)
    self(user).misbehaved("http2-connection-error");
  const bool ends = (frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS) && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (!ends) return 0;
  if (auto* const stream = self(user).find(frame->hd.stream_id)) stream->answered();
  return 0;
}

namespace {
/// Whether a stream that was closed with that code, and not by the client, was closed for what the client did. None of our own reasons has these codes.
bool breaks_protocol(std::uint32_t error) noexcept {
  return error == NGHTTP2_PROTOCOL_ERROR || error == NGHTTP2_FLOW_CONTROL_ERROR || error == NGHTTP2_STREAM_CLOSED ||
         error == NGHTTP2_FRAME_SIZE_ERROR || error == NGHTTP2_COMPRESSION_ERROR;
}
}  // namespace

int Session::Events::stream_closed(nghttp2_session* session, std::int32_t id, std::uint32_t error, void* user) {
  auto& server = self(user);
  auto* const stream = server.find(id);
  if (stream == nullptr) return 0;
  if (server.reading_ == stream) server.reading_ = nullptr;
  nghttp2_session_set_stream_user_data(session, id, nullptr);
  (stream->request_ended() ? server.ended_streams_ : server.called_off_).add(id);
  if (!stream->was_reset() && (stream->faulty() || breaks_protocol(error))) {
    if (stream->note_fault("a request, or a frame of it, that HTTP/2 does not allow")) server.misbehaved(nghttp2_http2_strerror(error));
    // A client that makes us reset its streams has called them off as cheaply as one that resets them (CVE-2025-8671).
    const auto& bounds = server.limits().http2;
    if (server.resets_.too_many(server.ticks(), bounds.resets_max, bounds.flood_window)) {
      server.misbehaved("http2-reset-flood");
      if (nghttp2_session_terminate_session(session, NGHTTP2_ENHANCE_YOUR_CALM) != 0) return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
  }
  stream->gone(Gone::left);
  std::erase(server.joined_, stream);
  std::erase(server.drained_, stream);  // it may just have been put there, and is gone when it would be told
  const auto place = stream->place;
  GH_ASSERT(server.streams_[place].get() == stream);
  std::swap(server.streams_[place], server.streams_.back());
  server.streams_[place]->place = place;
  server.closed_.push_back(std::move(server.streams_.back()));
  server.streams_.pop_back();
  if (server.streams_.empty()) server.idle_since_ = server.ticks();
  return 0;
}

}  // namespace gatehouse::net::http2

// What nghttp2 tells of a session, each callback one event. They decide what it leaves to its user: which errors end a stream, which the connection.
#pragma once
#include "engines/net/http2/session.hpp"

namespace gatehouse::net::http2 {

struct Session::Events {
  /// All of them, made once.
  [[nodiscard]] static const nghttp2_session_callbacks* callbacks();

 private:
  static int frame_begins(nghttp2_session*, const nghttp2_frame_hd* frame, void* user);
  static int head_begins(nghttp2_session*, const nghttp2_frame* frame, void* user);
  static int field(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                   std::size_t value_size, std::uint8_t, void* user);
  static int invalid_field(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t*, std::size_t, const std::uint8_t*, std::size_t,
                           std::uint8_t, void* user);
  static int invalid_frame(nghttp2_session*, const nghttp2_frame*, int error, void* user);
  static int frame_complete(nghttp2_session*, const nghttp2_frame* frame, void* user);
  static int data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t size, void* user);
  static int body_due(nghttp2_session*, nghttp2_frame*, const std::uint8_t* frame_head, std::size_t size, nghttp2_data_source* source, void* user);
  static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user);
  static int stream_closed(nghttp2_session*, std::int32_t id, std::uint32_t, void* user);

  static Session& self(void* user) noexcept { return *static_cast<Session*>(user); }
};

}  // namespace gatehouse::net::http2

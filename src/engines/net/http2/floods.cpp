#include "engines/net/http2/floods.hpp"

namespace gatehouse::net::http2 {

namespace {
// Window updates come with each answer that is read: they may be many, in proportion to the streams, and are not counted.
bool costs_nothing_to_send(const nghttp2_frame_hd& frame) noexcept {
  switch (frame.type) {
    case NGHTTP2_SETTINGS:
    case NGHTTP2_PING:
    case NGHTTP2_PRIORITY: return true;
    case NGHTTP2_DATA: return frame.length == 0 && (frame.flags & NGHTTP2_FLAG_END_STREAM) == 0;
    default: return false;  // of a byte: frames of unknown type exist, too
  }
}
}  // namespace

bool ControlFrames::too_many(const nghttp2_frame_hd& frame, Ticks now, std::uint32_t per_10s) noexcept {
  if (!costs_nothing_to_send(frame)) return false;
  if (now - window_start_ >= 10s) {
    window_start_ = now;
    count_ = 0;
  }
  return ++count_ > per_10s;
}

}  // namespace gatehouse::net::http2

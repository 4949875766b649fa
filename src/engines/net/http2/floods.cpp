#include "engines/net/http2/floods.hpp"

namespace gatehouse::net::http2 {

bool InWindow::too_many(Ticks now, std::uint32_t most, Duration window) noexcept {
  if (now - window_start_ >= window) {
    window_start_ = now;
    count_ = 0;
  }
  return ++count_ > most;
}

// Window updates come with each answer that is read: they may be many, in proportion to the streams.
bool costs_nothing_to_send(const nghttp2_frame_hd& frame) noexcept {
  switch (frame.type) {
    case NGHTTP2_SETTINGS:
    case NGHTTP2_PING:
    case NGHTTP2_PRIORITY: return true;
    case NGHTTP2_DATA: return frame.length == 0 && (frame.flags & NGHTTP2_FLAG_END_STREAM) == 0;
    default: return false;  // of a byte: frames of unknown type exist, too
  }
}

}  // namespace gatehouse::net::http2

#include "engines/net/http2/floods.hpp"

#include <algorithm>
#include <utility>

namespace gatehouse::net::http2 {

bool Recently::too_many(Ticks now, std::uint32_t most, Duration window) noexcept {
  constexpr auto kept = in_a_window + 1;
  const auto present = now.time_since_epoch() / std::max(window / in_a_window, Duration(1));
  // Slices of another length, after a reload, begin to be counted anew.
  for (auto forgotten = std::clamp<std::int64_t>(present - slice_, present < slice_ ? kept : 0, kept); forgotten > 0; --forgotten) {
    auto& count = counts_[static_cast<std::size_t>((present - forgotten + 1 + kept) % kept)];
    sum_ -= std::exchange(count, 0);
  }
  slice_ = present;
  ++counts_[static_cast<std::size_t>(present % kept)];
  return ++sum_ > most;
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

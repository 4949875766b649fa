// What an HTTP/2 client could do for next to nothing, and how much of it is borne. Streams that are reset at once are counted by nghttp2 itself
// (nghttp2_option_set_stream_reset_rate_limit, CVE-2023-44487).
#pragma once
#include <nghttp2/nghttp2.h>
#include <cstdint>

#include "ground/base/time.hpp"

namespace gatehouse::net::http2 {

/// Frames that cost the sender nothing and us an answer or a look (SETTINGS, PING, PRIORITY, empty DATA), counted over ten seconds.
class ControlFrames {
 public:
  /// Counts the frame if it is of those kinds. True: there are more than `per_10s`.
  [[nodiscard]] bool too_many(const nghttp2_frame_hd& frame, Ticks now, std::uint32_t per_10s) noexcept;

 private:
  Ticks window_start_{};
  std::uint32_t count_ = 0;
};

/// The numbers of the streams that the client has used. The first use of a stream closes those below it that were skipped.
class StreamNumbers {
 public:
  /// HEADERS came on stream `id`. True: the stream is new.
  bool use(std::int32_t id) noexcept {
    if (id <= highest_) return false;
    highest_ = id;
    ++opened_;
    return true;
  }
  /// How many streams were used.
  [[nodiscard]] std::uint64_t opened() const noexcept { return opened_; }
  /// Whether a stream below the highest one was never used.
  [[nodiscard]] bool any_skipped() const noexcept { return opened_ != static_cast<std::uint64_t>(highest_ / 2 + 1); }

 private:
  std::int32_t highest_ = 0;
  std::uint64_t opened_ = 0;
};

}  // namespace gatehouse::net::http2

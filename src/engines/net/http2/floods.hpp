// What an HTTP/2 client could do for next to nothing, and how much of it is borne.
#pragma once
#include <nghttp2/nghttp2.h>
#include <cstdint>

#include "ground/base/time.hpp"

namespace gatehouse::net::http2 {

/// Counts what happens in a window of time; what comes after its end begins the next one.
class InWindow {
 public:
  /// It has happened again. True: more often than `most` in this `window`.
  [[nodiscard]] bool too_many(Ticks now, std::uint32_t most, Duration window) noexcept;

 private:
  Ticks window_start_{};
  std::uint32_t count_ = 0;
};

/// A frame that costs its sender nothing and us an answer or a look: SETTINGS, PING, PRIORITY, empty DATA.
[[nodiscard]] bool costs_nothing_to_send(const nghttp2_frame_hd& frame) noexcept;

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
  [[nodiscard]] bool any_skipped() const noexcept { return opened_ != static_cast<std::uint64_t>(highest_) / 2 + 1; }

 private:
  std::int32_t highest_ = 0;
  std::uint64_t opened_ = 0;
};

}  // namespace gatehouse::net::http2

// What an HTTP/2 client could do for next to nothing, and how much of it is borne.
#pragma once
#include <nghttp2/nghttp2.h>
#include <array>
#include <cstdint>

#include "ground/base/time.hpp"

namespace gatehouse::net::http2 {

/// Counts what has happened lately, in slices of time of which an old one is forgotten as a new one begins. The slices that are kept cover the last
/// `window` whenever one looks, and at most an eighth of it more: there is no border across which twice as much would pass.
class Recently {
 public:
  /// It has happened again. True: more often than `most` in the last `window`, or an eighth of it more.
  [[nodiscard]] bool too_many(Ticks now, std::uint32_t most, Duration window) noexcept;

 private:
  static constexpr std::int64_t in_a_window = 8;
  std::int64_t slice_ = 0;  // the present one, counted from the beginning of time
  std::uint32_t sum_ = 0;   // of counts_
  std::array<std::uint32_t, in_a_window + 1> counts_{};
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

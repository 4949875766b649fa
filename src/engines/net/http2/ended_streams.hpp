// The last streams of a connection whose client had ended its side, or reset them: what it sends on one of them after all is an error of the connection
// (STREAM_CLOSED, RFC 9113 section 5.1), while what comes on a stream that we reset was under way and is passed over. nghttp2 would know them by keeping
// each closed stream, 350 bytes, for as many as may be open at once: more than all else that a resting connection costs. Here it is their numbers.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace gatehouse::net::http2 {

class EndedStreams {
 public:
  static constexpr std::size_t kept = 128;

  void add(std::int32_t id) {
    if (numbers_.size() < kept) return numbers_.push_back(id);
    numbers_[oldest_] = id;
    oldest_ = (oldest_ + 1) % kept;
  }
  [[nodiscard]] bool has(std::int32_t id) const noexcept { return std::ranges::find(numbers_, id) != numbers_.end(); }

 private:
  std::vector<std::int32_t> numbers_;
  std::size_t oldest_ = 0;
};

/// Follows the frames of a connection as they come, in whatever pieces, from the client's preface on. nghttp2 tells nobody of DATA on a stream that it
/// does not know.
class FrameHeads {
 public:
  struct Head {
    static constexpr std::size_t bytes = 9;  // RFC 9113 section 4.1
    std::uint8_t type;
    std::int32_t stream;
  };

  /// Takes off `bytes` up to the end of the next frame head that `stop` says is the one; none: all of them.
  template <typename Stop>
  [[nodiscard]] std::optional<Head> next(std::string_view& bytes, const Stop& stop) {
    while (!bytes.empty()) {
      if (skipped_ > 0) {
        const auto part = std::min<std::size_t>(skipped_, bytes.size());
        skipped_ -= static_cast<std::uint32_t>(part);
        bytes.remove_prefix(part);
        continue;
      }
      const auto part = std::min<std::size_t>(Head::bytes - size_, bytes.size());
      std::copy_n(bytes.begin(), part, head_.begin() + size_);
      size_ += static_cast<std::uint32_t>(part);
      bytes.remove_prefix(part);
      if (size_ < Head::bytes) break;
      size_ = 0;
      skipped_ = number_at(0) >> 8U;
      if (const Head head{static_cast<std::uint8_t>(head_[3]), static_cast<std::int32_t>(number_at(5) & 0x7FFFFFFFU)}; stop(head)) return head;
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] std::uint32_t number_at(std::size_t place) const noexcept {
    std::uint32_t number = 0;
    for (auto i = place; i < place + 4; ++i) number = number << 8U | static_cast<std::uint8_t>(head_[i]);
    return number;
  }

  static constexpr std::uint32_t preface_bytes = 24;
  std::uint32_t skipped_ = preface_bytes;  // of what follows, before the next head
  std::uint32_t size_ = 0;                 // of the head that has begun
  std::array<char, Head::bytes> head_;
};

}  // namespace gatehouse::net::http2

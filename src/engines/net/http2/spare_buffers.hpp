// The memory of texts that have left, for those that come: one for each stream would be taken from the heap and given back.
#pragma once
#include <string>
#include <vector>

namespace gatehouse::net::http2 {

class SpareBuffers {
 public:
  /// Keeps at most `kept_max` buffers, each of a capacity within the bounds.
  SpareBuffers(std::size_t kept_max, std::size_t bytes_min, std::size_t bytes_max) noexcept
      : kept_max_(kept_max), bytes_min_(bytes_min), bytes_max_(bytes_max) {}

  /// An empty text, if possible with memory.
  [[nodiscard]] std::string take() {
    if (kept_.empty()) return {};
    auto buffer = std::move(kept_.back());
    kept_.pop_back();
    return buffer;
  }
  void give(std::string buffer) {
    if (kept_.size() == kept_max_ || buffer.capacity() < bytes_min_ || buffer.capacity() > bytes_max_) return;
    buffer.clear();
    kept_.push_back(std::move(buffer));
  }

 private:
  const std::size_t kept_max_, bytes_min_, bytes_max_;
  std::vector<std::string> kept_;
};

}  // namespace gatehouse::net::http2

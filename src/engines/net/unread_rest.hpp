// What a connection has read and cannot use yet: an incomplete head, or bytes that come while nothing can be consumed. Most connections never keep any:
// what comes is consumed where it was read.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace gatehouse::net {

class UnreadRest {
 public:
  [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }
  void drop() noexcept { std::string().swap(bytes_); }  // gives the memory back, which an assignment keeps

  /// Hands what was kept, and `bytes` behind it, to `consume`, until that takes none of them (it says how many it took) or none are left; keeps the
  /// others. While it runs nothing is kept, and `consume` must not call it again.
  template <typename Consume>
  void feed(std::string_view bytes, const Consume& consume) {
    auto held = std::exchange(bytes_, {});
    if (!held.empty()) {
      held.append(bytes);
      bytes = held;
    }
    while (!bytes.empty()) {
      const std::size_t consumed = consume(bytes);
      if (consumed == 0) break;
      bytes.remove_prefix(consumed);
    }
    if (bytes.empty()) return;
    if (held.empty()) {
      bytes_.assign(bytes);
    } else {
      held.erase(0, held.size() - bytes.size());
      bytes_ = std::move(held);
    }
  }

 private:
  std::string bytes_;
};

}  // namespace gatehouse::net

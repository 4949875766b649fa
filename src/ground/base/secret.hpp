// Secret: text that wipes itself, cannot be copied by accident, formatted or compared with ==.
#pragma once
#include <string>
#include <string_view>

namespace gatehouse {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) noexcept : text_(std::move(text)) {}
  // NOLINTNEXTLINE(performance-move-constructor-init): a moved-from string would keep the bytes of a short text
  Secret(Secret&& other) noexcept : text_(other.text_) { other.wipe(); }
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { wipe(); }

  /// The clear text. The name is long so that each use is seen in review.
  [[nodiscard]] std::string_view reveal() const noexcept { return text_; }
  [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
  [[nodiscard]] Secret clone() const { return Secret(text_); }

 private:
  void wipe() noexcept;
  std::string text_;
};

/// Compares in time that depends on the lengths only, never on the contents.
[[nodiscard]] bool equal_constant_time(std::string_view a, std::string_view b) noexcept;

/// Overwrites memory in a way the compiler keeps.
void wipe(void* memory, std::size_t size) noexcept;

}  // namespace gatehouse

// Dates as HTTP writes them.
#pragma once
#include <array>
#include <chrono>
#include <string_view>

namespace gatehouse::http {

/// A date in the one form that may be sent (IMF-fixdate, RFC 9110 section 5.6.7), always 29 characters:
/// "Sun, 06 Nov 1994 08:49:37 GMT". Years 0 to 9999.
class Date {
 public:
  explicit Date(std::chrono::sys_seconds instant) noexcept;
  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), text_.size()}; }

 private:
  std::array<char, 29> text_;
};

}  // namespace gatehouse::http

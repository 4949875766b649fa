// Where heads of messages are written before they leave: one buffer a thread, used again and again. A std::string would do the same
// with a call into the library for each of the sixty pieces of a head; here a piece is one comparison and one copy.
#pragma once
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace gatehouse::net::http1 {

class HeadWriter {
 public:
  void clear() noexcept { at_ = 0; }
  // Inlined, a text that is known when this is compiled is a few stores; left to itself the compiler calls out for each.
  [[gnu::always_inline]] void put(std::string_view text) {
    if (!text.empty()) std::memcpy(room_for(text.size()), text.data(), text.size());
    at_ += text.size();
  }
  void put(char c) {
    *room_for(1) = c;
    ++at_;
  }
  void number(std::uint64_t value) {
    constexpr std::size_t digits_max = 20;
    char* const to = room_for(digits_max);
    at_ += static_cast<std::size_t>(std::to_chars(to, to + digits_max, value).ptr - to);
  }
  /// name ": " value CR LF. Both must be free of line ends: nothing is looked for here.
  void field(std::string_view name, std::string_view value) {
    char* to = room_for(name.size() + value.size() + 4);
    to = std::copy(name.begin(), name.end(), to);
    *to++ = ':';
    *to++ = ' ';
    to = std::copy(value.begin(), value.end(), to);
    *to++ = '\r';
    *to = '\n';
    at_ += name.size() + value.size() + 4;
  }
  /// What was written since clear(); valid until the next writing.
  [[nodiscard]] std::string_view text() const noexcept { return {memory_.get(), at_}; }

 private:
  [[nodiscard, gnu::always_inline]] char* room_for(std::size_t bytes) {
    if (bytes > room_ - at_) [[unlikely]]
      grow(bytes);
    return memory_.get() + at_;
  }
  [[gnu::noinline]] void grow(std::size_t bytes) {
    const auto room = std::max(2 * room_, at_ + bytes + 4096);
    auto larger = std::make_unique_for_overwrite<char[]>(room);
    if (at_ > 0) std::memcpy(larger.get(), memory_.get(), at_);
    memory_ = std::move(larger);
    room_ = room;
  }

  std::unique_ptr<char[]> memory_;
  std::size_t room_ = 0, at_ = 0;
};

}  // namespace gatehouse::net::http1

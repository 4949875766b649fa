// The words of a refusal, however they came about: a literal and what somebody else keeps cost nothing, what was put together for this
// one refusal is owned. Most refusals so allocate nothing, and none can be left with words of somebody who has gone: text that is only
// looked at must be declared lasting where it is handed in.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "ground/base/arena.hpp"

namespace gatehouse::http {

class Words {
 public:
  Words() = default;
  template <std::size_t size>
  consteval Words(const char (&literal)[size]) noexcept : text_(literal), size_(size - 1) {}  // NOLINT(google-explicit-constructor): a text is words
  Words(const std::string& text) : Words(std::string_view(text), true) {}                     // NOLINT(google-explicit-constructor): a text is words
  /// Of something that outlives the request: its arena, the configuration in force.
  [[nodiscard]] static Words lasting(std::string_view text) noexcept { return Words(text, false); }

  Words(Words&& other) noexcept
      : text_(std::exchange(other.text_, nullptr)), size_(std::exchange(other.size_, 0)), owned_(std::exchange(other.owned_, false)) {}
  Words(const Words& other) : Words(other.view(), other.owned_) {}
  Words& operator=(Words other) noexcept {
    std::swap(text_, other.text_);
    std::swap(size_, other.size_);
    std::swap(owned_, other.owned_);
    return *this;
  }
  ~Words() {
    if (owned_) delete[] text_;  // NOLINT(clang-analyzer-cplusplus.NewDelete): it takes the destructor of std::optional's union for a second one
  }

  [[nodiscard]] std::string_view view() const noexcept { return {text_, size_}; }
  operator std::string_view() const noexcept { return view(); }  // NOLINT(google-explicit-constructor): and words are a text
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  /// The text for as long as the arena's content lives: copied only if it would die with these words.
  [[nodiscard]] std::string_view kept_in(Arena& arena) const { return owned_ ? arena.copy(view()) : view(); }
  bool operator==(std::string_view text) const noexcept { return view() == text; }

 private:
  Words(std::string_view text, bool owned) : text_(text.data()), size_(static_cast<std::uint32_t>(text.size())), owned_(owned && !text.empty()) {
    if (!owned_) return;
    char* const copy = new char[text.size()];
    std::memcpy(copy, text.data(), text.size());
    text_ = copy;
  }

  const char* text_ = nullptr;
  std::uint32_t size_ = 0;
  bool owned_ = false;
};

}  // namespace gatehouse::http

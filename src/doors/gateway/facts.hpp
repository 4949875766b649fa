// What a refusal says that it saw, put together without the heap: refusing must stay cheaper than asking.
#pragma once
#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "ground/base/arena.hpp"
#include "ground/base/time.hpp"
#include "ground/http/words.hpp"
#include "services/audit/json_line.hpp"
#include "services/limits/rules.hpp"

namespace gatehouse::gateway {

/// A number as text.
class Digits {
 public:
  explicit Digits(std::uint64_t number) noexcept : end_(std::to_chars(text_, text_ + sizeof text_, number).ptr) {}
  operator std::string_view() const noexcept {  // NOLINT(google-explicit-constructor): digits are a text
    return {text_, static_cast<std::size_t>(end_ - text_)};
  }
  Digits(const Digits&) = delete;
  Digits& operator=(const Digits&) = delete;

 private:
  char text_[20];
  char* end_;
};

/// An instant as the log writes it.
class Timestamp {
 public:
  explicit Timestamp(Instant time) noexcept { audit::write_timestamp(time, text_); }
  operator std::string_view() const noexcept { return {text_, sizeof text_}; }  // NOLINT(google-explicit-constructor): a time is a text

 private:
  char text_[audit::timestamp_length];
};

/// In `memory`, for as long as the request lives.
[[nodiscard]] inline http::Words facts(Arena& memory, std::initializer_list<std::string_view> parts) {
  return http::Words::lasting(memory.concat(parts));
}

/// What is to be said of a rate that refuses.
[[nodiscard]] inline http::Words facts_of_rate(const limits::Rule& rule, Arena& memory) {
  const auto& limit = rule.limit;
  return facts(memory,
               {"limit ", Digits(limit.quota()), " in ", Digits(limit.window_seconds()), " s, at once ", Digits(limit.burst()), "; none is left"});
}

}  // namespace gatehouse::gateway

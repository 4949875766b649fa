// A regular expression of a schema (ECMA-262 with the flag `u`, as 2020-12 core section 6.4 asks), ready to search in texts. RE2 does it in
// linear time; what RE2 cannot say (look-around, back-references, counts above 1,000) PCRE2 does within a limit of steps. The commonest
// patterns, a fixed text or a few classes one after the other, need neither.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "engines/schema/class_sequence.hpp"
#include "engines/schema/pattern_extent.hpp"
#include "ground/base/result.hpp"

namespace gatehouse::schema {

class Pattern {
 public:
  static constexpr std::uint64_t steps_of_one_search = 1'000'000;

  /// `exhausted`: the text and the expression together are more than the limits of an engine allow; the text counts as refused.
  enum class Match : std::uint8_t { no, yes, exhausted };

  /// Fault::invalid: no regular expression, or one that no engine here takes; Fault::exhausted: it needs more than `memory_max` bytes.
  [[nodiscard]] static Result<std::unique_ptr<const Pattern>> compile(std::string_view source, std::size_t memory_max);

  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;
  ~Pattern();

  /// Whether it is found anywhere in `text`, which is UTF-8. What it takes is taken off `steps` (of some 10 ns); with too few left it is exhausted.
  [[nodiscard]] Match search(std::string_view text, std::uint64_t& steps) const;
  [[nodiscard]] Match search(std::string_view text) const {
    std::uint64_t steps = steps_of_one_search;
    return search(text, steps);
  }
  /// Judged by PCRE2.
  [[nodiscard]] bool backtracks() const noexcept;
  [[nodiscard]] std::string_view source() const noexcept { return source_; }
  /// What texts in which it is found can hold.
  [[nodiscard]] const PatternExtent& extent() const noexcept { return extent_; }
  /// Bytes held, about.
  [[nodiscard]] std::size_t memory() const noexcept;

 private:
  struct Engine;
  explicit Pattern(std::string source);

  enum class Shape : std::uint8_t { everything, prefix, suffix, whole, part, classes, engine };
  std::string source_;
  Shape shape_ = Shape::engine;
  PatternExtent extent_;
  std::string literal_;
  ClassSequence classes_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace gatehouse::schema

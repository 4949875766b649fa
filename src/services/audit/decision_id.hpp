// The id of one decision: 100 bits as 20 characters of Crockford's base32. Made for every request, so it must be cheap: no system call,
// no lock, no randomness but once at the start.
//
//   | 48 bits: milliseconds since 1970 | 10 bits: thread | 42 bits: count of this thread, from a random start |
//
// Ids sort by time, and within a thread in order. Two threads differ in their number; a process that starts again, or a wall clock that
// jumps back, would have to meet the same millisecond and the same one of 2^42 counts.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ground/base/random.hpp"
#include "ground/base/time.hpp"

namespace gatehouse::audit {

struct DecisionId {
  static constexpr std::size_t length = 20;  ///< characters

  std::uint64_t high = 0;  ///< the first 50 bits
  std::uint64_t low = 0;   ///< the last 50 bits
  auto operator<=>(const DecisionId&) const = default;

  /// Exactly 20 characters, in either case; O is read as 0, I and L as 1.
  [[nodiscard]] static std::optional<DecisionId> parse(std::string_view text) noexcept;
  [[nodiscard]] std::array<char, length> print() const noexcept;
  [[nodiscard]] std::string to_text() const;
  /// When the decision's request began, to the millisecond.
  [[nodiscard]] Instant time() const noexcept;
};

/// Makes ids. One for each thread; not for two at once.
class DecisionIds {
 public:
  static constexpr unsigned threads_max = 1024;
  /// `thread` below threads_max, different for each thread of this process.
  DecisionIds(unsigned thread, Random& random) noexcept;
  [[nodiscard]] DecisionId next(Instant now) noexcept;

 private:
  std::uint64_t thread_, count_;
};

}  // namespace gatehouse::audit

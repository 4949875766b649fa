// Findings as they come in: each place once for a rule, and only so many of one rule, since a hostile document has as many as it likes.
#pragma once
#include <array>
#include <set>
#include <utility>
#include <vector>

#include "engines/review/finding.hpp"

namespace gatehouse::review {

class Findings {
 public:
  static constexpr std::size_t kept_max = 20'000;  // of one rule; the others are only counted

  /// Another finding of that rule at that place is none.
  void add(RuleId rule, const contract::Node& at, std::string what);
  /// Where no value is at hand, only its place.
  void add(RuleId rule, Place place, std::string what);

  [[nodiscard]] std::size_t count(RuleId rule) const noexcept { return counts_[static_cast<std::size_t>(rule)]; }
  [[nodiscard]] const std::array<std::size_t, rule_count>& counts() const noexcept { return counts_; }
  /// The gravest first; of one rule in the order of the files and lines.
  [[nodiscard]] std::vector<Finding> sorted() &&;

 private:
  std::array<std::size_t, rule_count> counts_{};
  std::set<std::pair<RuleId, const void*>> seen_;
  std::vector<Finding> kept_;
};

}  // namespace gatehouse::review

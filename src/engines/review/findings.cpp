#include "engines/review/findings.hpp"

#include <algorithm>
#include <tuple>

namespace gatehouse::review {

void Findings::add(RuleId rule, const contract::Node& at, std::string what) {
  if (!seen_.emplace(rule, at.value.identity()).second) return;
  if (count(rule) >= kept_max) ++counts_[static_cast<std::size_t>(rule)];
  else add(rule, place_of(at), std::move(what));
}

void Findings::add(RuleId rule, Place place, std::string what) {
  if (++counts_[static_cast<std::size_t>(rule)] <= kept_max) kept_.push_back({rule, std::move(place), std::move(what)});
}

std::vector<Finding> Findings::sorted() && {
  std::ranges::stable_sort(kept_, [](const Finding& a, const Finding& b) {
    if (rule(a.rule).severity != rule(b.rule).severity) return rule(a.rule).severity > rule(b.rule).severity;
    return std::tie(a.rule, a.place.file, a.place.line) < std::tie(b.rule, b.place.file, b.place.line);
  });
  return std::move(kept_);
}

}  // namespace gatehouse::review

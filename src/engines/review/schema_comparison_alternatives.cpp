// Alternatives, which are paired before they are compared. `oneOf` is compared as `anyOf` is: that two of its branches came to overlap is not seen.
#include <algorithm>

#include "engines/review/schema_comparison.hpp"

namespace gatehouse::review {

using contract::Node;

namespace alternatives {
namespace {
constexpr int trials_within_max = 3;
constexpr std::size_t pairs_max = 10'000;  // of branches that did not stay as they were
}  // namespace
}  // namespace alternatives

SchemaComparison::Verdict SchemaComparison::tried(const Nodes& before, const Nodes& after) {
  Trial trial;
  if (trial_ != nullptr) trial.within = trial_->within + 1;
  if (trial.within > alternatives::trials_within_max || steps_ > steps_max) return {.narrower = false, .wider = false, .unclear = true};
  auto* const outer = std::exchange(trial_, &trial);
  auto waiting = std::exchange(waiting_, {});
  auto seen = std::exchange(seen_, {});
  later(before, after, {});
  drain();
  trial_ = outer;
  waiting_ = std::move(waiting);
  seen_ = std::move(seen);
  return trial.verdict;
}

bool SchemaComparison::is_covered(const Nodes& before, const Nodes& after) {
  const auto verdict = tried(before, after);
  return !verdict.narrower && !verdict.unclear;
}

void SchemaComparison::look_at_alternatives(const Pair& pair) {
  const auto& before = pair.before.alternatives;
  const auto& after = pair.after.alternatives;
  if (before.empty() && after.empty()) return;
  if (before.size() == after.size()) {
    for (std::size_t i = 0; i < before.size(); ++i) look_at_branches(before[i], after[i], pair);
    return;
  }
  if (before.empty() && after.size() == 1) {
    // What was one thing is one of several: the others are new.
    const bool covered = std::ranges::any_of(after[0].branches, [&](const Node& branch) { return is_covered(pair.before.parts, {branch}); });
    return tell(
        "alternatives-added", covered ? Way::wider : Way::unclear, pair,
        covered ? "is one of several alternatives now" : "must be one of several alternatives now, none of which surely takes all that was taken",
        pair.before.at(), after[0].at);
  }
  if (after.empty() && before.size() == 1) {
    const bool covered = std::ranges::all_of(before[0].branches, [&](const Node& branch) { return is_covered({branch}, pair.after.parts); });
    return tell(
        "alternatives-dropped", covered ? Way::wider : Way::unclear, pair,
        covered ? "has no alternatives any more, and takes all that they took" : "has no alternatives any more, and may not take all that they took",
        before[0].at, pair.after.at());
  }
  tell("alternatives-changed", Way::unclear, pair, "combines other lists of alternatives", before.empty() ? pair.before.at() : before.front().at,
       after.empty() ? pair.after.at() : after.front().at);
}

void SchemaComparison::look_at_branches(const Alternatives& before, const Alternatives& after, const Pair& pair) {
  if (before.word != after.word)
    tell("alternatives-word", after.word == "oneOf" ? Way::narrower : Way::wider, pair,
         "was " + std::string(before.word) + ", is " + std::string(after.word), before.at, after.at);
  std::vector<bool> taken(after.branches.size(), false);
  std::vector<Node> left;
  const auto subject = [&](std::size_t number) { return pair.subject + ": alternative " + std::to_string(number + 1); };
  // Those that did not change, most of them where they were.
  for (std::size_t i = 0; i < before.branches.size(); ++i) {
    const auto& branch = before.branches[i];
    std::optional<std::size_t> found;
    if (i < taken.size() && !taken[i] && same(branch, after.branches[i], Content::schema)) found = i;
    for (std::size_t k = 0; !found && k < taken.size(); ++k)
      if (!taken[k] && k != i && same(branch, after.branches[k], Content::schema)) found = k;
    if (found) taken[*found] = true;
    else left.push_back(branch);
  }
  // Those of the same name.
  const auto pair_up = [&](auto fits) {
    std::erase_if(left, [&](const Node& branch) {
      for (std::size_t k = 0; k < taken.size(); ++k) {
        if (taken[k] || !fits(branch, after.branches[k])) continue;
        taken[k] = true;
        later({branch}, {after.branches[k]}, subject(k));
        return true;
      }
      return false;
    });
  };
  pair_up([](const Node& from, const Node& to) {
    const auto a = from.value.string("$ref"), b = to.value.string("$ref");
    return a && b && a->substr(a->rfind('/') + 1) == b->substr(b->rfind('/') + 1);
  });
  if (left.size() * static_cast<std::size_t>(std::ranges::count(taken, false)) > alternatives::pairs_max)
    return tell("alternatives-changed", Way::unclear, pair, "has more other alternatives than are compared", before.at, after.at);
  pair_up([&](const Node& from, const Node& to) { return is_covered({from}, {to}); });
  pair_up([&](const Node& from, const Node& to) {
    return !from.value.get("$ref") && !to.value.get("$ref") && kinds_of(before_, before_.view({from}), 0) == kinds_of(after_, after_.view({to}), 0);
  });
  for (const auto& branch : left) tell("alternative-removed", Way::narrower, pair, "has an alternative less", branch, after.at);
  for (std::size_t k = 0; k < taken.size(); ++k)
    if (!taken[k]) tell("alternative-added", Way::wider, pair, "has an alternative more", before.at, after.branches[k]);
}

/// Words whose meaning is not taken apart: the same, or nobody knows.
void SchemaComparison::look_at_opaque(const Pair& pair) {
  const auto content_of = [](std::string_view word) {
    if (word == "dependentSchemas" || word == "dependencies") return Content::map;
    if (word == "prefixItems") return Content::schemas;
    return word == "minContains" || word == "maxContains" || word == "dependentRequired" ? Content::data : Content::schema;
  };
  std::vector<bool> taken(pair.after.opaque.size(), false);
  const auto is_condition = [](std::string_view word) {
    return word == "if" || word == "then" || word == "else" || word == "minContains" || word == "items";
  };
  for (const auto& [word, at] : pair.before.opaque) {
    bool found = false, other = false;
    for (std::size_t k = 0; k < taken.size() && !found; ++k) {
      if (taken[k] || pair.after.opaque[k].word != word) continue;
      other = true;
      found = same(at, pair.after.opaque[k].at, content_of(word));
      if (found) taken[k] = true;
    }
    if (found) continue;
    const auto way = other || is_condition(word) ? Way::unclear : Way::wider;
    tell(way == Way::unclear ? "word-changed" : "word-dropped", way, pair,
         "'" + std::string(word) + (way == Way::unclear ? "' is another, and is not compared" : "' is gone"), at, pair.after.at());
  }
  for (std::size_t k = 0; k < taken.size(); ++k) {
    const auto& [word, at] = pair.after.opaque[k];
    const bool was_there = std::ranges::any_of(pair.before.opaque, [&](const Word& one) { return one.word == word; });
    if (taken[k] || was_there) continue;  // the latter was told
    const auto way = is_condition(word) ? Way::unclear : Way::narrower;
    tell(way == Way::unclear ? "word-changed" : "word-added", way, pair,
         "'" + std::string(word) + (way == Way::unclear ? "' is new, and is not compared" : "' is new"), pair.before.at(), at);
  }
}

}  // namespace gatehouse::review

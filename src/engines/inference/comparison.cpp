#include "engines/inference/comparison.hpp"

#include <algorithm>

namespace gatehouse::inference {

namespace comparing {
namespace {
/// How well a description fits: the literals that it names. Nothing: not at all. A variable that was learned fits a literal only where that would have been taken for a
/// value as well ("/2026/reports").
std::optional<std::size_t> fit(const Endpoint& endpoint, const Described& described) {
  if (endpoint.method != described.method || endpoint.segments.size() != described.segments.size()) return std::nullopt;
  std::size_t literals = 0;
  for (std::size_t i = 0; i < endpoint.segments.size(); ++i) {
    const auto& called = endpoint.segments[i];
    const auto& wanted = described.segments[i];
    if (!wanted) continue;
    if (called.is_variable() ? is_literal_segment(*wanted) : called.literal != *wanted) return std::nullopt;
    ++literals;
  }
  return literals;
}
}  // namespace
}  // namespace comparing

Difference compare(const Learned& learned, const std::vector<Described>& described) {
  Difference out;
  std::vector<bool> called(described.size(), false);
  for (auto& endpoint : endpoints_of(learned)) {
    std::optional<std::size_t> best;
    std::size_t at = 0;
    for (std::size_t i = 0; i < described.size(); ++i) {
      const auto fits = comparing::fit(endpoint, described[i]);
      if (fits && (!best || *fits > *best)) best = fits, at = i;
    }
    if (best) called[at] = true;
    else out.shadow.push_back(std::move(endpoint));
  }
  for (std::size_t i = 0; i < described.size(); ++i)
    if (!called[i]) out.zombie.push_back(described[i]);
  return out;
}

}  // namespace gatehouse::inference

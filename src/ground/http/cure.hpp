// What the operator of the gate can do about a refusal: promise 3, for who may change the gate, the keys and the API behind it.
// The caller's own words are `remedy`. docs/guide/errors.md is generated from both.
#pragma once
#include <span>
#include <string_view>

#include "ground/http/problem.hpp"

namespace gatehouse::http {

/// A cure of a kind, or of one rule of it. A rule that begins with a dot is the end of one that names a route.
struct Cure {
  ProblemKind kind;
  std::string_view rule;   ///< empty: whatever the rule
  std::string_view words;  ///< settings and commands in `backticks`; `ID` is the id of the key, NAME that of the route, upstream or plan
};

/// What would have allowed the request, in settings and commands: the kind's words, or those of the rule that refused. For `gatehouse why`, never for the caller.
[[nodiscard]] std::string_view cure(ProblemKind kind, std::string_view rule) noexcept;
/// Every cure: one row a kind, in the order of the enumeration, then those of single rules.
[[nodiscard]] std::span<const Cure> all_cures() noexcept;

}  // namespace gatehouse::http

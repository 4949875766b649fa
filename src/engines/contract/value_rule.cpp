#include "engines/contract/value_rule.hpp"

namespace gatehouse::contract {

std::string rule_name(std::string_view location) {
  constexpr std::string_view scheme = "file:///";
  if (location.starts_with(scheme)) location.remove_prefix(scheme.size());
  return std::string(location);
}

std::string place_of(const Blame& blame, std::string_view pointer) {
  if (blame.within.empty() && pointer.empty()) return blame.where;
  return blame.where + '#' + blame.within + std::string(pointer);
}

void ValueRule::judge(const json::Value& value, const Blame& blame, Violations& out) const {
  if (!schema) return;
  schema::CheckLimits limits;
  if (blame.steps != nullptr) limits.steps = *blame.steps;
  const auto quick = schema->judge(value, blame.direction, limits);
  // Of what is left one half is for the words, and the other for the values behind this one.
  limits.steps = quick.verdict == schema::Verdict::valid ? 0 : quick.steps_left / 2;
  if (blame.steps != nullptr) *blame.steps = quick.steps_left - limits.steps;
  if (quick.verdict == schema::Verdict::valid) return;
  // What was not decided silently would not be with words, whose making takes longer.
  if (quick.verdict == schema::Verdict::undecided) return out.add({blame.status, place_of(blame, {}), "takes too long to judge", *blame.rule});
  limits.violations = out.room() + 1;
  const auto report = schema->check(value, blame.direction, limits);
  for (const auto& violation : report.violations)
    out.add({blame.status, place_of(blame, violation.instance), violation.message, rule_name(violation.absolute_location)});
}

void ValueRule::judge_built(json::Builder&& builder, const Blame& blame, Violations& out) const {
  const auto document = std::move(builder).finish();
  if (!document) return out.add({blame.status, place_of(blame, {}), "must not name one member twice", *blame.rule});
  judge(document->root(), blame, out);
}

}  // namespace gatehouse::contract

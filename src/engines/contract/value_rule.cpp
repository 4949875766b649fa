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
  if (!schema || schema->valid(value, blame.direction)) return;
  schema::CheckLimits limits;
  limits.violations = out.room() + 1;
  const auto report = schema->check(value, blame.direction, limits);
  for (const auto& violation : report.violations)
    out.add({blame.status, place_of(blame, violation.instance), violation.message, rule_name(violation.absolute_location)});
  if (report.violations.empty()) out.add({blame.status, place_of(blame, {}), "takes too long to judge", *blame.rule});
}

void ValueRule::judge_built(json::Builder&& builder, const Blame& blame, Violations& out) const {
  const auto document = std::move(builder).finish();
  if (!document) return out.add({blame.status, place_of(blame, {}), "must not name one member twice", *blame.rule});
  judge(document->root(), blame, out);
}

}  // namespace gatehouse::contract

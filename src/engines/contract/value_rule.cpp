#include "engines/contract/value_rule.hpp"

namespace gatehouse::contract {

std::string rule_name(std::string_view location) {
  constexpr std::string_view scheme = "file:///";
  if (location.starts_with(scheme)) location.remove_prefix(scheme.size());
  return std::string(location);
}

void ValueRule::judge(const json::Value& value, const Blame& blame, schema::Direction direction, Violations& out) const {
  if (!schema || schema->valid(value, direction)) return;
  schema::CheckLimits limits;
  limits.violations = out.room() + 1;
  const auto report = schema->check(value, direction, limits);
  for (const auto& violation : report.violations)
    out.add({blame.status, violation.instance.empty() ? blame.where : blame.where + '#' + violation.instance, violation.message,
             rule_name(violation.absolute_location)});
  if (report.violations.empty()) out.add({blame.status, blame.where, "takes too long to judge", *blame.rule});
}

void ValueRule::judge_built(json::Builder&& builder, const Blame& blame, Violations& out) const {
  const auto document = std::move(builder).finish();
  if (!document) return out.add({blame.status, blame.where, "must not name one member twice", *blame.rule});
  judge(document->root(), blame, schema::Direction::request, out);
}

}  // namespace gatehouse::contract

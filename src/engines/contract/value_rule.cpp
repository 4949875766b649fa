#include "engines/contract/value_rule.hpp"

#include "ground/base/text.hpp"

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
  if (quick.verdict == schema::Verdict::undecided) {
    out.note_undecided();
    return out.add({blame.status, place_of(blame, {}), "takes too long to judge", *blame.rule});
  }
  limits.violations = out.room() + 1;
  const auto report = schema->check(value, blame.direction, limits);
  if (report.verdict == schema::Verdict::undecided) out.note_undecided();  // it is wrong, and not all the words for it were found
  for (const auto& violation : report.violations)
    out.add({blame.status, place_of(blame, violation.instance), violation.message, rule_name(violation.absolute_location)});
}

namespace {
/// The number that TypedText would make of the text, if it is an integer of few digits.
std::optional<std::int64_t> short_integer(std::string_view text) noexcept {
  constexpr std::size_t digits_max = 18;
  const auto digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.empty() || digits.size() > digits_max || digits.front() == '0') return text == "0" ? std::optional<std::int64_t>(0) : std::nullopt;
  std::int64_t number = 0;
  for (const char c : digits) {
    if (!text::is_digit(c)) return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return digits.size() == text.size() ? number : -number;
}
}  // namespace

bool ValueRule::keeps_plainly(const Shapes& shapes, std::string_view text) const {
  const auto kinds = shapes[shape].kinds;
  const bool scalar_only = kinds == Kinds(Kinds::every) || (!kinds.has(Kinds::array) && !kinds.has(Kinds::object));
  if (!schema || !scalar_only) return false;
  // What is not decided soon is for the way that has a budget.
  const schema::CheckLimits soon{.steps = 1'000};
  const auto keeps = [&](const json::Scalar& scalar) { return schema->valid(scalar.value(), schema::Direction::any, soon); };
  if (kinds.has_number()) {
    const auto number = short_integer(text);
    return number && keeps(json::Scalar(*number));
  }
  const bool truth = text == "true";
  if (kinds.has(Kinds::boolean) && (truth || text == "false")) return keeps(json::Scalar(truth));
  return kinds.has(Kinds::string) && (!kinds.has(Kinds::null) || !text.empty()) && keeps(json::Scalar(text));
}

void ValueRule::judge_built(json::Builder&& builder, const Blame& blame, Violations& out) const {
  const auto document = std::move(builder).finish();
  if (!document) return out.add({blame.status, place_of(blame, {}), "must not name one member twice", *blame.rule});
  judge(document->root(), blame, out);
}

}  // namespace gatehouse::contract

// Whether two schemas are written the same, but for descriptions; of references what they lead to counts.
#include <algorithm>
#include <array>

#include "engines/review/schema_comparison.hpp"
#include "engines/schema/equality.hpp"

namespace gatehouse::review {

using contract::Node;

namespace sameness {
namespace {
constexpr std::size_t steps_max = 5'000'000;  // of all questions; behind it nothing is the same
constexpr int depth_max = 200;

constexpr std::array<std::string_view, 11> schema_words{
    "not",          "additionalProperties", "items", "contains", "if", "then", "else", "propertyNames", "unevaluatedItems", "unevaluatedProperties",
    "contentSchema"};
constexpr std::array<std::string_view, 4> list_words{"allOf", "anyOf", "oneOf", "prefixItems"};
constexpr std::array<std::string_view, 4> map_words{"properties", "patternProperties", "dependentSchemas", "dependencies"};
constexpr std::array<std::string_view, 12> silent_words{"description",  "title",    "example", "examples", "default",     "deprecated",
                                                        "externalDocs", "$comment", "xml",     "$defs",    "definitions", "discriminator"};

bool is_in(std::span<const std::string_view> words, std::string_view word) noexcept { return std::ranges::find(words, word) != words.end(); }
}  // namespace
}  // namespace sameness

bool SchemaComparison::same(const Node& before, const Node& after, Content content, int depth) {
  if (depth == 0) same_pairs_.clear();
  if (!same_dialect_ || depth > sameness::depth_max || ++same_steps_ > sameness::steps_max) return false;
  if (content == Content::data) return schema::equal(before.value, after.value);
  if (content == Content::schemas) {
    if (!before.value.is_array() || !after.value.is_array() || before.value.size() != after.value.size())
      return schema::equal(before.value, after.value);
    auto other = after.value.elements().begin();
    std::size_t number = 0;
    for (const auto& element : before.value.elements()) {
      if (!same(before.child(number, element), after.child(number, *other), Content::schema, depth + 1)) return false;
      ++other;
      ++number;
    }
    return true;
  }
  if (!before.value.is_object() || !after.value.is_object()) return schema::equal(before.value, after.value);
  if (content == Content::map) {
    if (before.value.size() != after.value.size()) return false;
    for (const auto& [name, value] : before.value.members()) {
      const auto other = after.value.get(name);
      if (!other || !same(before.child(name, value), after.child(name, *other), Content::schema, depth + 1)) return false;
    }
    return true;
  }
  return same_words(before_.resolved(before), after_.resolved(after), depth);
}

bool SchemaComparison::same_words(const Node& before, const Node& after, int depth) {
  if (!before.value.is_object() || !after.value.is_object()) return schema::equal(before.value, after.value);
  // A pair that is being compared is the same unless something else is not.
  const auto key =
      (reinterpret_cast<std::uintptr_t>(before.value.identity()) * 0x9E3779B97F4A7C15U) ^ reinterpret_cast<std::uintptr_t>(after.value.identity());
  if (!same_pairs_.insert(key).second) return true;
  const auto counts = [](std::string_view word) { return !sameness::is_in(sameness::silent_words, word) && !word.starts_with("x-"); };
  for (const auto& [word, value] : after.value.members())
    if (counts(word) && !before.value.get(word)) return false;
  for (const auto& [word, value] : before.value.members()) {
    if (!counts(word)) continue;
    const auto other = after.value.get(word);
    if (!other) return false;
    if (word == "$ref") {
      const auto from = before_.target_of(before), to = after_.target_of(after);
      if (from.has_value() != to.has_value()) return false;
      if (from ? !same(*from, *to, Content::schema, depth + 1) : !same_texts_ || !schema::equal(value, *other)) return false;
      continue;
    }
    const auto content = sameness::is_in(sameness::schema_words, word) ? Content::schema
                         : sameness::is_in(sameness::list_words, word) ? Content::schemas
                         : sameness::is_in(sameness::map_words, word)  ? Content::map
                                                                       : Content::data;
    if (!same(before.child(word, value), after.child(word, *other), content, depth + 1)) return false;
  }
  return true;
}

}  // namespace gatehouse::review

#include "engines/contract/schema_walk.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "engines/contract/reference.hpp"
#include "ground/http/query.hpp"

namespace gatehouse::contract {

namespace schema_words {
namespace {
constexpr std::array<std::string_view, 13> single{"not",
                                                  "additionalProperties",
                                                  "items",
                                                  "contains",
                                                  "if",
                                                  "then",
                                                  "else",
                                                  "propertyNames",
                                                  "unevaluatedItems",
                                                  "unevaluatedProperties",
                                                  "additionalItems",
                                                  "contentSchema",
                                                  "itemSchema"};
constexpr std::array<std::string_view, 5> lists{"allOf", "anyOf", "oneOf", "prefixItems", "items"};
constexpr std::array<std::string_view, 6> maps{"properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"};

bool is_in(std::span<const std::string_view> words, std::string_view word) noexcept { return std::ranges::find(words, word) != words.end(); }
}  // namespace
}  // namespace schema_words

bool is_named_within_schemas(std::string_view reference, Version version) {
  if (version == Version::v3_0) return false;
  const auto hash = reference.find('#');
  const bool anchor = hash != reference.npos && hash + 1 < reference.size() && reference[hash + 1] != '/';
  return anchor || is_url(reference);
}

void SchemaWalk::walk(const Node& schema) {
  later(schema);
  while (!waiting_.empty()) {
    const Node next = std::move(waiting_.back());
    waiting_.pop_back();
    walk_words(next);
  }
}

void SchemaWalk::later(Node schema) {
  if (!schema.value.is_object()) return;  // true, false; what is neither is for the compiler to complain of
  if (seen_.size() >= schemas_max || !seen_.insert(schema.value.identity()).second) return;
  waiting_.push_back(std::move(schema));
}

void SchemaWalk::walk_words(const Node& schema) {
  follow_reference(schema);
  for (const auto& [word, value] : schema.value.members()) {
    if (value.is_object() && schema_words::is_in(schema_words::single, word)) {
      later(schema.child(word, value));
    } else if (value.is_array() && schema_words::is_in(schema_words::lists, word)) {
      const auto list = schema.child(word, value);
      std::size_t number = 0;
      for (const auto& element : value.elements()) later(list.child(number++, element));
    } else if (value.is_object() && schema_words::is_in(schema_words::maps, word)) {
      const auto map = schema.child(word, value);
      for (const auto& [name, member] : value.members()) {
        names_method_ |= http::is_method_override(name);
        later(map.child(name, member));
      }
    }
  }
}

void SchemaWalk::follow_reference(const Node& schema) {
  const auto reference = schema.value.get("$ref");
  if (!reference) return;
  const auto text = reference->string();
  if (!text) return sources_.complain(schema, "has a '$ref' that is no text");
  if (is_named_within_schemas(*text, version_) || (version_ != Version::v3_0 && schema.value.get("$id"))) return;
  if (auto target = sources_.resolve(schema, *text)) later(std::move(*target));
}

}  // namespace gatehouse::contract

#include "engines/review/schema_view.hpp"

#include <algorithm>
#include <array>

#include "engines/contract/json_pointer.hpp"
#include "engines/contract/schema_walk.hpp"
#include "engines/schema/equality.hpp"

namespace gatehouse::review {

using contract::Node;

namespace view {
namespace {
constexpr std::array<std::string_view, 6> limit_words{"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"};
constexpr std::array<std::string_view, 13> opaque_words{"not",
                                                        "if",
                                                        "then",
                                                        "else",
                                                        "contains",
                                                        "minContains",
                                                        "maxContains",
                                                        "propertyNames",
                                                        "dependencies",
                                                        "prefixItems",
                                                        "dependentSchemas",
                                                        "dependentRequired",
                                                        "unevaluatedItems"};

bool is_one_of(std::span<const std::string_view> words, std::string_view word) noexcept { return std::ranges::find(words, word) != words.end(); }

void tighten(std::optional<Bound>& bound, Bound with, bool upper) {
  if (!bound) {
    bound = std::move(with);
    return;
  }
  const bool tighter = upper ? with.value < bound->value : with.value > bound->value;
  if (tighter || (with.value == bound->value && with.exclusive && !bound->exclusive)) bound = std::move(with);
}

void keep_common(std::optional<Nodes>& values, Nodes with) {
  if (!values) {
    values = std::move(with);
    return;
  }
  std::erase_if(
      *values, [&](const Node& one) { return std::ranges::none_of(with, [&](const Node& other) { return schema::equal(one.value, other.value); }); });
}

Nodes elements_of(const Node& list) {
  Nodes out;
  std::size_t number = 0;
  for (const auto& element : list.value.elements()) {
    out.push_back(list.child(number, element));
    ++number;
  }
  return out;
}
}  // namespace
}  // namespace view

SchemaView SchemaViewer::view(const Nodes& schemas) {
  SchemaView out;
  for (const auto& one : schemas) take(one, out);
  const auto says_type = [](const Node& part) { return part.value.get("type").has_value(); };
  const auto is_more = [](const Node& part) { return !part.value.get("$ref"); };
  auto found = std::ranges::find_if(out.parts, says_type);
  if (found == out.parts.end()) found = std::ranges::find_if(out.parts, is_more);
  if (found != out.parts.end()) out.main = static_cast<std::size_t>(found - out.parts.begin());
  return out;
}

std::optional<Node> SchemaViewer::target_of(const Node& schema) {
  const auto reference = schema.value.string("$ref");
  if (!reference || contract::is_named_within_schemas(*reference, version_)) return std::nullopt;
  if (version_ != contract::Version::v3_0 && schema.value.get("$id")) return std::nullopt;
  return sources_.resolve(schema, *reference);
}

Node SchemaViewer::resolved(Node schema) {
  constexpr int hops_max = 64;
  for (int hops = 0; hops < hops_max; ++hops) {
    if (version_ != contract::Version::v3_0 && schema.value.size() > 1) break;
    auto target = target_of(schema);
    if (!target) break;
    schema = std::move(*target);
  }
  return schema;
}

void SchemaViewer::take(const Node& schema, SchemaView& out) {
  const auto known = [&](const Node& part) { return part.value.identity() == schema.value.identity(); };
  if (std::ranges::any_of(out.parts, known)) return;
  if (out.parts.size() >= SchemaView::parts_max || (++steps_ > steps_max && !out.parts.empty())) {
    out.cut = true;
    return;
  }
  out.parts.push_back(schema);
  if (schema.value.boolean() == false) {
    out.never = true;
    out.says_nothing = false;
  }
  if (!schema.value.is_object()) return;
  if (schema.value.string("$ref")) {
    if (const auto target = target_of(schema)) {
      take(*target, out);
    } else {
      out.named.push_back({"$ref", schema});
      out.says_nothing = false;
    }
    if (version_ == contract::Version::v3_0) return;
  }
  take_words(schema, out);
}

void SchemaViewer::take_words(const Node& schema, SchemaView& out) {
  if (const auto kinds = contract::kinds_by_type(schema.value, version_)) {
    out.kinds = out.kinds & *kinds;
    if (const auto type = schema.value.get("type"); type && !out.type) out.type = schema.child("type", *type);
  }
  take_bounds(schema, out);
  for (const auto& [word, value] : schema.value.members()) take_word(word, schema.child(word, value), schema, out);
}

void SchemaViewer::take_word(std::string_view word, const Node& at, const Node& schema, SchemaView& out) {
  static constexpr std::array<std::string_view, 20> silent{
      "description", "title",       "example", "examples", "default", "deprecated", "externalDocs", "xml",      "$comment",       "$ref",
      "$defs",       "definitions", "$id",     "$schema",  "$anchor", "nullable",   "allOf",        "readOnly", "$dynamicAnchor", "writeOnly"};
  if (!view::is_one_of(silent, word) && !word.starts_with("x-")) out.says_nothing = false;
  const auto& value = at.value;
  if (word == "allOf") {
    for (const auto& part : view::elements_of(at)) take(part, out);
  } else if (word == "anyOf" || word == "oneOf") {
    out.alternatives.push_back({word, at, view::elements_of(at)});
  } else if (word == "enum") {
    view::keep_common(out.values, view::elements_of(at));
    if (!out.values_at) out.values_at = at;
  } else if (word == "const" && version_ != contract::Version::v3_0) {
    view::keep_common(out.values, {at});
    if (!out.values_at) out.values_at = at;
  } else if (word == "pattern") {
    out.patterns.push_back({word, at});
  } else if (word == "format") {
    out.formats.push_back({word, at});
  } else if (word == "multipleOf") {
    out.multiples.push_back({word, at});
  } else if (word == "uniqueItems") {
    if (value.boolean() == true && !out.unique) out.unique = at;
  } else if (word == "items") {
    // Beside prefixItems it speaks of what follows them.
    if (schema.value.get("prefixItems") || value.is_array()) out.opaque.push_back({word, at});
    else out.items.push_back(at);
  } else if (word == "properties") {
    for (const auto& [name, member] : value.members()) out.properties[name].push_back(at.child(name, member));
  } else if (word == "patternProperties") {
    for (const auto& [name, member] : value.members()) out.pattern_properties[name].push_back(at.child(name, member));
  } else if (word == "additionalProperties" || (word == "unevaluatedProperties" && version_ != contract::Version::v3_0)) {
    if (value.boolean() == false && !out.closed) out.closed = at;
    if (value.boolean() == true) out.opened = true;
    if (value.is_object()) out.others.push_back(at);
  } else if (word == "required") {
    for (const auto& name : view::elements_of(at))
      if (const auto text = name.value.string()) out.required.try_emplace(*text, name);
  } else if (word == "readOnly") {
    out.read_only = out.read_only || value.boolean() == true;
  } else if (word == "writeOnly") {
    out.write_only = out.write_only || value.boolean() == true;
  } else if (word == "$dynamicRef" || word == "$recursiveRef") {
    out.named.push_back({word, at});
  } else if (view::is_one_of(view::opaque_words, word)) {
    out.opaque.push_back({word, at});
  } else if (view::is_one_of(view::limit_words, word)) {
    const auto number = value.number();
    if (!number) return;
    std::optional<Bound> bound;
    if (const auto* const known = out.limit(word)) bound = *known;
    view::tighten(bound, {*number, false, at}, word.starts_with("max"));
    if (bound) out.limits.insert_or_assign(word, std::move(*bound));
  }
}

/// `exclusiveMinimum` is a boolean beside `minimum` in 3.0, and a number of its own later.
void SchemaViewer::take_bounds(const Node& schema, SchemaView& out) const {
  const auto take_one = [&](std::string_view word, std::string_view exclusive_word, std::optional<Bound>& bound, bool upper) {
    const auto plain = schema.value.get(word), exclusive = schema.value.get(exclusive_word);
    if (plain && plain->number())
      view::tighten(bound, {*plain->number(), exclusive && exclusive->boolean() == true, schema.child(word, *plain)}, upper);
    if (exclusive && exclusive->number()) view::tighten(bound, {*exclusive->number(), true, schema.child(exclusive_word, *exclusive)}, upper);
  };
  take_one("minimum", "exclusiveMinimum", out.least, false);
  take_one("maximum", "exclusiveMaximum", out.most, true);
}

std::string last_token(const Node& at) {
  const auto tokens = contract::pointer_tokens(at.pointer);
  return tokens && !tokens->empty() ? tokens->back() : std::string();
}

}  // namespace gatehouse::review

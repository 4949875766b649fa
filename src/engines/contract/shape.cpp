#include "engines/contract/shape.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "engines/contract/schema_walk.hpp"

namespace gatehouse::contract {

namespace shape {
namespace {
constexpr std::size_t depth_max = 48;  // of references and combinations within each other; deeper, a schema may be anything

Kinds kind_named(std::string_view type) noexcept {
  if (type == "null") return Kinds::null;
  if (type == "boolean") return Kinds::boolean;
  if (type == "integer") return Kinds::integer;
  if (type == "number") return Kinds::integer | Kinds::fraction;
  if (type == "string") return Kinds::string;
  if (type == "array") return Kinds::array;
  if (type == "object") return Kinds::object;
  return Kinds::every;  // the compiler of schemas complains of it
}

/// "/components/schemas/Pet" is "Pet"; empty: another place.
std::string component_named(std::string_view pointer) {
  constexpr std::string_view components = "/components/schemas/";
  if (!pointer.starts_with(components) || pointer.find('/', components.size()) != pointer.npos) return {};
  return std::string(pointer.substr(components.size()));
}

/// What `type`, `nullable`, `enum` and `const` of one schema leave.
Kinds own_kinds(const json::Value& schema, Version version) {
  Kinds kinds = kinds_by_type(schema, version).value_or(Kinds::every);
  if (const auto values = schema.get("enum"); values && values->is_array()) {
    Kinds named;
    for (const auto& value : values->elements()) named = named | kind_of(value);
    kinds = kinds & named;
  }
  if (const auto value = schema.get("const"); value && version != Version::v3_0) kinds = kinds & kind_of(*value);
  return kinds;
}
/// Words beside `properties` by which a schema can say what members there are.
bool may_name_members(std::string_view word) noexcept {
  constexpr std::array<std::string_view, 9> words{"patternProperties", "then",        "else",          "dependentSchemas",     "dependencies",
                                                  "propertyNames",     "$dynamicRef", "$recursiveRef", "unevaluatedProperties"};
  return std::ranges::find(words, word) != words.end();
}

/// Of which kinds a word speaks; none: of any, or of no value at all.
Kinds kinds_spoken_of(std::string_view word, const json::Value& value) {
  const auto is_one_of = [&](std::initializer_list<std::string_view> words) { return std::ranges::find(words, word) != words.end(); };
  if (word == "format") {
    const auto name = value.string().value_or("");
    if (name == "int32" || name == "int64") return Kinds::integer;
    return name == "float" || name == "double" ? Kinds::integer | Kinds::fraction : Kinds::string;
  }
  if (is_one_of({"pattern", "minLength", "maxLength", "contentEncoding", "contentMediaType"})) return Kinds::string;
  if (is_one_of({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})) return Kinds::integer | Kinds::fraction;
  if (is_one_of({"items", "prefixItems", "additionalItems", "unevaluatedItems", "contains", "minContains", "maxContains", "minItems", "maxItems",
                 "uniqueItems"}))
    return Kinds::array;
  if (is_one_of({"properties", "patternProperties", "additionalProperties", "unevaluatedProperties", "propertyNames", "required", "minProperties",
                 "maxProperties", "dependencies", "dependentRequired", "dependentSchemas", "discriminator"}))
    return Kinds::object;
  return {};
}

/// The word says nothing of a value: it tells of the schema, or holds others that are looked at by themselves.
bool is_silent(std::string_view word) {
  constexpr std::array<std::string_view, 19> words{"$ref",       "allOf",    "title",     "description",  "default",       "example", "examples",
                                                   "deprecated", "readOnly", "writeOnly", "externalDocs", "nullable",      "xml",     "$comment",
                                                   "$schema",    "$id",      "$anchor",   "$defs",        "$dynamicAnchor"};
  return word.starts_with("x-") || std::ranges::find(words, word) != words.end();
}

/// A string with that word is no text.
bool makes_bytes(std::string_view word, const json::Value& schema) {
  if (word == "format") return schema.string("format") == "binary";
  if (word != "contentMediaType" || schema.get("contentEncoding")) return false;
  const auto type = MediaType::parse(schema.string("contentMediaType").value_or(""));
  return type && type->type != "text" && !type->is_json() && !type->is_xml();
}
bool makes_text(std::string_view word, const json::Value& schema) {
  return word == "pattern" || word == "enum" || word == "const" || (word == "format" && schema.string("format") != "binary");
}
}  // namespace
}  // namespace shape

Kinds kind_of(const json::Value& value) noexcept {
  switch (value.kind()) {
    case json::Kind::null: return Kinds::null;
    case json::Kind::boolean: return Kinds::boolean;
    case json::Kind::integer:
    case json::Kind::natural: return Kinds::integer;
    case json::Kind::real: return Kinds::integer | Kinds::fraction;
    case json::Kind::string: return Kinds::string;
    case json::Kind::array: return Kinds::array;
    case json::Kind::object: return Kinds::object;
  }
  return Kinds::every;
}

std::optional<Kinds> kinds_by_type(const json::Value& schema, Version version) {
  const auto type = schema.get("type");
  if (!type) return std::nullopt;
  Kinds kinds = Kinds::every;
  if (const auto name = type->string()) kinds = shape::kind_named(*name);
  if (type->is_array()) {
    kinds = Kinds();
    for (const auto& one : type->elements()) kinds = kinds | shape::kind_named(one.string().value_or(""));
  }
  const auto nullable = schema.get("nullable");
  if (version == Version::v3_0 && nullable && nullable->boolean() == true) kinds = kinds | Kinds::null;
  return kinds;
}

std::optional<ShapeId> Shape::member(std::string_view name) const noexcept {
  const auto at = std::ranges::lower_bound(members, name, {}, [](const auto& member) { return std::string_view(member.first); });
  if (at == members.end() || at->first != name) return std::nullopt;
  return at->second;
}

/// The schemas of all branches that say something of items and members.
struct ShapeMaker::Gathered {
  Alternatives items, others;
  std::map<std::string, Alternatives, std::less<>> members;
  std::unordered_map<const void*, Kinds> seen;  // what was gathered already: a schema that is combined a thousand times counts once
  bool gathers = false, closed = false, partial = false;
  Kinds meant;  // those that are named, and those that words speak of
  bool speaks = false, bytes = false, text = false;
  XmlWords xml;
  std::size_t alternatives = 0;  // of how many choices the schema at hand is one
  std::size_t speakers = 0;      // schemas that say which members there are

  /// What `gather` finds in one of several alternatives. One that may be an object and does not say which members it has takes any of them.
  template <class Gather>
  Kinds alternative(Gather gather) {
    const auto before = speakers;
    const Kinds kinds = gather();
    partial = partial || (kinds.has(Kinds::object) && speakers == before);
    return kinds;
  }
};

ShapeId ShapeMaker::shape_of(const Node& schema) {
  const auto id = id_of({schema});
  while (!waiting_.empty()) {
    const auto [next, schemas] = std::move(waiting_.back());
    waiting_.pop_back();
    fill(next, schemas);
  }
  return id;
}

ShapeId ShapeMaker::id_of(Alternatives schemas) {
  std::vector<const void*> key;
  for (const auto& schema : schemas) key.push_back(schema.value.identity());
  std::ranges::sort(key);
  key.erase(std::unique(key.begin(), key.end()), key.end());
  if (key.empty()) return any_shape;
  if (const auto known = ids_.find(key); known != ids_.end()) return known->second;
  if (shapes_.shapes_.size() >= Shapes::shapes_max) return any_shape;
  const auto id = static_cast<ShapeId>(shapes_.shapes_.size());
  shapes_.shapes_.emplace_back();
  ids_.emplace(std::move(key), id);
  waiting_.emplace_back(id, std::move(schemas));
  return id;
}

void ShapeMaker::fill(ShapeId id, const Alternatives& schemas) {
  Gathered gathered;
  gathered.alternatives = schemas.size() > 1 ? 1 : 0;
  Kinds kinds;
  for (const auto& schema : schemas) kinds = kinds | gathered.alternative([&] { return gather(schema, gathered, 0); });
  // Where no kind is left out by its name, the words tell which were thought of.
  if (kinds == Kinds(Kinds::every) && !gathered.meant.none()) kinds = gathered.meant;
  const bool gathers = gathered.gathers || (gathered.members.empty() && !gathered.closed);
  Shape out{.kinds = kinds,
            .items = id_of(std::move(gathered.items)),
            .members = {},
            .others = id_of(std::move(gathered.others)),
            .anything = !gathered.speaks,
            .bytes = gathered.bytes && !gathered.text,
            .gathers = gathers,
            .partial = gathered.partial};
  for (auto& [name, alternatives] : gathered.members) out.members.emplace_back(name, id_of(std::move(alternatives)));
  shapes_.shapes_[id] = std::move(out);
  if (reads_xml_) xml_.emplace(id, std::move(gathered.xml));
}

const XmlWords& ShapeMaker::xml_of(ShapeId id) const noexcept {
  static const XmlWords nothing;
  const auto known = xml_.find(id);
  return known == xml_.end() ? nothing : known->second;
}

Kinds ShapeMaker::gather(const Node& schema, Gathered& out, std::size_t depth) {
  const auto [known, fresh] = out.seen.try_emplace(schema.value.identity(), Kinds::every);
  if (!fresh) return ++out.speakers, known->second;  // if it says nothing, that has been seen
  if (depth >= shape::depth_max || ++steps_ > steps_max) {
    out.speaks = out.partial = true;
    return Kinds::every;
  }
  const auto kinds = gather_words(schema, out, depth);
  out.seen[schema.value.identity()] = kinds;
  return kinds;
}

Kinds ShapeMaker::gather_words(const Node& schema, Gathered& out, std::size_t depth) {
  if (schema.value.boolean() == false) {
    out.speaks = true;
    return {};
  }
  if (!schema.value.is_object()) return Kinds::every;
  Kinds kinds = Kinds::every;
  if (const auto reference = schema.value.string("$ref")) {
    const bool within = is_named_within_schemas(*reference, version_);
    const auto target = within ? std::nullopt : sources_.resolve(schema, *reference);
    if (!target) {
      out.speaks = out.partial = true;
      return Kinds::every;
    }
    if (reads_xml_ && depth == 0 && out.alternatives == 0) out.xml.add_component(shape::component_named(target->pointer));
    kinds = gather(*target, out, depth + 1);
    if (version_ == Version::v3_0) return kinds;
  }
  const auto own = shape::own_kinds(schema.value, version_);
  const bool names_kinds = own != Kinds(Kinds::every);
  if (names_kinds) out.meant = out.meant | own;
  kinds = kinds & own;
  for (const auto& [word, value] : schema.value.members()) {
    out.speaks = out.speaks || !shape::is_silent(word);
    out.bytes = out.bytes || shape::makes_bytes(word, schema.value);
    out.text = out.text || shape::makes_text(word, schema.value);
    if (!names_kinds) out.meant = out.meant | shape::kinds_spoken_of(word, value);
    if (word == "allOf" && value.is_array()) {
      const auto list = schema.child(word, value);
      std::size_t number = 0;
      for (const auto& part : value.elements()) kinds = kinds & gather(list.child(number++, part), out, depth + 1);
    } else if ((word == "anyOf" || word == "oneOf") && value.is_array()) {
      const auto list = schema.child(word, value);
      Kinds alternatives;
      std::size_t number = 0;
      ++out.alternatives;
      for (const auto& part : value.elements())
        alternatives = alternatives | out.alternative([&] { return gather(list.child(number++, part), out, depth + 1); });
      --out.alternatives;
      kinds = kinds & alternatives;
    } else if (word == "items" && value.is_object()) {
      out.items.push_back(schema.child(word, value));
    } else if (word == "properties" && value.is_object()) {
      ++out.speakers;
      const auto map = schema.child(word, value);
      for (const auto& [name, member] : value.members()) out.members[std::string(name)].push_back(map.child(name, member));
    } else if (shape::may_name_members(word)) {
      out.partial = out.partial || value.boolean() != false;
    } else if (word == "additionalProperties") {
      ++out.speakers;
      if (value.is_object()) out.others.push_back(schema.child(word, value));
      if (value.is_object() || value.boolean() == true) out.gathers = true;
      if (value.boolean() == false) out.closed = true;
    } else if (reads_xml_ && word == "xml" && value.is_object()) {
      out.xml.add(value, {.depth = depth, .alternative = out.alternatives > 0, .beside_reference = schema.value.get("$ref").has_value()});
    } else if (reads_xml_ && word == "required") {
      out.xml.add_required(value);
    } else if (reads_xml_ && word == "prefixItems") {
      out.xml.add_ordered_items();
    }
  }
  return kinds;
}

}  // namespace gatehouse::contract

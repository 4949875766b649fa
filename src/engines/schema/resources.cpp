#include "engines/schema/resources.hpp"

#include "engines/schema/keyword.hpp"
#include "engines/schema/metaschemas.hpp"
#include "engines/schema/uri_reference.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::schema {

namespace {
std::string without_fragment(std::string_view url) { return std::string(url.substr(0, url.find('#'))); }

std::optional<std::string> unescaped_segment(std::string_view segment) {
  std::string out;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] != '~') {
      out += segment[i];
      continue;
    }
    if (i + 1 == segment.size() || (segment[i + 1] != '0' && segment[i + 1] != '1')) return std::nullopt;
    out += segment[++i] == '0' ? '~' : '/';
  }
  return out;
}

std::optional<json::Value> element_at(json::Value array, std::string_view index) {
  const auto number = text::parse_number<std::size_t>(index);
  if (!number || (index.size() > 1 && index.front() == '0')) return std::nullopt;
  std::size_t at = 0;
  for (const auto element : array.elements())
    if (at++ == *number) return element;
  return std::nullopt;
}

struct VocabularyUrl {
  std::string_view url;
  std::uint8_t bits;
};
constexpr std::array<VocabularyUrl, 17> vocabularies{{
    {"https://json-schema.org/draft/2019-09/vocab/core", 0},
    {"https://json-schema.org/draft/2019-09/vocab/applicator", vocabulary::applicator | vocabulary::unevaluated},
    {"https://json-schema.org/draft/2019-09/vocab/validation", vocabulary::validation},
    {"https://json-schema.org/draft/2019-09/vocab/meta-data", vocabulary::meta_data},
    {"https://json-schema.org/draft/2019-09/vocab/format", vocabulary::format_annotation},
    {"https://json-schema.org/draft/2019-09/vocab/content", vocabulary::content},
    {"https://json-schema.org/draft/2020-12/vocab/core", 0},
    {"https://json-schema.org/draft/2020-12/vocab/applicator", vocabulary::applicator},
    {"https://json-schema.org/draft/2020-12/vocab/unevaluated", vocabulary::unevaluated},
    {"https://json-schema.org/draft/2020-12/vocab/validation", vocabulary::validation},
    {"https://json-schema.org/draft/2020-12/vocab/meta-data", vocabulary::meta_data},
    {"https://json-schema.org/draft/2020-12/vocab/format-annotation", vocabulary::format_annotation},
    {"https://json-schema.org/draft/2020-12/vocab/format-assertion", vocabulary::format_assertion},
    {"https://json-schema.org/draft/2020-12/vocab/content", vocabulary::content},
    {"https://spec.openapis.org/oas/3.1/vocab/base", 0},
    {"https://spec.openapis.org/oas/3.2/vocab/base", 0},
    {"https://spec.openapis.org/oas/3.0/vocab/base", 0},
}};

Rules rules_for(Dialect dialect) { return Rules{.dialect = dialect}; }
}  // namespace

Result<Rules> Resources::rules_of_metaschema(std::string_view url, int depth) {
  if (const auto dialect = dialect_of(url)) return rules_for(*dialect);
  const auto key = without_fragment(url);
  if (const auto known = metaschemas_.find(key); known != metaschemas_.end()) return known->second;
  constexpr int depth_max = 8;  // of metaschemas that name metaschemas
  const auto* const document = documents_.find(key);
  if (document == nullptr || depth > depth_max || !document->root.is_object())
    return refuse(Fault::invalid, "the dialect " + key + " is not known, and no such metaschema is there");
  const auto parent = document->root.string("$schema");
  Rules rules = parent && *parent != key ? TRY(rules_of_metaschema(*parent, depth + 1)) : rules_for(options_.dialect);
  if (const auto listed = document->root.get("$vocabulary"); listed && listed->is_object() && rules.since(Dialect::draft2019_09)) {
    rules.vocabularies = 0;
    for (const auto [name, required] : listed->members()) {
      bool known = false;
      for (const auto& vocabulary : vocabularies) {
        if (vocabulary.url != name) continue;
        known = true;
        rules.vocabularies |= vocabulary.bits;
      }
      if (!known && required.boolean() != false)
        return refuse(Fault::invalid, "the vocabulary " + std::string(name) + ", which " + key + " requires, is not known");
    }
  }
  metaschemas_.emplace(key, rules);
  return rules;
}

Result<Rules> Resources::rules_of(json::Value root, const Rules& surrounding) {
  const auto named = root.string("$schema");
  if (!named) return surrounding;
  return rules_of_metaschema(*named, 0);
}

Result<ResourceId> Resources::add_resource(std::string url, json::Value root, PlaceId place, const Rules& rules) {
  const auto id = static_cast<ResourceId>(resources_.size());
  const auto [at, fresh] = by_url_.try_emplace(url, id);
  if (!fresh) {
    if (resources_[at->second].root.identity() == root.identity()) return at->second;
    return refuse(Fault::invalid, "two schemas have the identifier " + url);
  }
  resources_.push_back({std::move(url), root, place, rules});
  roots_.try_emplace(root.identity(), id);
  return id;
}

Result<ResourceId> Resources::load(std::string_view url, const Documents::Document& document) {
  const auto place = places_.root(url);
  const auto surrounding = rules_for(document.dialect.value_or(options_.dialect));
  if (document.holds == Documents::Holds::other) {
    const auto id = TRY(add_resource(std::string(url), document.root, place, surrounding));
    resources_[id].within_other = true;
    return id;
  }
  const Rules rules = document.root.is_object() ? TRY(rules_of(document.root, surrounding)) : surrounding;
  const auto id = TRY(add_resource(std::string(url), document.root, place, rules));
  CHECK_OK(scan({document.root, place, id}, 0));
  return id;
}

Result<ResourceId> Resources::find(std::string_view url) {
  if (const auto found = by_url_.find(url); found != by_url_.end()) return found->second;
  if (const auto* const document = documents_.find(url)) return load(url, *document);
  if (const auto own = metaschema(url)) return load(url, {*own, Documents::Holds::schema, std::nullopt});
  return refuse(Fault::not_found, "there is no document " + std::string(url.empty() ? "without a URL" : url));
}

Result<Target> Resources::resolve(std::string_view base, std::string_view reference) {
  const auto url = resolve_uri(base, reference);
  const auto fragment = percent_decoded(split_uri(url).fragment.value_or(""));
  const auto id = TRY(find(without_fragment(url)));
  if (fragment.empty()) return Target{resources_[id].root, resources_[id].place, roots_.at(resources_[id].root.identity())};
  if (fragment.starts_with('/')) return at_pointer(id, fragment);
  const auto& resource = resources_[id];
  if (const auto anchor = resource.anchors.find(fragment); anchor != resource.anchors.end()) return anchor->second;
  return refuse(Fault::not_found, "there is no anchor " + fragment + " in " + (resource.url.empty() ? "the document" : resource.url));
}

Result<Target> Resources::at_pointer(ResourceId resource, std::string_view pointer) {
  Target at{resources_[resource].root, resources_[resource].place, resource};
  for (const auto part : text::split(pointer.substr(1), '/')) {
    const auto segment = unescaped_segment(part);
    const auto next = !segment ? std::nullopt : at.value.is_array() ? element_at(at.value, *segment) : at.value.get(*segment);
    if (!next) return refuse(Fault::not_found, "there is nothing at #" + std::string(pointer));
    at.value = *next;
    at.place = places_.child(at.place, *segment);
    if (const auto inner = rooted_at(at.value)) at.resource = *inner;
  }
  return at;
}

Result<> Resources::declare(const Target& schema) {
  if (!resources_[schema.resource].within_other || !schema.value.is_object()) return {};  // read whole, or nothing to find
  if (resources_[schema.resource].rules.dialect == Dialect::openapi_3_0) return {};       // has no identifiers
  if (!declared_.insert(schema.value.identity()).second) return {};
  return scan(schema, 0);
}

Result<ResourceId> Resources::scan_identifier(const Target& at) {
  const auto rules = resources_[at.resource].rules;
  if (rules.dialect == Dialect::openapi_3_0) return at.resource;
  if (rules.reference_stands_alone() && at.value.get("$ref")) return at.resource;  // "All other properties in a "$ref" object MUST be ignored"
  const auto id = at.value.string(rules.dialect == Dialect::draft4 ? "id" : "$id");
  if (!id) return at.resource;
  if (rules.reference_stands_alone() && id->starts_with('#')) {
    CHECK_OK(add_anchor(at, id->substr(1), false));
    return at.resource;
  }
  const auto resolved = resolve_uri(resources_[at.resource].url, *id);
  const auto url = without_fragment(resolved);
  const bool is_root = resources_[at.resource].root.identity() == at.value.identity();
  if (is_root && resources_[at.resource].identified) return at.resource;
  const Rules inner = is_root ? rules : TRY(rules_of(at.value, rules));
  if (is_root) resources_[at.resource].identified = true;
  if (is_root && url == resources_[at.resource].url) return at.resource;
  if (is_root) {  // the document is known by its URL already, and from here on by the identifier that it gives itself
    by_url_.try_emplace(url, at.resource);
    if (resources_[by_url_.at(url)].root.identity() != at.value.identity()) return refuse(Fault::invalid, "two schemas have the identifier " + url);
    resources_[at.resource].url = url;
    places_.begin_resource(at.place, url);
    return at.resource;
  }
  const auto resource = TRY(add_resource(url, at.value, at.place, inner));
  resources_[resource].identified = true;
  resources_[resource].within_other = resources_[at.resource].within_other;
  places_.begin_resource(at.place, url);
  return resource;
}

Result<> Resources::add_anchor(const Target& at, std::string_view name, bool dynamic) {
  auto& resource = resources_[at.resource];
  const auto [known, fresh] = resource.anchors.try_emplace(std::string(name), at);
  if (!fresh && known->second.value.identity() != at.value.identity())
    return refuse(Fault::invalid, "two schemas of one resource have the anchor " + std::string(name));
  if (dynamic) resource.dynamic_anchors.try_emplace(std::string(name), at);
  return {};
}

Result<> Resources::scan_anchors(const Target& at) {
  const auto& rules = resources_[at.resource].rules;
  if (!rules.since(Dialect::draft2019_09)) return {};
  if (const auto name = at.value.string("$anchor")) CHECK_OK(add_anchor(at, *name, false));
  if (rules.since(Dialect::draft2020_12)) {
    if (const auto name = at.value.string("$dynamicAnchor")) CHECK_OK(add_anchor(at, *name, true));
  } else if (const auto anchor = at.value.get("$recursiveAnchor"); anchor && anchor->boolean() == true) {
    resources_[at.resource].recursive_anchor = true;
  }
  return {};
}

Result<> Resources::scan(const Target& at, std::size_t depth) {
  if (!at.value.is_object()) return {};
  if (depth > options_.limits.depth) return refuse(Fault::exhausted, "schemas are nested too deep");
  Target here = at;
  here.resource = TRY(scan_identifier(at));
  CHECK_OK(scan_anchors(here));
  const auto rules = resources_[here.resource].rules;
  for (const auto [name, value] : here.value.members()) {
    const auto* const info = find_keyword(name);
    if (info == nullptr || info->subschemas == Subschemas::nowhere || !info->holds(rules)) continue;
    const auto place = places_.child(here.place, name);
    if (value.is_array() && info->subschemas != Subschemas::one && info->subschemas != Subschemas::by_name) {
      std::size_t index = 0;
      for (const auto element : value.elements()) CHECK_OK(scan({element, places_.child(place, index++), here.resource}, depth + 1));
    } else if (info->subschemas == Subschemas::by_name || info->subschemas == Subschemas::by_name_or_list) {
      for (const auto [key, member] : value.members()) CHECK_OK(scan({member, places_.child(place, key), here.resource}, depth + 1));
    } else if (info->subschemas == Subschemas::one || info->subschemas == Subschemas::one_or_list) {
      CHECK_OK(scan({value, place, here.resource}, depth + 1));
    }
  }
  return {};
}

}  // namespace gatehouse::schema

#include "engines/schema/keyword.hpp"

#include <array>

#include "engines/schema/program.hpp"

namespace gatehouse::schema {

namespace {
constexpr std::uint8_t bit_of(Dialect dialect) { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(dialect)); }
constexpr std::uint8_t since(Dialect first) { return static_cast<std::uint8_t>(0x7FU << static_cast<unsigned>(first)) & 0x7FU; }
constexpr std::uint8_t every = 0x7F, oas30 = bit_of(Dialect::openapi_3_0), oas31 = bit_of(Dialect::openapi_3_1);
constexpr std::uint8_t d4 = bit_of(Dialect::draft4), d2019 = bit_of(Dialect::draft2019_09);
constexpr std::uint8_t from6 = since(Dialect::draft6), from7 = since(Dialect::draft7), from2019 = since(Dialect::draft2019_09),
                       from2020 = since(Dialect::draft2020_12);
constexpr std::uint8_t drafts = every & ~oas30;  // OpenAPI 3.0 has only what its section on the Schema Object lists

using enum Subschemas;
using K = Keyword;
namespace v = vocabulary;

constexpr std::array keywords{
    KeywordInfo{"id", K::id, d4, 0},
    KeywordInfo{"$id", K::id, from6, 0},
    KeywordInfo{"$schema", K::schema, drafts, 0},
    KeywordInfo{"$ref", K::ref, every, 0},
    KeywordInfo{"$anchor", K::anchor, from2019, 0},
    KeywordInfo{"$dynamicRef", K::dynamic_ref, from2020, 0},
    KeywordInfo{"$dynamicAnchor", K::dynamic_anchor, from2020, 0},
    KeywordInfo{"$recursiveRef", K::recursive_ref, d2019, 0},
    KeywordInfo{"$recursiveAnchor", K::recursive_anchor, d2019, 0},
    KeywordInfo{"$vocabulary", K::vocabulary, from2019, 0},
    KeywordInfo{"$comment", K::comment, from7, 0},
    KeywordInfo{"$defs", K::defs, from2019, 0, by_name},
    KeywordInfo{"definitions", K::definitions, drafts, 0, by_name},
    KeywordInfo{"prefixItems", K::prefix_items, from2020, v::applicator, list},
    KeywordInfo{"items", K::items, every, v::applicator, one_or_list},
    KeywordInfo{"additionalItems", K::additional_items, drafts & ~from2020, v::applicator, one},
    KeywordInfo{"contains", K::contains, from6, v::applicator, one},
    KeywordInfo{"properties", K::properties, every, v::applicator, by_name},
    KeywordInfo{"patternProperties", K::pattern_properties, drafts, v::applicator, by_name},
    KeywordInfo{"additionalProperties", K::additional_properties, every, v::applicator, one},
    KeywordInfo{"propertyNames", K::property_names, from6, v::applicator, one},
    KeywordInfo{"dependentSchemas", K::dependent_schemas, from2019, v::applicator, by_name},
    KeywordInfo{"dependencies", K::dependencies, drafts, v::applicator, by_name_or_list},
    KeywordInfo{"if", K::if_, from7, v::applicator, one},
    KeywordInfo{"then", K::then_, from7, v::applicator, one},
    KeywordInfo{"else", K::else_, from7, v::applicator, one},
    KeywordInfo{"allOf", K::all_of, every, v::applicator, list},
    KeywordInfo{"anyOf", K::any_of, every, v::applicator, list},
    KeywordInfo{"oneOf", K::one_of, every, v::applicator, list},
    KeywordInfo{"not", K::not_, every, v::applicator, one},
    KeywordInfo{"unevaluatedItems", K::unevaluated_items, from2019, v::unevaluated, one},
    KeywordInfo{"unevaluatedProperties", K::unevaluated_properties, from2019, v::unevaluated, one},
    KeywordInfo{"type", K::type, every, v::validation},
    KeywordInfo{"enum", K::enum_, every, v::validation},
    KeywordInfo{"const", K::const_, from6, v::validation},
    KeywordInfo{"multipleOf", K::multiple_of, every, v::validation},
    KeywordInfo{"maximum", K::maximum, every, v::validation},
    KeywordInfo{"exclusiveMaximum", K::exclusive_maximum, every, v::validation},
    KeywordInfo{"minimum", K::minimum, every, v::validation},
    KeywordInfo{"exclusiveMinimum", K::exclusive_minimum, every, v::validation},
    KeywordInfo{"maxLength", K::max_length, every, v::validation},
    KeywordInfo{"minLength", K::min_length, every, v::validation},
    KeywordInfo{"pattern", K::pattern, every, v::validation},
    KeywordInfo{"maxItems", K::max_items, every, v::validation},
    KeywordInfo{"minItems", K::min_items, every, v::validation},
    KeywordInfo{"uniqueItems", K::unique_items, every, v::validation},
    KeywordInfo{"maxContains", K::max_contains, from2019, v::validation},
    KeywordInfo{"minContains", K::min_contains, from2019, v::validation},
    KeywordInfo{"maxProperties", K::max_properties, every, v::validation},
    KeywordInfo{"minProperties", K::min_properties, every, v::validation},
    KeywordInfo{"required", K::required, every, v::validation},
    KeywordInfo{"dependentRequired", K::dependent_required, from2019, v::validation},
    KeywordInfo{"format", K::format, every, v::format_annotation | v::format_assertion},
    KeywordInfo{"nullable", K::nullable, oas30, 0},
    KeywordInfo{"contentEncoding", K::content_encoding, from7, v::content},
    KeywordInfo{"contentMediaType", K::content_media_type, from7, v::content},
    KeywordInfo{"contentSchema", K::content_schema, from2019, v::content, one},
    KeywordInfo{"title", K::title, every, v::meta_data},
    KeywordInfo{"description", K::description, every, v::meta_data},
    KeywordInfo{"default", K::default_, every, v::meta_data},
    KeywordInfo{"deprecated", K::deprecated, from2019 | oas30, v::meta_data},
    KeywordInfo{"readOnly", K::read_only, from7 | oas30, v::meta_data},
    KeywordInfo{"writeOnly", K::write_only, from7 | oas30, v::meta_data},
    KeywordInfo{"examples", K::examples, from6, v::meta_data},
    KeywordInfo{"discriminator", K::discriminator, oas30 | oas31, 0},
    KeywordInfo{"xml", K::xml, oas30 | oas31, 0},
    KeywordInfo{"externalDocs", K::external_docs, oas30 | oas31, 0},
    KeywordInfo{"example", K::example, oas30 | oas31, 0},
};

/// Open addressing over twice as many slots as there are words; 0 is empty.
struct KeywordTable {
  static constexpr std::size_t size = 256;
  std::array<std::uint8_t, size> slots{};
  KeywordTable() {
    for (std::size_t i = 0; i < keywords.size(); ++i) {
      auto at = name_hash(keywords[i].name) % size;
      while (slots[at] != 0) at = (at + 1) % size;
      slots[at] = static_cast<std::uint8_t>(i + 1);
    }
  }
};
}  // namespace

const KeywordInfo* find_keyword(std::string_view name) noexcept {
  static const KeywordTable table;
  for (auto at = name_hash(name) % KeywordTable::size; table.slots[at] != 0; at = (at + 1) % KeywordTable::size)
    if (const auto& info = keywords[table.slots[at] - 1U]; info.name == name) return &info;
  return nullptr;
}

}  // namespace gatehouse::schema

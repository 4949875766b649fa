// The words of all dialects: since when and until when each is one, of which vocabulary, and where schemas stand in its value.
#pragma once
#include <cstdint>
#include <string_view>

#include "engines/schema/dialect.hpp"

namespace gatehouse::schema {

enum class Keyword : std::uint8_t {
  // core
  id,
  schema,
  ref,
  anchor,
  dynamic_ref,
  dynamic_anchor,
  recursive_ref,
  recursive_anchor,
  vocabulary,
  comment,
  defs,
  definitions,
  // applicators
  prefix_items,
  items,
  additional_items,
  contains,
  properties,
  pattern_properties,
  additional_properties,
  property_names,
  dependent_schemas,
  dependencies,
  if_,
  then_,
  else_,
  all_of,
  any_of,
  one_of,
  not_,
  unevaluated_items,
  unevaluated_properties,
  // validation
  type,
  enum_,
  const_,
  multiple_of,
  maximum,
  exclusive_maximum,
  minimum,
  exclusive_minimum,
  max_length,
  min_length,
  pattern,
  max_items,
  min_items,
  unique_items,
  max_contains,
  min_contains,
  max_properties,
  min_properties,
  required,
  dependent_required,
  format,
  nullable,
  // content and remarks
  content_encoding,
  content_media_type,
  content_schema,
  title,
  description,
  default_,
  deprecated,
  read_only,
  write_only,
  examples,
  // OpenAPI's, which judge nothing
  discriminator,
  xml,
  external_docs,
  example,
};

/// Where schemas stand in a keyword's value.
enum class Subschemas : std::uint8_t { nowhere, one, list, one_or_list, by_name, by_name_or_list };

struct KeywordInfo {
  std::string_view name;
  Keyword keyword;
  std::uint8_t dialects;    // bits of Dialect
  std::uint8_t vocabulary;  // 0: core
  Subschemas subschemas = Subschemas::nowhere;

  /// Whether it means something by these rules.
  [[nodiscard]] bool holds(const Rules& rules) const noexcept {
    const bool of_dialect = (dialects >> static_cast<unsigned>(rules.dialect) & 1U) != 0;
    return of_dialect && (vocabulary == 0 || !rules.since(Dialect::draft2019_09) || rules.has(vocabulary));
  }
};

/// The keyword of that name; null: a word of no dialect. `id` and `$id` are both Keyword::id, each in its dialects.
[[nodiscard]] const KeywordInfo* find_keyword(std::string_view name) noexcept;

}  // namespace gatehouse::schema

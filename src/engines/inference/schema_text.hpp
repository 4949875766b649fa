// A shape as the JSON Schema that all of its values keep, and little else: types, required members, formats, enumerations, and bounds with room to spare.
#pragma once
#include <cstdint>
#include <string_view>

#include "engines/inference/shape.hpp"
#include "engines/inference/yaml_text.hpp"

namespace gatehouse::inference {

/// Words are proposed as an enumeration when there were at least so many values for each of them, and each came so often from so many callers: what many
/// callers send again and again belongs to the API, and to none of them.
inline constexpr std::uint64_t enum_seen_min = 10;
inline constexpr std::uint64_t enum_word_seen_min = 5;
inline constexpr int enum_word_callers_min = 3;
/// Whether each of its words is one of those, and there are at least two.
[[nodiscard]] bool is_enumeration(const Shape& shape);

/// What the values are.
enum class Written : std::uint8_t {
  json,
  text,     ///< of queries and forms
  segment,  ///< of a path: a number there tells things apart, and new ones have larger numbers
};
/// Writes the schema as the value of `name`.
void write_schema(YamlText& out, std::string_view name, const Shape& shape, Written written);

}  // namespace gatehouse::inference

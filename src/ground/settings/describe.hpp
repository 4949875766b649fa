// What people and editors read about the settings, made from the same shapes that the reader goes by: a JSON Schema, a
// reference in Markdown, an example in YAML. Each of them is text for a file that is committed and checked by a test.
#pragma once
#include <string>
#include <string_view>

#include "ground/settings/type.hpp"

namespace gatehouse::settings {

/// JSON Schema 2020-12 of one type, as an object; blocks are closed (additionalProperties: false).
[[nodiscard]] std::string json_schema(const Type& type);
/// The same as a whole schema document of a file, indented, with $schema and title.
[[nodiscard]] std::string json_schema_document(const Type& type, std::string_view title);

/// One section (## heading) for each block that is reached from `type`, a table of its settings in each. A block that occurs
/// in several places is described once.
[[nodiscard]] std::string markdown_reference(const Type& type);

/// All settings of a block with their purpose as comments. What is required is set to its example; the rest is commented out
/// (`#name: value`), so that the text is a complete document of that block.
[[nodiscard]] std::string yaml_example(const Type& block);

/// The setting at a path such as "routes[2].path" with a right value, "path: /patients/{id}"; of a path that ends beyond what there is, the
/// innermost setting that is there; empty: none.
[[nodiscard]] std::string example_at(const Type& type, std::string_view path);

}  // namespace gatehouse::settings

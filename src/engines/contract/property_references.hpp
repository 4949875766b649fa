// `properties: {$ref: more.yaml}`: in a document over several files publishers refer to whole maps of properties, which neither JSON Schema nor OpenAPI knows, and every bundler
// resolves. A text can be no schema, so nothing else can be meant: the map is put in place before anybody reads the document.
#pragma once
#include <functional>
#include <optional>
#include <string_view>

#include "engines/contract/sources.hpp"

namespace gatehouse::contract {

/// Whether there is such a map anywhere.
[[nodiscard]] bool has_property_references(const json::Value& root);

/// What a `$ref` within that file leads to; nothing: nowhere.
using FindTarget = std::function<std::optional<Node>(const Source& from, std::string_view reference)>;

/// The document with such maps in place, references within them rewritten for where they stand now. A map that is not found stays, and is complained of by
/// whoever takes it for schemas. Nothing: it would become larger than a contract may be.
[[nodiscard]] std::optional<json::Document> with_properties_in_place(const Source& source, const FindTarget& find);

}  // namespace gatehouse::contract

// The standard's own schemas of schemas. A reference to one leads there without a network and without a file of it.
#pragma once
#include <optional>
#include <string_view>

#include "ground/json/document.hpp"

namespace gatehouse::schema {

/// The metaschema (or the part of one for a vocabulary) of drafts 4 to 2020-12 at that URL, which has no fragment; lives for good. Nothing for any other URL.
[[nodiscard]] std::optional<json::Value> metaschema(std::string_view url);

}  // namespace gatehouse::schema

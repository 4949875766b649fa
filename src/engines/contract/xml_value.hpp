// From an XML document to the JSON value that it means to a contract (OpenAPI 3.2.0 section 4.26). What the contract describes is typed and named by it; what it does not describe
// becomes what its schema can forbid or allow: an element a member of its name, an attribute a member "@name".
#pragma once
#include <optional>
#include <string>

#include "engines/contract/typed_text.hpp"
#include "engines/contract/xml_layout.hpp"
#include "ground/xml/document.hpp"

namespace gatehouse::contract {

/// What has no JSON value, and where: a JSON Pointer to the value that it would be in.
struct XmlFault {
  std::string pointer, what;
};

/// Adds the value; with a fault, what was added is of no use.
[[nodiscard]] std::optional<XmlFault> write_xml(const xml::Node& root, const XmlMapping& mapping, TypedText& out);

}  // namespace gatehouse::contract

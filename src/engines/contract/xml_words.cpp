#include "engines/contract/xml_words.hpp"

#include <algorithm>

namespace gatehouse::contract {

namespace xml_words {
namespace {
std::optional<XmlNode> node_named(std::string_view name) noexcept {
  if (name == "element") return XmlNode::element;
  if (name == "attribute") return XmlNode::attribute;
  if (name == "text") return XmlNode::text;
  if (name == "cdata") return XmlNode::cdata;
  if (name == "none") return XmlNode::none;
  return std::nullopt;
}

std::optional<bool> truth_of(const json::Value& object, std::string_view name) {
  const auto value = object.get(name);
  return value ? value->boolean() : std::nullopt;
}
}  // namespace
}  // namespace xml_words

template <class T>
void XmlWords::set(Field<T>& field, T value, const Standing& standing) {
  const auto weight = [](const Standing& at) { return std::pair(at.alternative, at.alternative ? 0 : at.depth); };
  const bool stronger = !field.value || weight(standing) < weight(field.standing);
  if (!stronger && weight(standing) == weight(field.standing) && *field.value != value) fault_ = "its alternatives differ in their XML";
  if (!stronger) return;
  field.value = value;
  field.standing = standing;
}

void XmlWords::add(const json::Value& xml, const Standing& standing) {
  if (const auto name = xml.string("name")) set(name_, *name, standing);
  if (const auto space = xml.string("namespace")) set(space_, *space, standing);
  if (const auto prefix = xml.string("prefix")) set(prefix_, *prefix, standing);
  if (const auto wrapped = xml_words::truth_of(xml, "wrapped")) set(wrapped_, *wrapped, standing);
  if (xml_words::truth_of(xml, "attribute") == true) set(node_, XmlNode::attribute, standing);
  const auto node = xml.string("nodeType");
  if (!node) return;
  const auto known = xml_words::node_named(*node);
  if (!known) fault_ = "it has a 'nodeType' that is not known";
  else if (*known == XmlNode::element && standing.beside_reference) fault_ = "it puts an element around one that it refers to";
  else set(node_, *known, standing);
}

void XmlWords::add_required(const json::Value& names) {
  for (const auto& name : names.elements())
    if (const auto text = name.string()) required_.push_back(*text);
}

bool XmlWords::requires_member(std::string_view name) const noexcept { return std::ranges::find(required_, name) != required_.end(); }

}  // namespace gatehouse::contract

#include "engines/contract/xml_layout.hpp"

#include <algorithm>
#include <map>

namespace gatehouse::contract {

namespace xml_layout {
namespace {
using Entry = XmlLayout::Entry;

auto with_name(const std::vector<Entry>& entries, std::string_view local) {
  return std::ranges::equal_range(entries, local, {}, [](const Entry& entry) { return std::string_view(entry.local); });
}

using Names = std::map<std::string, std::vector<std::uint32_t>, std::less<>>;

std::vector<Entry> sorted(const Names& names) {
  std::vector<Entry> out;
  for (const auto& [local, members] : names)
    for (const auto member : members) out.push_back({local, member});
  return out;
}

/// Two that no document can have both of: their namespaces are two that are named.
bool are_apart(const XmlSpace& a, const XmlSpace& b) {
  return a.rule == XmlSpace::Rule::named && b.rule == XmlSpace::Rule::named && a.name != b.name;
}
}  // namespace
}  // namespace xml_layout

bool XmlSpace::takes(std::string_view space, std::string_view inherited) const noexcept {
  switch (rule) {
    case Rule::inherited: return space.empty() || space == inherited;
    case Rule::named: return space == name;
    case Rule::any: return true;
  }
  return false;
}

const XmlMember* XmlLayout::element(const xml::Name& sought, std::string_view inherited) const noexcept {
  const XmlMember* found = nullptr;
  for (const auto& entry : xml_layout::with_name(elements, sought.local)) {
    const auto& member = members[entry.member];
    if (!member.space.takes(sought.space, inherited)) continue;
    if (member.space.rule == XmlSpace::Rule::named) return &member;  // the one that says so before the one that only inherits
    if (found == nullptr) found = &member;
  }
  return found;
}

const XmlMember* XmlLayout::attribute(const xml::Name& sought) const noexcept {
  for (const auto& entry : xml_layout::with_name(attributes, sought.local))
    if (members[entry.member].space.takes(sought.space, {})) return &members[entry.member];
  return nullptr;
}

bool XmlLayout::has_property(std::string_view sought) const noexcept {
  return std::ranges::binary_search(members, sought, {}, [](const XmlMember& member) { return std::string_view(member.property); });
}

bool XmlLayout::describes(std::string_view local) const noexcept {
  return has_property(local) || !std::ranges::empty(xml_layout::with_name(elements, local)) ||
         !std::ranges::empty(xml_layout::with_name(attributes, local));
}

bool XmlLayoutMaker::is_array(ShapeId shape) const noexcept {
  const auto kinds = shapes_[shape].kinds;
  return kinds.has(Kinds::array) && kinds != Kinds(Kinds::every);
}

bool XmlLayoutMaker::is_wrapped(ShapeId shape) const noexcept {
  const auto& words = shape_maker_.xml_of(shape);
  return is_array(shape) && (words.node() == XmlNode::element || (words.node() == XmlNode::inferred && words.wrapped()));
}

XmlSpace XmlLayoutMaker::space_of(ShapeId shape, bool attribute) const {
  const auto& words = shape_maker_.xml_of(shape);
  if (words.space()) return {XmlSpace::Rule::named, std::string(*words.space())};
  if (words.prefix() && !words.prefix()->empty()) return {XmlSpace::Rule::any, {}};
  if (attribute) return {XmlSpace::Rule::named, {}};  // a default namespace is none of attributes
  return {};
}

std::expected<XmlMapping, std::string> XmlLayoutMaker::mapping(const Node& schema) {
  XmlMapping out{.layouts = layouts_, .shape = shape_maker_.shape_of(schema), .root = {}, .space = {}, .opaque = false};
  std::vector<ShapeId> waiting{out.shape};
  std::unordered_map<ShapeId, bool> seen;
  while (!waiting.empty()) {
    const auto next = waiting.back();
    waiting.pop_back();
    if (next == any_shape || !seen.try_emplace(next, true).second) continue;
    if (++steps_ > steps_max) return std::unexpected("the contract has too many schemas of XML");
    if (!faults_.contains(next)) {
      auto fault = fill(next);
      faults_.emplace(next, std::move(fault));
    }
    if (const auto& fault = faults_.at(next); !fault.empty()) return std::unexpected(fault);
    const auto& shape = shapes_[next];
    waiting.push_back(shape.items);
    waiting.push_back(shape.others);
    for (const auto& [name, member] : shape.members) waiting.push_back(member);
  }
  const auto& words = shape_maker_.xml_of(out.shape);
  const auto kinds = shapes_[out.shape].kinds;
  if (words.node() == XmlNode::attribute || words.node() == XmlNode::text || words.node() == XmlNode::cdata)
    return std::unexpected("its root is no element");
  out.opaque = kinds.has(Kinds::string) && kinds != Kinds(Kinds::every) && !kinds.has(Kinds::object) && !kinds.has(Kinds::array) && !words.name();
  // A list without an element of its own has no root at all: whatever stands around its items is taken for one.
  const bool named = !is_array(out.shape) || is_wrapped(out.shape);
  if (named && words.name()) out.root.emplace_back(*words.name());
  else if (named && !words.component().empty()) out.root.push_back(words.component());
  out.space = named ? space_of(out.shape, false) : XmlSpace{XmlSpace::Rule::any, {}};
  return out;
}

/// Why the shape has no layout, or nothing.
std::string XmlLayoutMaker::fill(ShapeId id) {
  const auto& shape = shapes_[id];
  const auto& words = shape_maker_.xml_of(id);
  if (!words.fault().empty()) return std::string(words.fault());
  XmlLayout out;
  out.wrapped = is_wrapped(id);
  out.space = space_of(id, false);
  out.name = words.name().value_or("");
  out.component = words.component();
  out.name_is_own = words.name_is_own();
  if (words.space() && words.prefix().value_or("").empty()) out.default_space = std::string(*words.space());
  if (is_array(id)) {
    if (words.has_ordered_items()) return "its items are told apart by their order ('prefixItems')";
    if (is_array(shape.items) && !is_wrapped(shape.items)) return "an array in an array has no element of its own";
    const auto items = shape_maker_.xml_of(shape.items).node();
    if (items != XmlNode::inferred && items != XmlNode::element) return "items of an array are no elements";
  }
  for (const auto& [property, member] : shape.members)
    if (auto fault = add_member(out, words, property, member); !fault.empty()) return '\'' + property + "' " + fault;
  if (auto fault = add_names(out); !fault.empty()) return fault;
  layouts_->layouts_.emplace(id, std::move(out));
  return {};
}

std::string XmlLayoutMaker::add_member(XmlLayout& layout, const XmlWords& words, const std::string& property, ShapeId shape) {
  const auto kinds = shapes_[shape].kinds;
  XmlMember out{
      .property = property, .shape = shape, .node = shape_maker_.xml_of(shape).node(), .space = {}, .required = words.requires_member(property)};
  const bool array = is_array(shape), wrapped = is_wrapped(shape);
  if (array && out.node == XmlNode::none) out.node = XmlNode::inferred;
  switch (out.node) {
    case XmlNode::none: return "has no node of its own and is no array";
    case XmlNode::attribute:
      if (!kinds.has_scalar()) return "is an attribute and no plain value";
      if (out.required && kinds.has(Kinds::null) && kinds != Kinds(Kinds::every))
        layout.nullable.push_back(static_cast<std::uint32_t>(layout.members.size()));
      break;
    case XmlNode::text:
    case XmlNode::cdata:
      if (!kinds.has_scalar()) return "is a text and no plain value";
      if (layout.text) return "is a second text";
      layout.text = static_cast<std::uint32_t>(layout.members.size());
      break;
    case XmlNode::inferred:
    case XmlNode::element:
      out.node = array && !wrapped ? XmlNode::none : XmlNode::element;
      layout.has_elements = true;
      break;
  }
  out.space = space_of(out.node == XmlNode::none ? shapes_[shape].items : shape, out.node == XmlNode::attribute);
  layout.members.push_back(std::move(out));
  return {};
}

/// The names of members: first those that are said or inferred; then, where they are free, those by which the members are called elsewhere. Servers differ in whether the name
/// of a shared schema or that of the property is written.
std::string XmlLayoutMaker::add_names(XmlLayout& layout) {
  xml_layout::Names elements, attributes, others;
  for (std::uint32_t i = 0; i < layout.members.size(); ++i) {
    const auto& member = layout.members[i];
    if (member.node == XmlNode::text || member.node == XmlNode::cdata) continue;
    const auto& words = shape_maker_.xml_of(member.node == XmlNode::none ? shapes_[member.shape].items : member.shape);
    auto& same = (member.node == XmlNode::attribute ? attributes : elements)[std::string(words.name().value_or(member.property))];
    for (const auto other : same)
      if (!xml_layout::are_apart(layout.members[other].space, member.space))
        return '\'' + member.property + "' has the name of '" + layout.members[other].property + '\'';
    same.push_back(i);
    if (member.node == XmlNode::attribute) continue;
    if (words.name() && !words.name_is_own()) others[member.property].push_back(i);
    // The name of an array without an element of its own is ignored by the standard, and given to its items by some who convert from other descriptions.
    if (member.node == XmlNode::none && !words.name())
      if (const auto array = shape_maker_.xml_of(member.shape).name()) others[std::string(*array)].push_back(i);
    if (!words.name() && version_ == Version::v3_2 && !words.component().empty()) others[words.component()].push_back(i);
  }
  for (auto& [local, members] : others)
    if (members.size() == 1) elements.try_emplace(local, std::move(members));
  layout.elements = xml_layout::sorted(elements);
  layout.attributes = xml_layout::sorted(attributes);
  return {};
}

}  // namespace gatehouse::contract

#include "engines/contract/xml_value.hpp"

#include <algorithm>
#include <map>

#include "engines/contract/json_pointer.hpp"

namespace gatehouse::contract {

namespace xml_value {
namespace {
using Fault = std::optional<XmlFault>;

Fault fault(std::string what) { return XmlFault{{}, std::move(what)}; }

/// Where the value within is.
Fault within(std::string_view token, Fault fault) {
  if (!fault) return fault;
  std::string pointer;
  append_token(pointer, token);
  fault->pointer.insert(0, pointer);
  return fault;
}

bool is_complex(const xml::Node& element) {
  for (std::size_t i = 0; i < element.attribute_count(); ++i)
    if (element.attribute(i).name != xml::Name{xml::instance_namespace, "nil"}) return true;
  for (auto child = element.first(); child; child = child->next())
    if (child->is_element()) return true;
  return false;
}

bool is_text(const xml::Node& node) noexcept { return node.kind() == xml::Kind::text || node.kind() == xml::Kind::cdata; }

/// A text with meaning; a CDATA section always is one.
bool is_telling(const xml::Node& node) { return node.kind() == xml::Kind::cdata || (node.kind() == xml::Kind::text && !xml::is_blank(node.text())); }

class Writer {
 public:
  Writer(const XmlLayouts& layouts, TypedText& out) : layouts_(layouts), out_(out) {}

  Fault root(const xml::Node& element, const XmlMapping& mapping) {
    if (!mapping.root.empty() && std::ranges::find(mapping.root, element.name().local) == mapping.root.end())
      return fault("must be the element '" + mapping.root.front() + '\'');
    if (!mapping.space.takes(element.name().space, {})) return fault("must be in the namespace that is described");
    return value(element, mapping.shape, {.property = {}, .inherited = {}, .is_root = true});
  }

 private:
  /// What the element around a value says of it.
  struct Around {
    std::string_view property;   // that it is the value of
    std::string_view inherited;  // the default namespace
    bool is_root = false;
  };

  Fault value(const xml::Node& element, ShapeId shape, Around around) {
    const auto* const layout = layouts_.find(shape);
    if (layout != nullptr && layout->default_space) around.inherited = *layout->default_space;
    const auto kinds = out_.shapes()[shape].kinds;
    // A schema that names members and no type means an object: an element without any must not pass for an empty text, which would need none of them.
    const bool meant_object = kinds == Kinds(Kinds::every) && layout != nullptr && !layout->members.empty();
    if (const auto nil = element.attribute({xml::instance_namespace, "nil"})) {
      if (*nil == "true" || *nil == "1") {
        if (meant_object) return fault("must not be null");
        if (element.first() || is_complex(element)) return fault("must be empty where xsi:nil is true");
        out_.null(shape);
        return {};
      }
      if (*nil != "false" && *nil != "0") return fault("must have an xsi:nil of true or false");
    }
    const bool list = kinds.has(Kinds::array) && kinds != Kinds(Kinds::every);
    if (list && (around.is_root || (layout != nullptr && layout->wrapped))) return array(element, shape, layout, around);
    const bool complex = is_complex(element);
    if (kinds.has(Kinds::object) && (complex || meant_object || !kinds.has_scalar())) return object(element, shape, layout, around);
    if (complex) return fault(kinds.has_scalar() ? "must be a plain value without attributes and elements" : "must not be an element");
    return scalar(element, shape);
  }

  /// The items within an element of their own.
  Fault array(const xml::Node& element, ShapeId shape, const XmlLayout* layout, const Around& around) {
    const auto items = out_.shapes()[shape].items;
    const auto* const item = layouts_.find(items);
    for (std::size_t i = 0; i < element.attribute_count(); ++i)
      if (element.attribute(i).name != xml::Name{xml::instance_namespace, "nil"}) return fault("must have no attributes");
    out_.builder().begin_array();
    std::size_t number = 0;
    for (auto child = element.first(); child; child = child->next()) {
      if (is_telling(*child)) return fault("must hold no text beside its elements");
      if (!child->is_element()) continue;
      if (!is_item(child->name(), item, layout, around)) return fault("must hold only elements that are its items");
      if (auto wrong = value(*child, items, {around.property, around.inherited})) return within(std::to_string(number), std::move(wrong));
      ++number;
    }
    out_.builder().end();
    return {};
  }

  static bool is_item(const xml::Name& name, const XmlLayout* item, const XmlLayout* layout, const Around& around) {
    if (item != nullptr && !item->space.takes(name.space, around.inherited)) return false;
    const bool says = item != nullptr && !item->name.empty();
    if (says && (name.local == item->name || item->name_is_own)) return name.local == item->name;
    // Inferred: the name of the property, of the array, or of the shared schema that the items are of.
    const bool shared = item != nullptr && !item->component.empty();
    if (name.local == around.property || (shared && name.local == item->component)) return true;
    if (layout != nullptr && !layout->name.empty() && name.local == layout->name) return true;
    return around.property.empty() && !says && !shared;
  }

  /// Elements of one name; members or items of no element of their own.
  Fault group(const std::vector<xml::Node>& elements, ShapeId shape, std::string_view property, std::string_view inherited) {
    const auto kinds = out_.shapes()[shape].kinds;
    const auto* const layout = layouts_.find(shape);
    const bool wrapped = layout != nullptr && layout->wrapped;
    const bool list = kinds.has(Kinds::array) && !wrapped;
    const bool single = (kinds & (Kinds::object | Kinds::boolean | Kinds::integer | Kinds::fraction | Kinds::string)) != Kinds();
    if (!list || (single && elements.size() == 1)) {
      if (elements.size() > 1) return fault("must come only once");
      return value(elements.front(), shape, {property, inherited});
    }
    out_.builder().begin_array();
    for (std::size_t i = 0; i < elements.size(); ++i)
      if (auto wrong = value(elements[i], out_.shapes()[shape].items, {property, inherited})) return within(std::to_string(i), std::move(wrong));
    out_.builder().end();
    return {};
  }

  Fault object(const xml::Node& element, ShapeId shape, const XmlLayout* layout, const Around& around) {
    static const XmlLayout nothing;
    const auto& known = layout == nullptr ? nothing : *layout;
    out_.builder().begin_object();
    if (auto wrong = attributes(element, shape, known)) return wrong;
    if (auto wrong = elements(element, shape, known, around)) return wrong;
    if (auto wrong = text(element, shape, known)) return wrong;
    out_.builder().end();
    return {};
  }

  Fault attributes(const xml::Node& element, ShapeId shape, const XmlLayout& layout) {
    std::vector<const XmlMember*> seen;
    for (std::size_t i = 0; i < element.attribute_count(); ++i) {
      const auto [name, value] = element.attribute(i);
      if (const auto* const member = layout.attribute(name)) {
        out_.builder().key(member->property);
        out_.scalar(member->shape, value);
        seen.push_back(member);
        continue;
      }
      if (name.space == xml::instance_namespace) {
        if (name.local == "nil") continue;
        // They name the type or the schema that a reader is to take instead of the one that is described.
        return fault("must have no attribute xsi:" + std::string(name.local));
      }
      const auto key = '@' + called(name, {});
      if (layout.describes(name.local)) return within(key, fault("must be written as the contract describes it"));
      if (!has_room_for(key)) return too_many_names();
      out_.builder().key(key);
      out_.scalar(out_.shapes()[shape].others, value);
    }
    // null has no attribute (OpenAPI 3.2.0 section 4.26.5): one that must be there and may be null is null if it is missing.
    for (const auto number : layout.nullable) {
      const auto& member = layout.members[number];
      if (std::ranges::find(seen, &member) == seen.end()) out_.builder().key(member.property).null();
    }
    return {};
  }

  Fault elements(const xml::Node& element, ShapeId shape, const XmlLayout& layout, const Around& around) {
    struct Group {
      const XmlMember* member;
      std::string key;
      std::vector<xml::Node> elements;
    };
    std::vector<Group> groups;
    std::map<std::string, std::size_t, std::less<>> by_key;
    for (auto child = element.first(); child; child = child->next()) {
      if (!child->is_element()) continue;
      const auto* const member = layout.element(child->name(), around.inherited);
      auto key = member != nullptr ? member->property : called(child->name(), element.name().space);
      if (member == nullptr && !has_room_for(key)) return too_many_names();
      if (member == nullptr && (layout.has_property(key) || layout.describes(child->name().local)))
        return within(key, fault("must be written as the contract describes it"));
      const auto [at, fresh] = by_key.try_emplace(key, groups.size());
      if (fresh) groups.push_back({member, std::move(key), {}});
      groups[at->second].elements.push_back(*child);
    }
    for (const auto& one : groups) {
      out_.builder().key(one.key);
      const auto of = one.member != nullptr ? one.member->shape : out_.shapes()[shape].others;
      if (auto wrong = group(one.elements, of, one.key, around.inherited)) return within(one.key, std::move(wrong));
    }
    return {};
  }

  /// Text beside attributes and elements is a member of its own, or must not be.
  Fault text(const xml::Node& element, ShapeId shape, const XmlLayout& layout) {
    std::string joined, sections;
    bool ended = false, telling = false, commented = false, in_sections = false;
    for (auto child = element.first(); child; child = child->next()) {
      if (child->is_element() && telling) ended = true;
      if (child->kind() == xml::Kind::comment) commented = true;
      if (!is_text(*child)) continue;
      if (is_telling(*child) && ended) return fault("must hold its text in one piece");
      telling = telling || is_telling(*child);
      joined += child->text();
      if (child->kind() == xml::Kind::cdata) {
        in_sections = true;
        sections += child->text();
      }
    }
    if (telling && commented) return fault("must hold no comment beside its text");
    if (layout.text) {
      const auto& member = layout.members[*layout.text];
      const bool empty_text = member.required && out_.shapes()[member.shape].kinds.has(Kinds::string);
      const bool there = telling || (!layout.has_elements && !joined.empty());
      if (!there && !empty_text) return {};
      out_.builder().key(member.property);
      out_.scalar(member.shape, !there ? std::string_view() : member.node == XmlNode::cdata && in_sections ? sections : joined);
      return {};
    }
    if (!telling) return {};
    const bool anything = out_.shapes()[shape].kinds == Kinds(Kinds::every) && layout.members.empty();
    if (!anything) return fault("must hold no text beside its elements");
    out_.builder().key("#text").string(joined);
    return {};
  }

  Fault scalar(const xml::Node& element, ShapeId shape) {
    std::string joined;
    bool commented = false;
    for (auto child = element.first(); child; child = child->next()) {
      if (is_text(*child)) joined += child->text();
      else commented = true;
    }
    // Readers differ in whether a text ends at a comment.
    if (commented && !joined.empty()) return fault("must hold no comment beside its text");
    out_.scalar(shape, joined);
    return {};
  }

  /// "{urn:x}name"; without its namespace, if that is the one of the element around it.
  static std::string called(const xml::Name& name, std::string_view around) {
    if (name.space.empty() || name.space == around) return std::string(name.local);
    return '{' + std::string(name.space) + '}' + std::string(name.local);
  }

  /// A short prefix may stand for a long namespace, which the name of each such member has: it must not cost a hundred times what was sent.
  bool has_room_for(std::string_view key) noexcept {
    names_bytes_ += key.size();
    return names_bytes_ <= names_bytes_max;
  }
  static Fault too_many_names() { return fault("must have fewer members that are not described"); }

  static constexpr std::size_t names_bytes_max = 2U << 20U;
  const XmlLayouts& layouts_;
  TypedText& out_;
  std::size_t names_bytes_ = 0;  // of members that are not described
};
}  // namespace
}  // namespace xml_value

std::optional<XmlFault> write_xml(const xml::Node& root, const XmlMapping& mapping, TypedText& out) {
  return xml_value::Writer(*mapping.layouts, out).root(root, mapping);
}

}  // namespace gatehouse::contract

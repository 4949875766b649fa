// How the values of a schema stand in XML, compiled: for each shape the names of its elements and attributes. What cannot be read in one way only has no layout: two members
// under one name, alternatives that differ, an array of arrays without elements around them.
#pragma once
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engines/contract/shape.hpp"
#include "ground/xml/document.hpp"

namespace gatehouse::contract {

/// In which namespace a name has to be.
struct XmlSpace {
  enum class Rule : std::uint8_t {
    inherited,  ///< nothing was said: in none, or in the default namespace that something around it declares
    named,
    any,  ///< a prefix was given, and no namespace for it
  } rule = Rule::inherited;
  std::string name;

  [[nodiscard]] bool takes(std::string_view space, std::string_view inherited) const noexcept;
};

struct XmlMember {
  std::string property;
  ShapeId shape = any_shape;
  XmlNode node = XmlNode::element;  ///< `none`: an array whose items stand beside the other members
  XmlSpace space;                   ///< of its element, of the elements of its items, or of the attribute
  bool required = false;
};

/// Of one shape.
struct XmlLayout {
  struct Entry {
    std::string local;
    std::uint32_t member;
  };
  std::vector<XmlMember> members;           ///< sorted by property
  std::vector<Entry> elements, attributes;  ///< sorted by name
  std::optional<std::uint32_t> text;        ///< the member that the text is
  std::vector<std::uint32_t> nullable;      ///< attributes that must be there and may be null, which has no attribute
  bool has_elements = false;
  bool wrapped = false;                      ///< an array within an element of its own
  std::string name;                          ///< that it gives itself; empty: none
  std::string component;                     ///< that it has among the shared schemas; empty: none
  bool name_is_own = false;                  ///< and gives nowhere else
  XmlSpace space;                            ///< that it gives itself
  std::optional<std::string> default_space;  ///< it declares for what is within it: a namespace without a prefix

  /// The member with an element or attribute of that name.
  [[nodiscard]] const XmlMember* element(const xml::Name& sought, std::string_view inherited) const noexcept;
  [[nodiscard]] const XmlMember* attribute(const xml::Name& sought) const noexcept;
  [[nodiscard]] bool has_property(std::string_view sought) const noexcept;
  /// A member has that name as its own, or as that of its element or attribute, in whichever namespace. Many readers bind by the local name alone, elements and attributes alike.
  [[nodiscard]] bool describes(std::string_view local) const noexcept;
};

/// Of the shapes that XML bodies are made of.
class XmlLayouts {
 public:
  /// Nothing: of that shape nothing is known but its kinds.
  [[nodiscard]] const XmlLayout* find(ShapeId shape) const noexcept {
    const auto known = layouts_.find(shape);
    return known == layouts_.end() ? nullptr : &known->second;
  }

 private:
  friend class XmlLayoutMaker;
  std::unordered_map<ShapeId, XmlLayout> layouts_;
};

/// One body.
struct XmlMapping {
  std::shared_ptr<const XmlLayouts> layouts;
  ShapeId shape = any_shape;
  std::vector<std::string> root;  ///< names of the root element; none: any will do
  XmlSpace space;
  bool opaque = false;  ///< a string that has no element of its own: the whole text, of which no part is looked at
};

class XmlLayoutMaker {
 public:
  static constexpr std::size_t steps_max = 1'000'000;  // shapes looked at for all bodies

  /// Both must outlive it. `shape_maker` reads XML.
  XmlLayoutMaker(const Shapes& shapes, ShapeMaker& shape_maker, Version version)
      : shapes_(shapes), shape_maker_(shape_maker), version_(version), layouts_(std::make_shared<XmlLayouts>()) {}

  /// The mapping of a body of that schema, or why there is none: a sentence about "it" that names the member.
  [[nodiscard]] std::expected<XmlMapping, std::string> mapping(const Node& schema);

 private:
  [[nodiscard]] std::string fill(ShapeId shape);
  [[nodiscard]] std::string add_member(XmlLayout& layout, const XmlWords& words, const std::string& property, ShapeId shape);
  [[nodiscard]] std::string add_names(XmlLayout& layout);
  [[nodiscard]] XmlSpace space_of(ShapeId shape, bool attribute) const;
  [[nodiscard]] bool is_array(ShapeId shape) const noexcept;
  [[nodiscard]] bool is_wrapped(ShapeId shape) const noexcept;

  const Shapes& shapes_;
  ShapeMaker& shape_maker_;
  Version version_;
  std::shared_ptr<XmlLayouts> layouts_;
  std::unordered_map<ShapeId, std::string> faults_;  // of shapes that were looked at; empty: none
  std::size_t steps_ = 0;
};

}  // namespace gatehouse::contract

// The shape of a schema: which kinds of values it can take at all, and of what shape its items and members are. Needed where a value comes as text and has no type of its
// own: `5` in a query is a number if the schema takes numbers. A shape is generous (the union of all alternatives); whether a value fits is judged by the schema itself.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engines/contract/description.hpp"
#include "engines/contract/xml_words.hpp"

namespace gatehouse::contract {

/// Kinds of values, as bits.
class Kinds {
 public:
  enum Bit : std::uint8_t { null = 1, boolean = 2, integer = 4, fraction = 8, string = 16, array = 32, object = 64, every = 127 };
  constexpr Kinds() = default;
  constexpr Kinds(unsigned bits) noexcept : bits_(static_cast<std::uint8_t>(bits)) {}  // NOLINT(google-explicit-constructor): bits are a set
  [[nodiscard]] constexpr bool has(Bit bit) const noexcept { return (bits_ & bit) != 0; }
  [[nodiscard]] constexpr bool has_number() const noexcept { return (bits_ & (integer | fraction)) != 0; }
  [[nodiscard]] constexpr bool has_scalar() const noexcept { return (bits_ & ~(array | object)) != 0; }
  [[nodiscard]] constexpr bool none() const noexcept { return bits_ == 0; }
  constexpr Kinds operator&(Kinds other) const noexcept { return bits_ & other.bits_; }
  constexpr Kinds operator|(Kinds other) const noexcept { return bits_ | other.bits_; }
  constexpr bool operator==(const Kinds&) const = default;

 private:
  std::uint8_t bits_ = 0;
};

/// What `type` (and, in 3.0, `nullable`) leaves; nothing: the schema names no type.
[[nodiscard]] std::optional<Kinds> kinds_by_type(const json::Value& schema, Version version);
/// That of a value.
[[nodiscard]] Kinds kind_of(const json::Value& value) noexcept;

using ShapeId = std::uint32_t;
inline constexpr ShapeId any_shape = 0;

struct Shape {
  Kinds kinds = Kinds::every;
  ShapeId items = any_shape;
  std::vector<std::pair<std::string, ShapeId>> members;  ///< sorted by name
  ShapeId others = any_shape;                            ///< of members that are not named
  bool anything = true;                                  ///< it says nothing at all of a value: `{}`
  bool bytes = false;                                    ///< a string that is no text: `format: binary`, or a `contentMediaType` that is not encoded
  bool gathers = false;                                  ///< takes members that are not named: it names none, or says so by `additionalProperties`
  bool partial = false;                                  ///< other words than `properties` may name further members, or an alternative takes any

  /// One text may be a list, or several texts one: arrays are named, or anything goes.
  [[nodiscard]] bool takes_lists() const noexcept { return kinds.has(Kinds::array) && (anything || kinds != Kinds(Kinds::every)); }
  /// What is no text cannot be judged, and need not be.
  [[nodiscard]] bool takes_bytes() const noexcept { return anything || bytes; }
  /// The same for a body of a type that nobody here can read: a string stands for bytes of any kind (OpenAPI 3.0.4 section 4.7.14.2).
  [[nodiscard]] bool takes_bodies_of_bytes() const noexcept { return takes_bytes() || (kinds.has(Kinds::string) && kinds != Kinds(Kinds::every)); }
  [[nodiscard]] std::optional<ShapeId> member(std::string_view name) const noexcept;
  /// That of a member by its name, or of one that is not named.
  [[nodiscard]] ShapeId member_or_other(std::string_view name) const noexcept { return member(name).value_or(others); }
};

/// The shapes of many schemas. Each set of schemas has one, so recursive schemas end.
class Shapes {
 public:
  static constexpr std::size_t shapes_max = 500'000;

  Shapes() : shapes_(1) {}
  [[nodiscard]] const Shape& operator[](ShapeId id) const noexcept { return shapes_[id]; }

 private:
  friend class ShapeMaker;
  std::vector<Shape> shapes_;  // the first is any_shape
};

class ShapeMaker {
 public:
  static constexpr std::size_t steps_max = 5'000'000;  // schemas looked at for all shapes; behind it, everything may be anything

  /// Both must outlive it. References of the schemas have been walked (SchemaWalk), so that none leads nowhere.
  ShapeMaker(Shapes& shapes, Sources& sources, Version version, bool reads_xml = false)
      : shapes_(shapes), sources_(sources), version_(version), reads_xml_(reads_xml) {}

  [[nodiscard]] ShapeId shape_of(const Node& schema);
  /// What the schemas of a shape say of XML. Of a maker that does not read it, and of any_shape, nothing.
  [[nodiscard]] const XmlWords& xml_of(ShapeId id) const noexcept;

 private:
  using Alternatives = std::vector<Node>;
  struct Gathered;
  ShapeId id_of(Alternatives schemas);
  void fill(ShapeId id, const Alternatives& schemas);
  Kinds gather(const Node& schema, Gathered& out, std::size_t depth);
  Kinds gather_words(const Node& schema, Gathered& out, std::size_t depth);

  Shapes& shapes_;
  Sources& sources_;
  Version version_;
  bool reads_xml_;
  std::unordered_map<ShapeId, XmlWords> xml_;
  std::size_t steps_ = 0;
  std::map<std::vector<const void*>, ShapeId> ids_;
  std::vector<std::pair<ShapeId, Alternatives>> waiting_;
};

}  // namespace gatehouse::contract

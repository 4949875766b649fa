// From the text of a parameter to a value. A text has no type: the shape of the schema says what it can be. Where a number or a string would both do, the number
// is tried first and then the string, so that no value is refused that could be read to keep the schema.
#pragma once
#include <string_view>
#include <utility>
#include <vector>

#include "engines/contract/shape.hpp"
#include "ground/json/builder.hpp"

namespace gatehouse::contract {

/// Writes texts as values of a shape into a builder.
class TypedText {
 public:
  TypedText(const Shapes& shapes, json::Builder& out, bool as_strings) : shapes_(shapes), out_(out), as_strings_(as_strings) {}

  void scalar(ShapeId shape, std::string_view text);
  /// A text that is nothing but a text.
  void string(ShapeId shape, std::string_view text);
  void null(ShapeId shape);
  /// A value that came with its kind.
  void value(ShapeId shape, const json::Value& value);
  /// An array or object is written there by other hands.
  void begins(ShapeId shape, Kinds::Bit kind);
  void array(ShapeId shape, const std::vector<std::string_view>& items);
  void object(ShapeId shape, const std::vector<std::pair<std::string_view, std::string_view>>& members);

  [[nodiscard]] const Shapes& shapes() const noexcept { return shapes_; }
  [[nodiscard]] json::Builder& builder() noexcept { return out_; }

  /// Something was written as no string that could have been one: reading it all as strings may have another outcome.
  [[nodiscard]] bool ambiguous() const noexcept { return ambiguous_; }
  /// Something was written that is of no kind which its schema takes or, without naming a type, speaks of: `minimum` says nothing of "a", and yet a number is meant.
  [[nodiscard]] bool misfit() const noexcept { return misfit_; }

 private:
  const Shapes& shapes_;
  json::Builder& out_;
  bool as_strings_;
  bool ambiguous_ = false, misfit_ = false;
};

}  // namespace gatehouse::contract

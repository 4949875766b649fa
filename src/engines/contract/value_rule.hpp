// What a value must be: its schema, compiled, and the shape by which a text becomes a value.
#pragma once
#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engines/contract/shape.hpp"
#include "engines/contract/typed_text.hpp"
#include "engines/contract/violation.hpp"
#include "engines/schema/schema.hpp"

namespace gatehouse::contract {

/// Where a violation is and which rule it breaks, but for what is within the value.
struct Blame {
  http::Status status = 400;
  std::string where;
  const std::string* rule;  ///< of the parameter or body itself
  schema::Direction direction = schema::Direction::request;
  std::string within = {};         ///< a JSON Pointer: the value is a part of a larger one
  std::uint64_t* steps = nullptr;  ///< left for judging, of which is taken; nothing: the default of a schema, for each value
};

/// "body#/items/0": where, and the place within the value.
[[nodiscard]] std::string place_of(const Blame& blame, std::string_view pointer);

/// Which kind of value a text is taken for.
enum class Form : std::uint8_t { array, object, scalar };

struct ValueRule {
  std::optional<schema::Schema> schema;  ///< nothing: any value keeps it
  ShapeId shape = any_shape;

  /// Adds what of the value does not keep the schema.
  void judge(const json::Value& value, const Blame& blame, Violations& out) const;
  /// The same for the value that was built.
  void judge_built(json::Builder&& builder, const Blame& blame, Violations& out) const;

  /// Whether a text that stands for one scalar keeps the schema in its first reading, told without building anything. False says nothing: other readings, and
  /// what is wrong, are for judge_readings().
  [[nodiscard]] bool keeps_plainly(const Shapes& shapes, std::string_view text) const;

  /// Judges the readings of a text, the first that keeps the schema being the one. `write(form, text)` writes one and says what is wrong with it; nothing
  /// is wrong if that is empty. Of readings that all fail, the violations of the first are told.
  template <class Write>
  void judge_readings(std::span<const Form> forms, const Shapes& shapes, const Blame& blame, Violations& out, Write write) const {
    std::optional<Violations> first;
    bool undecided = false;
    for (const auto form : forms) {
      for (const bool as_strings : {false, true}) {
        json::Builder builder;
        TypedText text(shapes, builder, as_strings);
        Violations here(std::max<std::size_t>(out.room(), 1));
        const std::string wrong = write(form, text);
        if (!wrong.empty()) here.add({blame.status, blame.where, wrong, *blame.rule});
        else judge_built(std::move(builder), blame, here);
        // A schema that names no type says nothing of kinds that it does not speak of; of a text it means those that it does speak of.
        if (here.none() && schema && text.misfit()) here.add({blame.status, blame.where, "must be of a kind that its schema describes", *blame.rule});
        if (here.none()) return;
        undecided = undecided || here.undecided();
        if (!first) first = std::move(here);
        if (!wrong.empty() || !text.ambiguous()) break;
      }
    }
    if (!first) return;
    if (undecided) out.note_undecided();
    for (const auto& violation : first->all()) out.add(violation);
  }
};

/// "file:///a.yaml#/b" as "a.yaml#/b".
[[nodiscard]] std::string rule_name(std::string_view location);

}  // namespace gatehouse::contract

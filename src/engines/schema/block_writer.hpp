// Writes the block of one schema object. The words are taken in a fixed order, cheap ones first, whatever order the author wrote them in:
// a value of the wrong type is refused before anything looks into it. `unevaluated...` come last, since they ask what all others evaluated.
#pragma once
#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "engines/schema/keyword.hpp"
#include "engines/schema/workshop.hpp"

namespace gatehouse::schema {

class BlockWriter {
 public:
  BlockWriter(Workshop& workshop, const Target& schema, std::vector<Instruction>& code) : shop_(workshop), at_(schema), code_(code) {}

  [[nodiscard]] Result<> write();

 private:
  /// Blocks or texts, in `lists`.
  struct List {
    std::uint32_t first, count;
  };
  // Each file of these looks after one kind of words.
  [[nodiscard]] Result<> write_references();  // block_references.cpp
  [[nodiscard]] Result<> write_type();        // block_values.cpp
  [[nodiscard]] Result<> write_choices();
  [[nodiscard]] Result<> write_numbers();
  [[nodiscard]] Result<> write_strings();
  [[nodiscard]] Result<> write_arrays();                                                      // block_arrays.cpp
  [[nodiscard]] Result<> write_objects();                                                     // block_objects.cpp
  [[nodiscard]] Result<> write_combinations();                                                // block_combinations.cpp
  [[nodiscard]] Result<bool> write_discriminator(Keyword keyword, const List& alternatives);  // block_discriminator.cpp
  [[nodiscard]] Result<> write_unevaluated();
  void write_annotations();  // block_annotations.cpp

  void read_words();
  [[nodiscard]] Rules rules() const noexcept { return shop_.resources()[at_.resource].rules; }
  [[nodiscard]] Program& program() const noexcept { return shop_.program(); }

  /// The value of a word, if it is there and holds by the rules.
  [[nodiscard]] std::optional<json::Value> word(Keyword keyword) const noexcept {
    const auto index = words_[static_cast<std::size_t>(keyword)];
    return index == 0 ? std::nullopt : std::optional(values_[index - 1U].value);
  }
  /// The value of a word that is there, and its place.
  [[nodiscard]] json::Value value_of(Keyword keyword) const noexcept { return values_[words_[static_cast<std::size_t>(keyword)] - 1U].value; }
  [[nodiscard]] PlaceId place_of(Keyword keyword) {
    return shop_.places().child(at_.place, values_[words_[static_cast<std::size_t>(keyword)] - 1U].name);
  }
  [[nodiscard]] Error wrong(Keyword keyword, std::string_view text) { return shop_.error(place_of(keyword), text); }

  void emit(Op op, Keyword keyword, std::uint32_t a = 0, std::uint32_t b = 0, std::uint8_t small = 0, bool flag = false) {
    code_.push_back({op, small, flag, a, b, place_of(keyword)});
  }

  /// A schema somewhere in this one, in the same resource.
  [[nodiscard]] Result<BlockId> block(json::Value value, PlaceId place) { return shop_.block_of({value, place, at_.resource}); }
  [[nodiscard]] Result<BlockId> block(Keyword keyword) { return block(value_of(keyword), place_of(keyword)); }
  [[nodiscard]] Result<List> blocks(Keyword keyword, bool may_be_empty);
  [[nodiscard]] Result<List> texts(json::Value names, PlaceId place);

  [[nodiscard]] Result<std::optional<std::uint64_t>> count(Keyword keyword);
  [[nodiscard]] Result<> write_bounds(Op op, Keyword least, Keyword most);
  [[nodiscard]] Result<std::optional<std::uint32_t>> number_bound(Keyword keyword);
  [[nodiscard]] Result<> write_dependencies(Keyword keyword, std::vector<Dependency>& out);
  [[nodiscard]] std::uint8_t forbidden_directions(json::Value property);
  [[nodiscard]] std::uint8_t forbidden_directions(json::Value property, ResourceId resource, int& left);
  [[nodiscard]] Result<> write_dynamic_reference(json::Value reference);
  [[nodiscard]] Result<> write_recursive_reference();
  [[nodiscard]] Result<Target> resolved(Keyword keyword);
  void emit_call(Keyword keyword, BlockId block, const Target& target);
  [[nodiscard]] bool is_resource_root(const Target& target) const noexcept {
    return shop_.resources()[target.resource].root.identity() == target.value.identity();
  }

  Workshop& shop_;
  Target at_;
  std::vector<Instruction>& code_;
  std::array<std::uint16_t, 128> words_{};  // by keyword: 1 + index of its value
  std::vector<json::Member> values_;
};

/// The slots of a table of names, appended to the program's; the mask of that table.
struct SlotTable {
  std::uint32_t first, mask;
};
[[nodiscard]] SlotTable make_slots(Program& program, const std::vector<Slot>& entries);

/// A name ready for a table.
[[nodiscard]] Slot slot_of(Places& places, Program& program, std::string_view name);

}  // namespace gatehouse::schema

// Schemas looked at for what they leave unbounded, each place once for requests and once for answers, however many operations use it.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "engines/contract/reading.hpp"
#include "engines/review/findings.hpp"
#include "engines/review/schema_view.hpp"

namespace gatehouse::review {

enum class Use : std::uint8_t { request, answer };

class SchemaAudit {
 public:
  static constexpr std::size_t positions_max = 2'000'000;

  /// All three must outlive it.
  SchemaAudit(contract::Sources& sources, contract::Version version, Findings& findings) : viewer_(sources, version), findings_(findings) {}

  /// `label` says what the schema is of; `body`: members of the schema itself are what a caller writes.
  void look_at(const contract::Node& schema, Use use, std::string label, bool body);

  /// What cannot be judged there, the compiler said.
  void mark(const contract::SchemaNotice& notice);

  /// After all were looked at: whether something in or behind that schema may be anything or cannot be judged.
  [[nodiscard]] bool has_gaps(const contract::Node& schema);
  [[nodiscard]] bool says_nothing(const contract::Node& schema) { return viewer_.view({schema}).says_nothing; }

 private:
  /// What a schema has from those that its alternatives stand in.
  struct Inherited {
    contract::Kinds kinds = contract::Kinds::every;
    bool typed = false, says_something = false, enumerated = false, short_text = false, restricted = false, few_items = false, few_members = false;
    bool least = false, most = false, closed = false, described = false, maps = false;
    [[nodiscard]] std::uint64_t bits() const noexcept;
  };
  struct Position {
    Nodes schemas;
    Use use;
    std::string label;
    bool body;
    Inherited inherited;
  };
  using Index = std::uint32_t;

  void later(Nodes schemas, Use use, std::string label, bool body, const Inherited& inherited);
  void look(const Position& position);
  void look_at_leaf(const Position& position, const SchemaView& view, const Inherited& facts);
  void look_at_text(const Position& position, const SchemaView& view, const Inherited& facts);
  void look_at_object(const Position& position, const SchemaView& view, const Inherited& facts);
  void look_at_property(std::string_view name, const SchemaView& property, const Position& position);
  void look_at_words(const Position& position, const SchemaView& view);
  void gap(const contract::Node& at);
  Index index_of(const void* identity);
  void link(const void* holder, const void* held);
  void spread_gaps();

  SchemaViewer viewer_;
  Findings& findings_;
  std::deque<Position> waiting_;
  std::unordered_set<std::uint64_t> seen_;
  std::unordered_map<const void*, Index> indices_;
  std::vector<std::vector<Index>> holders_;  // by index: who holds it
  std::vector<bool> gaps_;
  bool spread_ = false;
};

}  // namespace gatehouse::review

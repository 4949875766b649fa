// What of an answer a document says is not for everybody: schemas marked with `x-gatehouse-scopes` (for who holds all of these) and `x-gatehouse-redact` (remove, mask or
// last_four; without a scope for nobody), found wherever an answer can show a value of theirs, and turned into rules that an answer is edited by while it streams.
//
// Invariant: a mark either holds for the values that its schema describes, or is complained of. What the document leaves open cannot be told place by place; there every member
// with the name of a marked one is taken for marked.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "engines/contract/description.hpp"
#include "engines/contract/rules.hpp"
#include "engines/redaction/field_rules.hpp"

namespace gatehouse::contract {

class MarkedFields {
 public:
  static constexpr std::size_t schemas_max = 2'000'000;  // looked at in all; beyond it the document is refused

  /// Both must outlive it.
  MarkedFields(Sources& sources, const Description& description) : sources_(sources), description_(description) {}

  /// Whether a file has one of the two words at all, as a member of any object that is no data.
  [[nodiscard]] bool any();
  /// Reads all marks, and complains of those that could not hold. Once, when any() and all schemas have been walked.
  void run();

  /// The root of the values that such bodies of an answer have; `described`: by what the document says of it, there is something marked in it.
  struct Root {
    redaction::PlaceId place = redaction::unmarked;
    bool described = false;
  };
  [[nodiscard]] Root root_of(const Media& media);
  /// That of values of which the document says nothing.
  static constexpr redaction::PlaceId undescribed = 1;
  /// Once.
  [[nodiscard]] redaction::FieldRules take_rules() { return std::move(rules_); }

 private:
  /// The same as `undescribed`, but something that nobody here can follow may say more of it.
  static constexpr redaction::PlaceId doubtful = 2;
  using Schemas = std::vector<Node>;
  struct Gathered;

  void scan();
  [[nodiscard]] redaction::PlaceId place_of(Schemas schemas);
  void fill_all();
  void fill(redaction::PlaceId id, const Schemas& schemas);
  void gather(const Node& schema, Gathered& out, std::size_t depth);
  [[nodiscard]] const std::vector<redaction::Mark>& marks_of(const Node& schema);
  [[nodiscard]] std::vector<redaction::Mark> read_marks(const Node& schema);
  [[nodiscard]] std::optional<std::vector<std::string>> scopes_of(const Node& schema, const json::Value& value);
  [[nodiscard]] redaction::Guard guard_of(std::vector<std::string> scopes);
  [[nodiscard]] Schemas schemas_of(const Media& media) const;
  void find_names();
  void add_name(std::string_view name, const std::vector<redaction::Mark>& marks);
  [[nodiscard]] std::vector<redaction::Mark> marks_within(redaction::PlaceId id) const;
  void describe_what_is_not();
  void find_described();
  void complain_of_the_rest();

  Sources& sources_;
  const Description& description_;
  std::vector<Node> marked_;  // all schemas that have a mark, wherever they stand
  redaction::FieldRules rules_;
  std::map<std::vector<const void*>, redaction::PlaceId> ids_;
  std::vector<std::pair<redaction::PlaceId, Schemas>> waiting_;
  std::vector<std::pair<redaction::PlaceId, Node>> patterns_;            // schemas of `patternProperties`
  std::unordered_map<const void*, std::vector<redaction::Mark>> marks_;  // of schemas that were looked at
  std::unordered_set<const void*> found_;                                // schemas of answers
  std::map<std::vector<std::string>, redaction::Guard> guards_;
  std::map<std::string, std::vector<redaction::Mark>, std::less<>> names_;  // of marked members
  std::vector<redaction::Mark> nameless_;
  std::vector<bool> described_;
  std::size_t looked_at_ = 0;
};

}  // namespace gatehouse::contract

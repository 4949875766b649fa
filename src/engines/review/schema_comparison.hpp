// Schemas of two versions compared word by word: whether the new one takes less (narrower) or more (wider). Pairs are taken for equal while they are being compared,
// so recursive schemas end; each pair is compared once for requests and once for answers.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_set>

#include "engines/review/changes.hpp"
#include "engines/review/schema_audit.hpp"
#include "engines/review/schema_view.hpp"

namespace gatehouse::review {

class SchemaComparison {
 public:
  static constexpr std::size_t steps_max = 1'000'000;    // pairs looked at; behind it everything is undecided
  static constexpr std::size_t trial_steps_max = 5'000;  // of one question whether an alternative covers another

  /// All three must outlive it.
  SchemaComparison(contract::Reading& before, contract::Reading& after, Changes& changes);

  void compare(const contract::Node& before, const contract::Node& after, Use use, const std::string& subject);
  /// The two are the same documents.
  [[nodiscard]] bool same_texts() const noexcept { return same_texts_; }

 private:
  /// How the new one is to the old one.
  enum class Way : std::uint8_t { narrower, wider, unclear };
  struct Verdict {
    bool narrower = false, wider = false, unclear = false;
  };
  struct Task {
    Nodes before, after;
    std::string subject;
  };
  struct Pair {
    const SchemaView& before;
    const SchemaView& after;
    const std::string& subject;
  };
  /// A comparison whose changes nobody is told.
  struct Trial {
    Verdict verdict;
    std::size_t steps = 0;
    int within = 1;  // trials within each other
  };

  void later(Nodes before, Nodes after, std::string subject);
  void drain();
  void look(const Task& task);
  /// The effect that follows from the way and the direction.
  void tell(std::string_view kind, Way way, const Pair& pair, std::string what, const contract::Node& before, const contract::Node& after);
  void tell_as(Effect effect, std::string_view kind, Way way, const Pair& pair, std::string what, const contract::Node& before,
               const contract::Node& after);

  bool look_at_direction(const Pair& pair);
  void look_at_names(const Pair& pair);
  void look_at_types(const Pair& pair);
  void look_at_values(const Pair& pair);
  void look_at_bounds(const Pair& pair);
  void look_at_texts(const Pair& pair);
  void look_at_multiples(const Pair& pair);
  void look_at_items(const Pair& pair);
  void look_at_members(const Pair& pair);
  void look_at_removed(std::string_view name, const Nodes& member, const Pair& pair);
  void look_at_added(std::string_view name, const Nodes& member, const Pair& pair);
  void look_at_required(const Pair& pair);
  void look_at_others(const Pair& pair);
  void look_at_alternatives(const Pair& pair);
  void look_at_branches(const Alternatives& before, const Alternatives& after, const Pair& pair);
  void look_at_opaque(const Pair& pair);

  [[nodiscard]] contract::Kinds kinds_of(SchemaViewer& viewer, const SchemaView& view, int depth);
  [[nodiscard]] bool takes_no(const SchemaView& member) const noexcept;
  /// What comparing the two would tell.
  [[nodiscard]] Verdict tried(const Nodes& before, const Nodes& after);
  [[nodiscard]] bool is_covered(const Nodes& before, const Nodes& after);

  /// The same word for word, but for descriptions; references by what they lead to.
  enum class Content : std::uint8_t { schema, schemas, map, data };
  [[nodiscard]] bool same(const contract::Node& before, const contract::Node& after, Content content, int depth = 0);
  [[nodiscard]] bool same_words(const contract::Node& before, const contract::Node& after, int depth);

  SchemaViewer before_, after_;
  Changes& changes_;
  bool same_texts_;    // the documents are the same, so a name means the same in both
  bool same_dialect_;  // a word means the same in both
  Use use_ = Use::request;
  std::deque<Task> waiting_;
  std::unordered_set<std::uint64_t> seen_;
  std::unordered_set<std::uint64_t> same_pairs_;
  std::size_t steps_ = 0;
  std::size_t same_steps_ = 0;
  Trial* trial_ = nullptr;
};

}  // namespace gatehouse::review

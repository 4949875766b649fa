// Walks a schema and all that it refers to, so that every file that judging needs has been read, and every reference that leads nowhere is known, before the
// schemas are compiled. Data in a schema (`enum`, `const`, `default`, examples, extensions) is not walked: a "$ref" there is data.
#pragma once
#include <cstddef>
#include <unordered_set>

#include "engines/contract/description.hpp"

namespace gatehouse::contract {

class SchemaWalk {
 public:
  static constexpr std::size_t schemas_max = 4'000'000;

  /// `sources` must outlive it.
  SchemaWalk(Sources& sources, Version version) : sources_(sources), version_(version) {}

  /// Each place is walked once, whoever asks.
  void walk(const Node& schema);
  /// Some schema that was walked names a property that frameworks take for the method (`_method`): there it is data.
  [[nodiscard]] bool names_method() const noexcept { return names_method_; }
  [[nodiscard]] bool has_seen(const json::Value& schema) const { return seen_.contains(schema.identity()); }

 private:
  void walk_words(const Node& schema);
  void follow_reference(const Node& schema);
  void later(Node schema);

  Sources& sources_;
  Version version_;
  std::unordered_set<const void*> seen_;
  std::vector<Node> waiting_;
  bool names_method_ = false;
};

/// `$id`, `$anchor` and absolute URLs: names that only the schemas themselves can resolve, and never by fetching.
[[nodiscard]] bool is_named_within_schemas(std::string_view reference, Version version);

}  // namespace gatehouse::contract

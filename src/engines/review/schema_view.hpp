// What schemas that must all hold for one value say together: references followed, `allOf` taken in, each word with all that was said by it. Alternatives (`anyOf`,
// `oneOf`) stay apart, and words that say something only together (`if`, `contains`, `unevaluated...`) stay as they are written.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "engines/contract/description.hpp"
#include "engines/contract/shape.hpp"

namespace gatehouse::review {

using Nodes = std::vector<contract::Node>;

/// A number that a value must reach or must not go over.
struct Bound {
  double value = 0;
  bool exclusive = false;
  contract::Node at;
};

struct Alternatives {
  std::string_view word;  ///< "anyOf", "oneOf"
  contract::Node at;      ///< the list
  Nodes branches;
};

/// A word and where it stands.
struct Word {
  std::string_view word;
  contract::Node at;
};

struct SchemaView {
  static constexpr std::size_t parts_max = 300;  // schemas taken together; behind it the view is `cut`

  Nodes parts;           ///< all that hold together, in the order of their coming
  std::size_t main = 0;  ///< the part that says the type, else the first that is more than a reference
  contract::Kinds kinds = contract::Kinds::every;
  std::optional<contract::Node> type;  ///< where one is said first
  bool never = false;                  ///< `false` is among the schemas
  bool says_nothing = true;            ///< but for descriptions
  bool cut = false;
  bool read_only = false, write_only = false;

  std::optional<Nodes> values;  ///< of `enum` and `const`: what all of them have
  std::optional<contract::Node> values_at;
  std::optional<Bound> least, most;
  std::map<std::string_view, Bound> limits;  ///< minLength, maxLength, minItems, maxItems, minProperties, maxProperties: the tightest
  std::vector<Word> patterns, formats, multiples;
  std::optional<contract::Node> unique;  ///< `uniqueItems: true`

  Nodes items;
  std::map<std::string_view, Nodes> properties;
  std::map<std::string_view, Nodes> pattern_properties;
  Nodes others;                          ///< schemas of `additionalProperties` and `unevaluatedProperties`
  std::optional<contract::Node> closed;  ///< one of these is `false`
  bool opened = false;                   ///< `additionalProperties: true` is written
  std::map<std::string_view, contract::Node> required;

  std::vector<Alternatives> alternatives;
  std::vector<Word> opaque;  ///< words that stay as they are
  std::vector<Word> named;   ///< references by a name that only the schemas know (`$anchor`, `$id`)

  [[nodiscard]] const contract::Node& at() const noexcept { return parts[main]; }
  [[nodiscard]] const Bound* limit(std::string_view word) const noexcept {
    const auto found = limits.find(word);
    return found == limits.end() ? nullptr : &found->second;
  }
};

class SchemaViewer {
 public:
  static constexpr std::size_t steps_max = 10'000'000;  // schemas taken for all views; behind it every view is `cut`

  /// `sources` must outlive it; all references of the schemas were followed once (they were compiled), so none leads nowhere.
  SchemaViewer(contract::Sources& sources, contract::Version version) : sources_(sources), version_(version) {}

  /// At least one schema.
  [[nodiscard]] SchemaView view(const Nodes& schemas);
  /// Where a schema that only refers to another leads in the end; else the schema itself.
  [[nodiscard]] contract::Node resolved(contract::Node schema);
  /// What `$ref` of that schema leads to; nothing: it has none, or one by a name that only the schemas know.
  [[nodiscard]] std::optional<contract::Node> target_of(const contract::Node& schema);

 private:
  void take(const contract::Node& schema, SchemaView& out);
  void take_words(const contract::Node& schema, SchemaView& out);
  void take_word(std::string_view word, const contract::Node& at, const contract::Node& schema, SchemaView& out);
  void take_bounds(const contract::Node& schema, SchemaView& out) const;

  contract::Sources& sources_;
  contract::Version version_;
  std::size_t steps_ = 0;
};

/// "name" of "#/components/schemas/Pet/properties/name"; "items" of an array's.
[[nodiscard]] std::string last_token(const contract::Node& at);

}  // namespace gatehouse::review

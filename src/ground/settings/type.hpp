// A type of setting: how it is read from a node, printed back and described. What a type looks like (its Shape) is plain
// data, from which the JSON Schema, the reference and the examples are made, so that none of them can disagree with the reader.
#pragma once
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "ground/settings/reader.hpp"

namespace gatehouse::settings {

class Type;

/// One named setting of a block.
struct Field {
  std::string name;
  std::string purpose;  ///< one or two sentences: what it does, unit, why this default
  std::string example;  ///< a right value, as YAML in flow style
  bool required = false;
  std::string preset;  ///< the default as YAML; empty: not set
  std::shared_ptr<const Type> type;
  std::function<bool(Reader& reader, const Node& node)> accepts;  ///< whether the value alone is right; what is wrong is noted
};

/// What values a type takes, as data.
struct Shape {
  enum class Kind : std::uint8_t { text, words, integer, boolean, scalar, list, map, block };  ///< scalar: a text, a boolean or a whole number
  struct Word {
    std::string text;
    std::string purpose;
  };

  Kind kind = Kind::text;
  std::string name;          ///< as the reference calls it: "duration", "byte size"
  std::string purpose;       ///< of a block: what it is for
  std::string pattern;       ///< of a text, or of a map's names: ECMA 262 regular expression for editors; the reader is stricter
  std::vector<Word> words;   ///< of words: all there are; of any other kind: words that may stand in its place ("auto")
  std::string range;         ///< of a text with a range: "1ms to 1h"
  std::int64_t minimum = 0;  ///< of an integer; of a list or a map the number of items; of a text `maximum` is that of its bytes
  std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
  std::vector<Field> fields;          ///< of a block
  std::shared_ptr<const Type> items;  ///< of a list or a map
};

/// Without knowledge of the C++ type: `value` points to one.
class Type {
 public:
  explicit Type(Shape shape) : shape_(std::move(shape)) {}
  virtual ~Type() = default;
  Type(const Type&) = delete;
  Type& operator=(const Type&) = delete;

  /// False when at least one problem was noted. What of the value was right is then in it all the same, each item of a list at its
  /// index, so that checks over the whole document can go on with it; what was not (Reader::broken) is unspecified.
  virtual bool read(Reader& reader, const Node& node, void* value) const = 0;
  /// The value as YAML in flow style: reading that gives an equal value. Empty: nothing is set.
  [[nodiscard]] virtual std::string print(const void* value) const = 0;
  [[nodiscard]] const Shape& shape() const noexcept { return shape_; }

 private:
  Shape shape_;
};

/// A type of setting whose values are C++ values of type T.
template <class T>
class TypeOf {
 public:
  using Value = T;
  explicit TypeOf(std::shared_ptr<const Type> type) noexcept : type_(std::move(type)) {}

  bool read(Reader& reader, const Node& node, T& value) const { return type_->read(reader, node, &value); }
  [[nodiscard]] std::string print(const T& value) const { return type_->print(&value); }
  [[nodiscard]] const Shape& shape() const noexcept { return type_->shape(); }
  [[nodiscard]] const std::shared_ptr<const Type>& erased() const noexcept { return type_; }

 private:
  std::shared_ptr<const Type> type_;
};

/// What may name an entry of a map: a name of the operator's own (is_name), or any text (somebody else's names, as of claims).
enum class Names : std::uint8_t { own, any };

// The bodies that need no knowledge of T, out of line.
namespace detail {
bool note_wrong_kind(Reader& reader, const Node& node, std::string_view wanted, std::string nearest = {});
/// The same where a list is wanted; an only item without its brackets is offered with them. `takes`: whether it is a right item.
bool note_no_list(Reader& reader, const Node& node, const std::function<bool(Reader& aside)>& takes);
bool in_range(Reader& reader, const Node& node, std::int64_t count, const Shape& shape);
[[nodiscard]] Shape list_shape(const Type& items, std::shared_ptr<const Type> pointer, std::size_t minimum, std::size_t maximum);
[[nodiscard]] Shape map_shape(const Type& items, std::shared_ptr<const Type> pointer, Names names, std::size_t maximum);
[[nodiscard]] Shape with_word(const Shape& shape, std::string_view word, std::string_view purpose);
bool check_name(Reader& reader, Position at, std::string_view name, Names names);
bool is_word(const Node& node, std::string_view word) noexcept;
/// A scalar that is neither one of the words nor a value of the type that they stand in for: noted, and true.
bool note_no_word(Reader& reader, const Node& node, const Shape& shape);
/// "[a, b]"
void append_item(std::string& out, std::string_view item);
}  // namespace detail

/// Most items of a list and most names of a map, where the maker is given no other number.
inline constexpr std::size_t items_max = 1000;

/// Names of things that the operator invents (upstreams, plans ...): letters, digits, '-' and '_', 1 to 64 of them.
[[nodiscard]] bool is_name(std::string_view name) noexcept;
/// Text as YAML: plain where that is read back as the same text, else in double quotes.
[[nodiscard]] std::string quote(std::string_view text);

}  // namespace gatehouse::settings

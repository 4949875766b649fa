// What the values of one place have had in common: their types, how large they were, which members they had and which of them always. Taking a value in and
// merging two shapes commute and associate, so that the order of the traffic never shows:
//
//   counts add, bounds widen, formats and "always" narrow; more than names_max names become one map, more than words_max words become "any text"
//
// Nothing of a value is kept but that: of a number its order of magnitude, of a text its length to the next power of two. The one exception is words that may be an
// enumeration (words.hpp), with how many callers sent each; who writes a shape down leaves out those that too few did.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engines/inference/words.hpp"
#include "ground/json/document.hpp"

namespace gatehouse::inference {

/// About how many callers there were: a bit for each of 64 groups that they fall into by chance.
class Callers {
 public:
  constexpr Callers() = default;
  constexpr explicit Callers(std::uint64_t bits) : bits_(bits) {}
  /// The one with this number, which is a keyed hash.
  [[nodiscard]] static constexpr Callers of(std::uint64_t caller) { return Callers(std::uint64_t{1} << (caller & 63U)); }
  constexpr void merge(Callers other) { bits_ |= other.bits_; }
  /// No more than there were.
  [[nodiscard]] int count() const noexcept { return __builtin_popcountll(bits_); }
  [[nodiscard]] std::uint64_t bits() const noexcept { return bits_; }
  bool operator==(const Callers&) const = default;

 private:
  std::uint64_t bits_ = 0;
};

/// Between which powers of ten numbers lie.
struct Magnitude {
  static constexpr std::uint8_t beyond = 20;  // more than 10^18
  std::uint8_t above = 0;                     ///< 0: none was positive; k + 1: none was more than 10^k; beyond: there is no bound
  std::uint8_t below = 0;                     ///< the same of negative ones
  bool zero = false;                          ///< one was zero, or between 0 and 1

  void take(double number) noexcept;
  void merge(const Magnitude& other) noexcept;
  bool operator==(const Magnitude&) const = default;
};

/// The words that a text was, as long as they are few.
struct Vocabulary {
  static constexpr std::size_t words_max = 12;
  struct Word {
    std::uint64_t seen = 0;
    Callers callers;
    bool operator==(const Word&) const = default;
  };
  bool any = false;  ///< too many, or what is no word of an enumeration: nothing is kept any more
  std::map<std::string, Word, std::less<>> words;

  void take(std::string_view text, Callers caller);
  void merge(const Vocabulary& other);
  void give_up() noexcept;
  bool operator==(const Vocabulary&) const = default;
};

struct Shape;

/// A member of an object: never null once made. A copy is a deep one.
class ShapeBox {
 public:
  ShapeBox();
  ShapeBox(const ShapeBox& other);
  ShapeBox(ShapeBox&& other) noexcept;
  ShapeBox& operator=(const ShapeBox& other);
  ShapeBox& operator=(ShapeBox&& other) noexcept;
  ~ShapeBox();
  [[nodiscard]] Shape& operator*() noexcept { return *shape_; }
  [[nodiscard]] const Shape& operator*() const noexcept { return *shape_; }
  [[nodiscard]] Shape* operator->() noexcept { return shape_.get(); }
  [[nodiscard]] const Shape* operator->() const noexcept { return shape_.get(); }
  bool operator==(const ShapeBox& other) const;

 private:
  std::unique_ptr<Shape> shape_;
};

/// Who sent a value, and under which name it stood.
struct Origin {
  Callers caller;
  bool is_private = false;  ///< is_private_name() of the name, or of one around it
};

struct Shape {
  static constexpr std::size_t depth_max = 10;   ///< of arrays and objects within each other; what is deeper may be anything
  static constexpr std::size_t names_max = 100;  ///< of one object; if there are more it is a map
  static constexpr std::uint8_t unbounded = 32;

  std::uint64_t seen = 0;
  std::uint64_t nulls = 0, booleans = 0, integers = 0, numbers = 0, strings = 0, arrays = 0, objects = 0;
  std::uint64_t deep = 0;      ///< arrays and objects that were too deep to be looked into
  std::uint64_t repeated = 0;  ///< of texts that were a parameter or field: how often it came more than once in one message
  Magnitude magnitude;         ///< of all numbers
  // Of strings, and of all values that came as text whatever they look like:
  std::uint8_t length = 0;  ///< none was longer than 2^length characters; unbounded: beyond 2^31
  bool empty = false;       ///< one was
  Looks looks = looks_all;  ///< formats that all kept
  Vocabulary vocabulary;
  // Of arrays, and of parameters that were repeated:
  std::uint8_t items_length = 0;  ///< none had more than 2^items_length items
  std::vector<ShapeBox> items;    ///< one at most
  // Of objects:
  struct Member {
    std::uint64_t seen = 0;
    ShapeBox shape;
    bool operator==(const Member&) const = default;
  };
  bool map = false;  ///< it had more than names_max names: all are in `values`
  std::map<std::string, Member, std::less<>> members;
  std::vector<ShapeBox> values;  ///< one at most: of members whose names vary

  /// Takes in a value of JSON.
  void take(json::Value value, const Origin& origin, std::size_t depth = 0);
  /// Takes in a value that came as text, decoded: in a path, a query, a form. It may also be a number or a boolean.
  void take_text(std::string_view text, const Origin& origin, std::uint64_t times = 1);
  void merge(const Shape& other);

  /// The member of that name, or if it varies the one that stands for all of them.
  [[nodiscard]] Shape& member(std::string_view name);
  /// Shapes in it, itself included.
  [[nodiscard]] std::size_t size() const noexcept;
  bool operator==(const Shape&) const = default;

 private:
  void take_characters(std::string_view text, const Origin& origin);
  void become_map();
};

/// The smallest k of which `number` is at most 2^k; Shape::unbounded beyond 2^31.
[[nodiscard]] std::uint8_t order_of(std::uint64_t number) noexcept;

}  // namespace gatehouse::inference

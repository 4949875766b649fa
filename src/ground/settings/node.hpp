// The parsed document as a tree, independent of the language it was written in (app/config builds it from YAML). Each
// node knows where it stood, so that every problem can point at its place.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::settings {

/// A place in the file; both count from 1, columns in characters of UTF-8.
struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  bool operator==(const Position&) const = default;
};

/// Of a problem with the document as a whole, which is at no line of it.
inline constexpr Position whole_document{0, 0};

class Node {
 public:
  enum class Kind : std::uint8_t { null, scalar, list, map };
  struct Entry;

  Kind kind = Kind::null;
  Position at;
  std::string text;            ///< of a scalar
  bool quoted = false;         ///< a scalar in quotes is text, whatever it looks like
  bool flow = false;           ///< a list in [ ] or a map in { }
  bool refused = false;        ///< it was noted already that it cannot be taken: nobody reads it any more
  std::vector<Node> items;     ///< of a list
  std::vector<Entry> entries;  ///< of a map, in the order of the file, each name once

  [[nodiscard]] static Node scalar(std::string text, Position at = {}, bool quoted = false);
  /// The value of that name in a map; null when there is none or this is no map.
  [[nodiscard]] const Node* get(std::string_view name) const noexcept;
  /// The node at a path such as "routes[2].path"; the deepest one on the way that exists when the path ends early.
  [[nodiscard]] const Node& nearest(std::string_view path) const noexcept;
  /// "a list", "text" ... : for saying what was found.
  [[nodiscard]] std::string_view kind_text() const noexcept;
  /// A plain scalar that YAML 1.2 (core schema, section 10.3) reads as a number or a boolean, and not as text.
  [[nodiscard]] bool looks_like_number_or_boolean() const noexcept;
};

struct Node::Entry {
  std::string name;
  Position at;  ///< of the name
  Node value;
};

}  // namespace gatehouse::settings

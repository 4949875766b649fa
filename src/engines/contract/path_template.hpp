// A path of a contract, such as "/pets/{id}/photos/{name}.{type}". What follows `#` or `?` in it never reaches a server as part of a path: publishers write it to
// tell operations of one path apart.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/result.hpp"

namespace gatehouse::contract {

class PathTemplate {
 public:
  static constexpr std::size_t names_max = 64;

  /// A literal, or the place of a name.
  struct Piece {
    std::string literal;                      ///< in the normal form of http::NormalPath; empty for a name
    std::optional<std::uint32_t> name_index;  ///< in names()
  };
  struct Segment {
    std::vector<Piece> pieces;
    [[nodiscard]] bool is_literal() const noexcept { return pieces.empty() || (pieces.size() == 1 && !pieces[0].name_index); }
  };

  /// `text` begins with a slash. Fault::invalid: braces that do not pair, an empty name, a name twice, two names side by side, more than names_max.
  [[nodiscard]] static Result<PathTemplate> parse(std::string_view text);

  [[nodiscard]] const std::vector<Segment>& segments() const noexcept { return segments_; }
  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
  /// Two templates with the same shape take the same paths: the names are left out.
  [[nodiscard]] const std::string& shape() const noexcept { return shape_; }
  /// What follows a `#` or a `?`, with it; empty: there is none.
  [[nodiscard]] const std::string& suffix() const noexcept { return suffix_; }

  /// The values of names(), encoded as they came, if the segments (of an http::NormalPath, behind the base path) fit. Where two readings are possible, all names
  /// but the last of a segment take as little as they can.
  [[nodiscard]] bool match(std::span<const std::string_view> segments, std::span<std::string_view> values) const;

 private:
  std::vector<Segment> segments_;
  std::vector<std::string> names_;
  std::string shape_, suffix_;
};

}  // namespace gatehouse::contract

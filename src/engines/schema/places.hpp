// The texts and places of a program while it is made: each text is kept once, each place of a document has one number.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>

#include "engines/schema/program.hpp"

namespace gatehouse::schema {

class Places {
 public:
  explicit Places(Program& program) noexcept : program_(&program) {}

  [[nodiscard]] TextId text(std::string_view text);
  [[nodiscard]] PlaceId root(std::string_view url);
  [[nodiscard]] PlaceId child(PlaceId parent, std::string_view segment);
  [[nodiscard]] PlaceId child(PlaceId parent, std::size_t index) { return child(parent, std::to_string(index)); }
  /// From here on down, locations are told relative to this URL.
  void begin_resource(PlaceId place, std::string_view url) { program_->resource_urls[place] = url; }

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };
  Program* program_;
  std::unordered_map<std::string, TextId, TextHash, std::equal_to<>> texts_;
  std::unordered_map<std::uint64_t, PlaceId> children_;
};

/// `~` and `/` as a JSON Pointer writes them (RFC 6901 section 3).
void append_pointer_segment(std::string& out, std::string_view segment);
/// The path from one place down to another.
[[nodiscard]] std::string pointer_between(const Program& program, PlaceId from, PlaceId to);
/// The URL of the resource that a place is in, '#', the path from its root.
[[nodiscard]] std::string absolute_location(const Program& program, PlaceId place);

}  // namespace gatehouse::schema

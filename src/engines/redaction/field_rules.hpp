// Which members of a JSON text are not for everybody, and what becomes of them: a graph of places, walked beside the text. Compiled at load, by who knows the
// contract or the configuration; shared by all threads.
//
//     root ── "patients" ── items ── "ssn" (removed for who lacks the scope ssn:read)
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ground/base/result.hpp"

namespace gatehouse::redaction {

/// What becomes of a value. Of several the first holds.
enum class Action : std::uint8_t {
  remove,     ///< the member, or the element of an array, is not there
  mask,       ///< a constant of the same type stands in its place: "***", 0, false, {}, []; null stays
  last_four,  ///< as mask, but a text of eight characters or more keeps its last four: "***1234"
};

/// Everybody, or who lacks one of some scopes.
using Guard = std::uint32_t;
inline constexpr Guard everybody = 0;

struct Mark {
  Action action;
  Guard guard = everybody;
  bool operator==(const Mark&) const = default;
  auto operator<=>(const Mark&) const = default;
};

using PlaceId = std::uint32_t;
/// Below it nothing is marked.
inline constexpr PlaceId unmarked = 0;

/// What is known of the values at one place.
struct Place {
  std::vector<Mark> marks;
  std::vector<std::pair<std::string, PlaceId>> members;  ///< sorted by name
  PlaceId rest = unmarked;                               ///< members with another name are as there, if that is a place
  PlaceId others = unmarked;                             ///< else they are here
  PlaceId items = unmarked;                              ///< elements of an array
};

struct FieldRules {
  std::vector<Place> places = std::vector<Place>(1);  ///< the first is `unmarked`
  std::vector<std::vector<std::string>> guards =
      {};  ///< scopes, all of which a caller must hold for the marks with that guard not to be for them; Guard 1 is the first

  bool for_everybody = false;  ///< some mark holds whoever asks

  /// Where the member of that name is, with the name as the rules have it; null: they have none for it.
  struct Found {
    PlaceId place;
    const std::string* name;
  };
  [[nodiscard]] Found member(PlaceId of, std::string_view name) const noexcept;
  /// The same for a name that no place knows.
  [[nodiscard]] Found unnamed(PlaceId of) const noexcept {
    const auto rest = places[of].rest;
    return {places[rest == unmarked ? of : rest].others, nullptr};
  }
  /// The longest name that any place knows, in bytes.
  [[nodiscard]] std::size_t name_bytes_max() const noexcept;
  /// Makes each place from which no mark can be reached `unmarked`, so that nobody looks at what is below it. The root as it is then.
  [[nodiscard]] PlaceId pruned(PlaceId root);
};

/// One setting: "/patients/*/ssn" is a JSON Pointer (RFC 6901) in which `*` is any member or element, and other tokens are names of members; a text that does not begin
/// with '/' is the name of a member, wherever it is.
struct FieldPattern {
  std::string path;
  Action action;
};

inline constexpr std::size_t pattern_steps_max = 64, places_max = 20'000;

/// What is wrong with a path, as a sentence without its subject; empty: nothing.
[[nodiscard]] std::string wrong_path(std::string_view path);

/// Rules, the first place behind `unmarked` being the root. Fault::invalid: a path is wrong; Fault::exhausted: together they come to more than places_max places.
[[nodiscard]] Result<FieldRules> compile(const std::vector<FieldPattern>& patterns);
/// The root of rules that compile() made.
inline constexpr PlaceId compiled_root = 1;

}  // namespace gatehouse::redaction

// Which values a schema proves harmless: those that can carry nothing into another language, whatever their sender wants, since the schema takes only numbers, words that it names
// itself, identifiers, dates, or short texts of plain characters. What looks for injections need not look at them.
//
//     HarmlessFinder finder(program);
//     const auto body = finder.find(schema);
//     const auto places = std::move(finder).finish();
//     if (places[places.at(body, "/items/3/id")].why.proven()) ...
//
// Read off the compiled program and not off the text of the schema, so that dialects, references and everything else mean here what they mean when values are judged.
// Every step errs to one side: a word that is not understood proves nothing, and of alternatives each one must prove it.
//
// Invariant: of a value that keeps the schema, a text that stands at a place proven harmless is one of the schema's own words, or an identifier or date of fixed form, or
// is_plain_text() and of at most `text_max` characters. A place says nothing of what is deeper within the value.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engines/schema/schema.hpp"

namespace gatehouse::schema {

/// Why: bits, since a value may be of several kinds.
class Harmless {
 public:
  enum Bit : std::uint16_t {
    null = 1,
    boolean = 2,
    integer = 4,
    number = 8,
    choice = 16,
    uuid = 32,
    date = 64,
    time = 128,
    pattern = 256,
    list = 512
  };
  constexpr Harmless() = default;
  constexpr Harmless(unsigned bits) noexcept : bits_(static_cast<std::uint16_t>(bits)) {}  // NOLINT(google-explicit-constructor): bits are a set
  [[nodiscard]] constexpr bool proven() const noexcept { return bits_ != 0; }
  [[nodiscard]] constexpr bool has(Bit bit) const noexcept { return (bits_ & bit) != 0; }
  constexpr Harmless operator|(Harmless other) const noexcept { return bits_ | other.bits_; }
  constexpr bool operator==(const Harmless&) const = default;

 private:
  std::uint16_t bits_ = 0;
};
/// "an integer", "one of the values that the contract names, or null"; empty: not proven.
[[nodiscard]] std::string to_text(Harmless why);

class HarmlessPlaces {
 public:
  using Id = std::uint32_t;
  static constexpr Id nowhere = 0;

  struct Place {
    Harmless why;                                          ///< of the value itself, if it is no array and no object
    bool scalar = false;                                   ///< it is neither for certain
    bool may_be_items = false;                             ///< it may be an array, and is no object
    std::vector<std::pair<std::string, Id>> members = {};  ///< sorted by name
    Id items = nowhere;                                    ///< of each element
  };

  HarmlessPlaces() : places_(1) {}
  [[nodiscard]] const Place& operator[](Id id) const noexcept { return places_[id]; }
  /// The place that a JSON Pointer leads to; `nowhere`, of which nothing is proven, if it is none or leads to what is not spoken of.
  [[nodiscard]] Id at(Id from, std::string_view pointer) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return places_.size(); }

 private:
  friend class HarmlessFinder;
  std::vector<Place> places_;
};

class HarmlessFinder {
 public:
  static constexpr std::uint64_t text_max = 256;          // characters of a text that only its characters make harmless
  static constexpr std::size_t places_max = 200'000;      // behind it nothing is proven
  static constexpr std::uint64_t steps_max = 10'000'000;  // instructions read for all places
  static constexpr std::size_t alternatives_max = 32;     // for one value; of more, only what all of them share is looked at

  /// All schemas asked for are of that program.
  explicit HarmlessFinder(std::shared_ptr<const Program> program);
  [[nodiscard]] HarmlessPlaces::Id find(const Schema& schema);
  /// Without the places behind which nothing is proven.
  [[nodiscard]] HarmlessPlaces finish() &&;

 private:
  using Id = HarmlessPlaces::Id;
  using Blocks = std::vector<std::uint32_t>;  // that a value keeps, all of them; sorted
  using Alternatives = std::vector<Blocks>;   // of which it keeps one; sorted
  struct Facts;
  class Expansion;
  Id id_of(Alternatives alternatives);
  void fill(Id id, const Alternatives& alternatives);
  [[nodiscard]] std::vector<Facts> facts_of(const Alternatives& alternatives);
  void fill_members(Id id, const std::vector<Facts>& facts);
  void fill_items(Id id, const std::vector<Facts>& facts);

  std::shared_ptr<const Program> program_;
  HarmlessPlaces out_;
  std::map<Alternatives, Id> ids_;
  std::vector<std::pair<Id, Alternatives>> waiting_;
  std::uint64_t steps_ = 0;
};

}  // namespace gatehouse::schema

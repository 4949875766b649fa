// A JSON text without what its rules withhold, while it streams: cut anywhere, of any length, never held. What is not withheld leaves byte for byte.
//
//     {"name": "Rex", "ssn": "123", "card": "4111111111111111"}   ->   {"name": "Rex", "card": "***1111"}
//
// Invariant: of a member that is removed not a byte leaves, of one that is masked only the constant; a text that is no JSON is not decided, and ends.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engines/redaction/field_rules.hpp"

namespace gatehouse::redaction {

/// Which marks hold for one caller, by their guards.
class Caller {
 public:
  /// Lacks all scopes.
  explicit Caller(const FieldRules& rules) : lacks_(rules.guards.size() + 1, true), lacks_any_(!rules.guards.empty()) {}
  template <class HasScope>
  Caller(const FieldRules& rules, HasScope has_scope) : Caller(rules) {
    lacks_any_ = false;
    for (std::size_t i = 0; i < rules.guards.size(); ++i) {
      lacks_[i + 1] = !std::ranges::all_of(rules.guards[i], has_scope);
      lacks_any_ = lacks_any_ || lacks_[i + 1];
    }
  }
  [[nodiscard]] bool lacks(Guard guard) const noexcept { return lacks_[guard]; }
  [[nodiscard]] bool lacks_any() const noexcept { return lacks_any_; }

 private:
  std::vector<bool> lacks_;
  bool lacks_any_;
};

/// Whether any mark at all holds for that caller.
[[nodiscard]] inline bool withholds(const FieldRules& rules, const Caller& caller) noexcept { return rules.for_everybody || caller.lacks_any(); }

class FieldEditor {
 public:
  static constexpr std::size_t depth_max = 512;

  enum class Values : std::uint8_t {
    one,
    several,  ///< one after the other: JSON Lines, JSON text sequences
  };
  /// The rules must outlive it.
  FieldEditor(const FieldRules& rules, PlaceId root, Caller caller, Values values = Values::one);

  /// Appends to `out` what is to leave; with `last`, nothing more comes. False: it is no JSON or nested too deep, and nothing more must leave.
  [[nodiscard]] bool take(std::string_view piece, bool last, std::string& out);

  [[nodiscard]] std::size_t removed() const noexcept { return removed_; }
  [[nodiscard]] std::size_t masked() const noexcept { return masked_; }
  /// Where the first of them was, as the rules name it: "/patients/*/ssn". No name that only the text knows.
  [[nodiscard]] const std::string& first() const noexcept { return first_; }

 private:
  enum class Phase : std::uint8_t { value, text, scalar, after, name_or_end, name, in_name, colon };
  struct Open {
    bool object;
    bool wrote = false;  // a member or element of it has left
    PlaceId place;
    const std::string* label;  // of its value; null: `*`
  };
  static constexpr std::size_t spaces_max = 4096;  // before a member that is not decided; more are left out

  [[nodiscard]] bool step(std::string_view piece, std::size_t& at);
  [[nodiscard]] bool take_value(char c);
  [[nodiscard]] bool take_scalar(char c, std::size_t& at);
  [[nodiscard]] bool take_after(char c);
  [[nodiscard]] bool take_name(char c);
  void take_in_name(std::string_view piece, std::size_t& at);
  void take_text(std::string_view piece, std::size_t& at);
  [[nodiscard]] bool begin(bool object, char c);
  [[nodiscard]] bool close(char c);
  void end_value();
  void decide_member(std::string_view raw);
  void member_is(const FieldRules::Found& found);
  void leave_out();
  void replace(char c);
  void note_first();
  void keep_character(char c);
  void write_last_four();
  [[nodiscard]] std::size_t skip_byte_mark(std::string_view piece);
  [[nodiscard]] const Mark* mark_of(PlaceId place) const noexcept;
  void put(std::string_view text);
  void put(char c) { put(std::string_view(&c, 1)); }
  void put_space(char c);
  void commit();
  [[nodiscard]] PlaceId here() const noexcept { return open_.empty() ? unmarked : open_.back().place; }

  const FieldRules& rules_;
  Caller caller_;
  PlaceId root_;
  Values values_;
  std::size_t name_max_;
  std::string* out_ = nullptr;
  Phase phase_ = Phase::value;
  std::vector<Open> open_;
  std::string pending_;  // a comma, spaces and a name whose member is not decided
  bool holds_ = false;   // what comes goes there
  bool silent_ = false;  // a value is being left out
  std::size_t silent_at_ = 0;
  bool escaped_ = false;    // the next character of a text belongs to a backslash
  bool may_close_ = false;  // the array has just begun
  bool failed_ = false;
  bool is_word_ = false;     // the scalar is true, false or null
  std::string_view rest_;    // of that, what is due
  std::size_t name_at_ = 0;  // in pending_, where the name begins
  std::size_t byte_mark_ = 0;
  // The value that is due, or is being read.
  PlaceId place_ = unmarked;
  const std::string* label_ = nullptr;
  // The last characters of a text, as they are written.
  bool keeps_last_ = false;
  std::array<std::string, 4> last_;
  std::size_t characters_ = 0, digits_due_ = 0;
  std::size_t removed_ = 0, masked_ = 0;
  std::string first_;
};

}  // namespace gatehouse::redaction

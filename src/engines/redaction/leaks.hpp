// What a server should never show, known by its form: frames of stack traces, errors of databases, secrets. Found in any text while it streams, by the words that it cannot
// be without (searched for together, by a hash of their first four characters), each looked at again with what stands around it.
//
// Invariant: where the text is cut makes no difference. What is found stands within one line, but for the rest of a private key; around a word at most `around` bytes are
// looked at to either side, so that no more than twice as many wait, and nothing that a line end has closed.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::redaction {

enum class LeakGroup : std::uint8_t { stack_trace, sql_error, secret, token };
inline constexpr std::size_t leak_groups = 4;

enum class LeakAction : std::uint8_t {
  off,     ///< not looked for
  log,     ///< told
  mask,    ///< told, and its letters and digits are stars
  refuse,  ///< told, and nothing more leaves
};
using LeakActions = std::array<LeakAction, leak_groups>;  ///< by group

/// What a leak is called: "stack trace of Java".
struct LeakPattern {
  std::string_view name;
  LeakGroup group;
};
[[nodiscard]] std::vector<LeakPattern> leak_patterns();

/// As many bytes leave as come.
class LeakScanner {
 public:
  static constexpr std::size_t around = 256;

  explicit LeakScanner(const LeakActions& actions) noexcept : actions_(actions) {}

  /// Appends what is to leave; with `last`, nothing more comes. False: there is one that is refused, and nothing more must leave.
  [[nodiscard]] bool take(std::string_view piece, bool last, std::string& out);

  /// All that were found.
  [[nodiscard]] std::size_t found() const noexcept { return found_; }
  [[nodiscard]] std::size_t masked() const noexcept { return masked_; }
  /// The name of the first; empty: there was none. What was found is never told.
  [[nodiscard]] std::string_view first() const noexcept { return first_; }
  /// The name of the one that take() said no for.
  [[nodiscard]] std::string_view refused() const noexcept { return refused_; }

 private:
  /// What follows a span for as long as its characters may be of it.
  enum class Tail : std::uint8_t { none, private_key, token };
  struct Span {
    std::size_t from, to;  // in window_
    Tail tail;
  };
  void search(std::size_t end);
  void look_at(std::size_t at);
  void emit(std::size_t end, std::string& out);
  [[nodiscard]] bool is_escape(std::size_t at) const noexcept;
  [[nodiscard]] bool in_tail(char c) noexcept;

  LeakActions actions_;
  std::string window_;       // what has left and may be looked at again, then what has not
  std::size_t left_ = 0;     // of window_: has left
  std::size_t looked_ = 0;   // of window_: every word that begins before was looked at
  std::vector<Span> spans_;  // not left altogether
  Tail tail_ = Tail::none;
  std::uint8_t dashes_ = 0, rules_ = 0;
  std::size_t found_ = 0, masked_ = 0;
  std::string_view first_, refused_;
};

}  // namespace gatehouse::redaction

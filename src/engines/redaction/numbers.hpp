// Numbers of payment cards (ISO/IEC 7812-1, checked by Luhn's digit) and of bank accounts (IBAN, ISO 13616, checked modulo 97), found in any text and masked while it streams.
// As many bytes leave as come.
//
//     "4111 1111 1111 1111" -> "**** **** **** 1111"        "DE89 3704 0044 0532 0130 00" -> "DE** **** **** **** **30 00"
//     of JSON outside of strings, where a star cannot stand: 4111111111111111 -> 1000000000000000
//
// Invariant: where the text is cut makes no difference. No more than `window_max` bytes wait for what follows, and only such as may yet be a number.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::redaction {

enum class NumberKind : std::uint8_t { card, iban };

/// Bytes of the card number that begins here: 12 to 19 digits in one piece, or in the groups that cards are printed in with one space or one '-' between each two of them,
/// of a known network and its lengths, with the right last digit, and no letter or digit behind. 0: there is none. What stands before is not looked at.
[[nodiscard]] std::size_t card_at(std::string_view text) noexcept;
/// The same for an IBAN, of the length of its country, in one piece or in groups of four, in capitals or in small letters.
[[nodiscard]] std::size_t iban_at(std::string_view text) noexcept;

class NumberMasker {
 public:
  static constexpr std::size_t window_max = 64;

  struct Kinds {
    bool cards = false, ibans = false;
  };
  /// `json`: outside of strings the text has numbers as JSON writes them.
  NumberMasker(Kinds kinds, bool json) noexcept : kinds_(kinds), json_(json) {}

  /// Appends what is to leave; with `last`, nothing more comes.
  void take(std::string_view piece, bool last, std::string& out);
  [[nodiscard]] std::size_t cards() const noexcept { return cards_; }
  [[nodiscard]] std::size_t ibans() const noexcept { return ibans_; }

 private:
  /// What stands before the character at hand.
  enum class Before : std::uint8_t {
    other,
    word,   // a letter or digit: no number begins here
    point,  // a '.' behind a digit: neither
    minus,  // outside of strings
  };
  [[nodiscard]] std::size_t mask_at(char* text, std::size_t size);
  void step(char c) noexcept;

  Kinds kinds_;
  bool json_;
  bool in_string_ = false;
  std::uint8_t escape_ = 0;  // characters of an escape that are due
  Before before_ = Before::other;
  bool digit_ = false;  // the character before is one
  std::string waiting_;
  std::size_t cards_ = 0, ibans_ = 0;
};

}  // namespace gatehouse::redaction

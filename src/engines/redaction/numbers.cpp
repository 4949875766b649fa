#include "engines/redaction/numbers.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include "ground/base/text.hpp"

namespace gatehouse::redaction {

namespace numbers {
namespace {

enum class Kind : std::uint8_t { other, letter, digit };
constexpr auto kinds = [] {
  std::array<Kind, 256> table{};
  for (std::size_t c = 0; c < table.size(); ++c)
    table[c] = c < 128 && text::is_digit(static_cast<char>(c))   ? Kind::digit
               : c < 128 && text::is_alpha(static_cast<char>(c)) ? Kind::letter
                                                                 : Kind::other;
  return table;
}();
Kind kind_of(char c) noexcept { return kinds[static_cast<unsigned char>(c)]; }

// ---- cards ----

constexpr std::uint32_t lengths(std::initializer_list<unsigned> all) {
  std::uint32_t bits = 0;
  for (const auto length : all) bits |= 1U << length;
  return bits;
}
constexpr std::uint32_t from_to(unsigned least, unsigned most) {
  std::uint32_t bits = 0;
  for (unsigned length = least; length <= most; ++length) bits |= 1U << length;
  return bits;
}

/// A network by the first six digits, and how many digits its numbers have.
struct Network {
  std::uint32_t from, to, lengths;
};
constexpr std::array networks{
    Network{400000, 499999, lengths({13, 16, 19})},                                            // Visa
    Network{510000, 559999, lengths({16})},                                                    // Mastercard
    Network{222100, 272099, lengths({16})},         Network{340000, 349999, lengths({15})},    // American Express
    Network{370000, 379999, lengths({15})},         Network{601100, 601199, from_to(16, 19)},  // Discover
    Network{644000, 659999, from_to(16, 19)},       Network{300000, 305999, from_to(14, 19)},  // Diners Club
    Network{309500, 309599, from_to(14, 19)},       Network{360000, 369999, from_to(14, 19)},
    Network{380000, 399999, from_to(14, 19)},       Network{352800, 358999, from_to(16, 19)},  // JCB
    Network{620000, 629999, from_to(16, 19)},                                                  // UnionPay
    Network{810000, 817199, from_to(16, 19)},       Network{500000, 509999, from_to(12, 19)},  // Maestro
    Network{560000, 589999, from_to(12, 19)},       Network{630000, 639999, from_to(12, 19)},
    Network{670000, 679999, from_to(12, 19)},       Network{220000, 220499, from_to(16, 19)},  // Mir
    Network{600000, 609999, lengths({16})},                                                    // RuPay
    Network{820000, 829999, lengths({16})},         Network{979200, 979299, lengths({16})},    // Troy
};
constexpr std::size_t digits_min = 12, digits_max = 19;

/// The digits of a number, without what stands between them.
struct CardDigits {
  std::array<char, digits_max> text{};
  std::size_t count = 0;

  [[nodiscard]] bool are_card() const noexcept {
    if (count < digits_min) return false;
    std::uint32_t first = 0;
    for (std::size_t i = 0; i < 6; ++i) first = first * 10 + static_cast<std::uint32_t>(text[i] - '0');
    const bool known = std::ranges::any_of(
        networks, [&](const Network& network) { return first >= network.from && first <= network.to && ((network.lengths >> count) & 1U) != 0; });
    return known && keep_luhn();
  }
  /// ISO/IEC 7812-1 annex B.
  [[nodiscard]] bool keep_luhn() const noexcept {
    unsigned sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      auto digit = static_cast<unsigned>(text[count - 1 - i] - '0');
      if (i % 2 == 1) digit = digit < 5 ? 2 * digit : 2 * digit - 9;
      sum += digit;
    }
    return sum % 10 == 0;
  }
};

bool ends_number(std::string_view rest) noexcept {
  if (rest.empty()) return true;
  if (text::is_alnum(rest[0])) return false;
  return !(rest[0] == '.' && rest.size() > 1 && text::is_digit(rest[1]));
}

std::size_t digits_at(std::string_view text) noexcept {
  std::size_t count = 0;
  while (count < text.size() && count <= digits_max && text::is_digit(text[count])) ++count;
  return count;
}

/// With those many digits in each group, of which the first is already seen. 0: they are no card.
std::size_t grouped(std::string_view text, std::initializer_list<std::size_t> groups) noexcept {
  CardDigits digits;
  const char between = text[4];
  std::size_t at = 0;
  for (const auto size : groups) {
    if (at > 0) {
      if (at >= text.size() || text[at] != between) return 0;
      ++at;
    }
    if (digits_at(text.substr(std::min(at, text.size()))) != size) return 0;
    for (std::size_t i = 0; i < size; ++i) digits.text[digits.count++] = text[at++];
  }
  return ends_number(text.substr(at)) && digits.are_card() ? at : 0;
}

// ---- accounts ----

struct Country {
  char first, second;
  std::uint8_t length;
};
/// The registry of IBANs, in alphabetical order.
constexpr std::array countries{
    Country{'A', 'D', 24}, Country{'A', 'E', 23}, Country{'A', 'L', 28}, Country{'A', 'T', 20}, Country{'A', 'Z', 28}, Country{'B', 'A', 20},
    Country{'B', 'E', 16}, Country{'B', 'G', 22}, Country{'B', 'H', 22}, Country{'B', 'I', 27}, Country{'B', 'R', 29}, Country{'B', 'Y', 28},
    Country{'C', 'H', 21}, Country{'C', 'R', 22}, Country{'C', 'Y', 28}, Country{'C', 'Z', 24}, Country{'D', 'E', 22}, Country{'D', 'J', 27},
    Country{'D', 'K', 18}, Country{'D', 'O', 28}, Country{'E', 'E', 20}, Country{'E', 'G', 29}, Country{'E', 'S', 24}, Country{'F', 'I', 18},
    Country{'F', 'K', 18}, Country{'F', 'O', 18}, Country{'F', 'R', 27}, Country{'G', 'B', 22}, Country{'G', 'E', 22}, Country{'G', 'I', 23},
    Country{'G', 'L', 18}, Country{'G', 'R', 27}, Country{'G', 'T', 28}, Country{'H', 'N', 28}, Country{'H', 'R', 21}, Country{'H', 'U', 28},
    Country{'I', 'E', 22}, Country{'I', 'L', 23}, Country{'I', 'Q', 23}, Country{'I', 'S', 26}, Country{'I', 'T', 27}, Country{'J', 'O', 30},
    Country{'K', 'W', 30}, Country{'K', 'Z', 20}, Country{'L', 'B', 28}, Country{'L', 'C', 32}, Country{'L', 'I', 21}, Country{'L', 'T', 20},
    Country{'L', 'U', 20}, Country{'L', 'V', 21}, Country{'L', 'Y', 25}, Country{'M', 'C', 27}, Country{'M', 'D', 24}, Country{'M', 'E', 22},
    Country{'M', 'K', 19}, Country{'M', 'N', 20}, Country{'M', 'R', 27}, Country{'M', 'T', 31}, Country{'M', 'U', 30}, Country{'N', 'I', 28},
    Country{'N', 'L', 18}, Country{'N', 'O', 15}, Country{'O', 'M', 23}, Country{'P', 'K', 24}, Country{'P', 'L', 28}, Country{'P', 'S', 29},
    Country{'P', 'T', 25}, Country{'Q', 'A', 29}, Country{'R', 'O', 24}, Country{'R', 'S', 22}, Country{'R', 'U', 33}, Country{'S', 'A', 24},
    Country{'S', 'C', 31}, Country{'S', 'D', 18}, Country{'S', 'E', 24}, Country{'S', 'I', 19}, Country{'S', 'K', 24}, Country{'S', 'M', 27},
    Country{'S', 'O', 23}, Country{'S', 'T', 25}, Country{'S', 'V', 28}, Country{'T', 'L', 23}, Country{'T', 'N', 24}, Country{'T', 'R', 26},
    Country{'U', 'A', 29}, Country{'V', 'A', 22}, Country{'V', 'G', 24}, Country{'X', 'K', 20}, Country{'Y', 'E', 30},
};
constexpr std::size_t iban_max = 34;

char upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

std::size_t length_of_country(char first, char second) noexcept {
  const auto at = std::ranges::find_if(countries, [&](const Country& one) { return one.first == upper(first) && one.second == upper(second); });
  return at == countries.end() ? 0 : at->length;
}

/// ISO 7064, MOD 97-10: the first four characters go to the end, letters are 10 to 35.
bool keeps_modulus(std::string_view iban) noexcept {
  unsigned rest = 0;
  for (std::size_t i = 0; i < iban.size(); ++i) {
    const char c = upper(iban[(i + 4) % iban.size()]);
    rest = text::is_digit(c) ? (rest * 10 + static_cast<unsigned>(c - '0')) % 97 : (rest * 100 + static_cast<unsigned>(c - 'A') + 10) % 97;
  }
  return rest == 1;
}

constexpr std::uint8_t escape_begins = 5;  // the backslash was the last character; else digits of a \u
constexpr std::size_t kept = 4;            // characters at the end that stay

/// Stars for all digits and letters but the first `head` and the last four.
void mask(char* text, std::size_t size, std::size_t head) noexcept {
  std::size_t from_end = 0;
  for (std::size_t i = size; i-- > head;)
    if (text::is_alnum(text[i]) && ++from_end > kept) text[i] = '*';
}

}  // namespace
}  // namespace numbers

std::size_t card_at(std::string_view text) noexcept {
  using namespace numbers;
  const auto first = digits_at(text);
  if (first >= digits_min && first <= digits_max) {
    if (!ends_number(text.substr(first))) return 0;
    CardDigits digits;
    std::ranges::copy(text.substr(0, first), digits.text.begin());
    digits.count = first;
    return digits.are_card() ? first : 0;
  }
  if (first != 4 || text.size() == 4 || (text[4] != ' ' && text[4] != '-')) return 0;
  if (const auto second = digits_at(text.substr(5)); second != 4 && second != 6) return 0;  // a date, most often
  for (const auto groups : {std::initializer_list<std::size_t>{4, 4, 4, 4, 3}, {4, 4, 4, 4, 2}, {4, 4, 4, 4, 1}, {4, 4, 4, 4}, {4, 6, 5}, {4, 6, 4}})
    if (const auto size = grouped(text, groups); size != 0) return size;
  return 0;
}

std::size_t iban_at(std::string_view text) noexcept {
  using namespace numbers;
  constexpr std::size_t group = 4;
  if (text.size() < 15 || !text::is_alpha(text[0]) || !text::is_alpha(text[1]) || !text::is_digit(text[2]) || !text::is_digit(text[3])) return 0;
  const bool small = text[0] >= 'a';
  const auto length = length_of_country(text[0], text[1]);
  if (length == 0 || (text[1] >= 'a') != small) return 0;
  const char between = text[group] == ' ' || text[group] == '-' ? text[group] : '\0';
  std::array<char, iban_max> plain{};
  std::size_t at = 0;
  for (std::size_t count = 0; count < length; ++count) {
    if (between != 0 && count > 0 && count % group == 0) {
      if (at >= text.size() || text[at] != between) return 0;
      ++at;
    }
    if (at >= text.size() || !text::is_alnum(text[at]) || (text::is_alpha(text[at]) && (text[at] >= 'a') != small)) return 0;
    plain[count] = text[at++];
  }
  if (at < text.size() && text::is_alnum(text[at])) return 0;
  return keeps_modulus({plain.data(), length}) ? at : 0;
}

/// Masks the number that begins there; how many bytes it has, or 0.
std::size_t NumberMasker::mask_at(char* text, std::size_t size) {
  const std::string_view rest(text, std::min(size, window_max));
  const bool bare = json_ && !in_string_;
  if (kinds_.cards && text::is_digit(*text) && before_ != Before::minus) {
    const auto bytes = card_at(rest);
    // An exponent is a letter, and so none follows; groups there are no one number.
    if (bytes != 0 && !(bare && numbers::digits_at(rest) != bytes)) {
      ++cards_;
      if (bare) std::fill_n(std::fill_n(text, 1, '1'), bytes - 1, '0');
      else numbers::mask(text, bytes, 0);
      return bytes;
    }
  }
  if (kinds_.ibans && !bare && size > 3 && text::is_alpha(*text) && text::is_digit(text[2]) && text::is_digit(text[3])) {
    const auto bytes = iban_at(rest);
    if (bytes != 0) {
      ++ibans_;
      numbers::mask(text, bytes, 2);
      return bytes;
    }
  }
  return 0;
}

/// Behind that character.
void NumberMasker::step(char c) noexcept {
  using numbers::escape_begins;
  const bool was_digit = std::exchange(digit_, text::is_digit(c));
  before_ = text::is_alnum(c) ? Before::word : c == '.' && was_digit ? Before::point : Before::other;
  if (!json_) return;
  if (escape_ > 0) {  // whatever it means, it is none of the word behind it
    escape_ = static_cast<std::uint8_t>(escape_ < escape_begins ? escape_ - 1 : c == 'u' ? 4 : 0);
    if (escape_ == 0) before_ = Before::other, digit_ = false;
  } else if (in_string_ && c == '\\') {
    escape_ = escape_begins;
  } else if (c == '"') {
    in_string_ = !in_string_;
  } else if (!in_string_ && c == '-') {
    before_ = Before::minus;
  }
}

void NumberMasker::take(std::string_view piece, bool last, std::string& out) {
  const auto start = out.size();
  out += waiting_;
  out += piece;
  waiting_.clear();
  char* const text = out.data() + start;
  const auto size = out.size() - start;
  const auto goes_on = [](char c) { return text::is_alnum(c) || c == ' ' || c == '-' || c == '.'; };
  auto end = size;
  while (!last && end > 0 && size - end < window_max && goes_on(text[end - 1])) --end;
  std::size_t at = 0;
  while (at < end) {
    using numbers::Kind, numbers::kind_of;
    const char c = text[at];
    const auto kind = kind_of(c);
    if (kind == Kind::other || escape_ > 0) {
      step(c);
      ++at;
      continue;
    }
    if (before_ == Before::other || before_ == Before::minus) {
      if (const auto bytes = mask_at(text + at, size - at); bytes > 0) {
        at += bytes;
        before_ = Before::word;
        digit_ = true;
        continue;
      }
    }
    // The rest of the word at once; one that the piece ends within goes on with the next.
    before_ = Before::word;
    do ++at;
    while (at < end && kind_of(text[at]) != Kind::other);
    digit_ = kind_of(text[at - 1]) == Kind::digit;
  }
  waiting_.assign(text + at, size - at);
  out.resize(start + at);
}

}  // namespace gatehouse::redaction

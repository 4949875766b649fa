// A recursive-descent reader that writes as it reads. It goes over the pattern twice: the first time it learns whether there is anything that
// needs captures, the second time it writes them or leaves them away.
#include "engines/schema/ecma_regex.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "ground/base/text.hpp"

namespace gatehouse::schema {

namespace {
constexpr std::size_t nesting_max = 100;
constexpr std::size_t repeat_max = 65'535;        // PCRE2's
constexpr std::size_t repeat_max_linear = 1'000;  // RE2's

constexpr std::string_view any_but_line_end = "[^\\n\\r\\x{2028}\\x{2029}]";
constexpr std::string_view white_space = "\\t-\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}";
constexpr std::string_view not_white_space =
    "\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}"
    "\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}";
constexpr std::string_view nothing_at_all = "[^\\x{0}-\\x{10ffff}]";
constexpr std::string_view anything = "[\\x{0}-\\x{10ffff}]";

/// Unicode's long names of general categories (PropertyValueAliases.txt), which RE2 and PCRE2 know by their short ones only.
constexpr std::array<std::pair<std::string_view, std::string_view>, 41> categories{{{"Letter", "L"},
                                                                                    {"Cased_Letter", "LC"},
                                                                                    {"Uppercase_Letter", "Lu"},
                                                                                    {"Lowercase_Letter", "Ll"},
                                                                                    {"Titlecase_Letter", "Lt"},
                                                                                    {"Modifier_Letter", "Lm"},
                                                                                    {"Other_Letter", "Lo"},
                                                                                    {"Mark", "M"},
                                                                                    {"Combining_Mark", "M"},
                                                                                    {"Nonspacing_Mark", "Mn"},
                                                                                    {"Spacing_Mark", "Mc"},
                                                                                    {"Enclosing_Mark", "Me"},
                                                                                    {"Number", "N"},
                                                                                    {"Decimal_Number", "Nd"},
                                                                                    {"digit", "Nd"},
                                                                                    {"Letter_Number", "Nl"},
                                                                                    {"Other_Number", "No"},
                                                                                    {"Punctuation", "P"},
                                                                                    {"punct", "P"},
                                                                                    {"Connector_Punctuation", "Pc"},
                                                                                    {"Dash_Punctuation", "Pd"},
                                                                                    {"Open_Punctuation", "Ps"},
                                                                                    {"Close_Punctuation", "Pe"},
                                                                                    {"Initial_Punctuation", "Pi"},
                                                                                    {"Final_Punctuation", "Pf"},
                                                                                    {"Other_Punctuation", "Po"},
                                                                                    {"Symbol", "S"},
                                                                                    {"Math_Symbol", "Sm"},
                                                                                    {"Currency_Symbol", "Sc"},
                                                                                    {"Modifier_Symbol", "Sk"},
                                                                                    {"Other_Symbol", "So"},
                                                                                    {"Separator", "Z"},
                                                                                    {"Space_Separator", "Zs"},
                                                                                    {"Line_Separator", "Zl"},
                                                                                    {"Paragraph_Separator", "Zp"},
                                                                                    {"Other", "C"},
                                                                                    {"Control", "Cc"},
                                                                                    {"cntrl", "Cc"},
                                                                                    {"Format", "Cf"},
                                                                                    {"Private_Use", "Co"},
                                                                                    {"Unassigned", "Cn"}}};

/// Short names of scripts (ISO 15924) that people write.
constexpr std::array<std::pair<std::string_view, std::string_view>, 16> scripts{{{"Latn", "Latin"},
                                                                                 {"Grek", "Greek"},
                                                                                 {"Cyrl", "Cyrillic"},
                                                                                 {"Hani", "Han"},
                                                                                 {"Arab", "Arabic"},
                                                                                 {"Hebr", "Hebrew"},
                                                                                 {"Hira", "Hiragana"},
                                                                                 {"Kana", "Katakana"},
                                                                                 {"Hang", "Hangul"},
                                                                                 {"Thai", "Thai"},
                                                                                 {"Deva", "Devanagari"},
                                                                                 {"Armn", "Armenian"},
                                                                                 {"Geor", "Georgian"},
                                                                                 {"Ethi", "Ethiopic"},
                                                                                 {"Zyyy", "Common"},
                                                                                 {"Zinh", "Inherited"}}};

/// Properties that are plain ranges.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> ranges_by_name{
    {{"Any", "\\x{0}-\\x{10ffff}"},
     {"ASCII", "\\x{0}-\\x{7f}"},
     {"ASCII_Hex_Digit", "0-9A-Fa-f"},
     {"AHex", "0-9A-Fa-f"},
     {"White_Space", "\\t-\\r \\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}"},
     {"space", "\\t-\\r \\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}"}}};

/// Properties of characters that ECMA-262 has (table 69) and no engine here: good grammar, but nothing to search with.
constexpr std::array<std::string_view, 14> unknown_to_engines{"Alphabetic",         "Alpha",        "Lowercase",   "Uppercase",   "Emoji",
                                                              "Emoji_Presentation", "ID_Start",     "IDS",         "ID_Continue", "IDC",
                                                              "XID_Start",          "XID_Continue", "Ideographic", "Assigned"};

template <std::size_t count>
std::optional<std::string_view> named(const std::array<std::pair<std::string_view, std::string_view>, count>& table, std::string_view name) {
  for (const auto& [key, value] : table)
    if (key == name) return value;
  return std::nullopt;
}

/// A script's name goes to the engine as it is; whether it knows it shows when it compiles.
bool is_property_word(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) { return text::is_alnum(c) || c == '_'; });
}

void append_code_point(std::string& out, char32_t c) {
  if (c < 0x80 && text::is_alnum(static_cast<char>(c))) {
    out += static_cast<char>(c);
    return;
  }
  constexpr std::string_view hex = "0123456789abcdef";
  out += "\\x{";
  bool begun = false;
  for (int shift = 20; shift >= 0; shift -= 4) {
    const auto digit = c >> static_cast<unsigned>(shift) & 15U;
    begun = begun || digit != 0 || shift == 0;
    if (begun) out += hex[digit];
  }
  out += '}';
}

class EcmaReader {
 public:
  /// `capturing`: groups are written as captures, since something refers to them.
  EcmaReader(std::u32string_view source, bool capturing) : source_(source), capturing_(capturing) { count_groups(); }

  bool read() {
    disjunction(0);
    if (!failed() && at_ < source_.size()) fail(source_[at_] == ')' ? "a ) without its (" : "unexpected");
    for (const auto& name : references_)
      if (!failed() && !group_names_.contains(name)) fail("a reference to a group that is not there");
    return !failed();
  }

  std::string out;
  bool backtracks = false, refers_back = false, too_many_repeats = false;
  bool unsupported = false;  // good grammar, but no engine could search for it
  const char* reason = nullptr;
  std::size_t reason_at = 0;

 private:
  [[nodiscard]] bool failed() const noexcept { return reason != nullptr; }
  void fail(const char* why) {
    if (failed()) return;
    reason = why;
    reason_at = at_;
  }
  [[nodiscard]] bool more() const noexcept { return at_ < source_.size() && !failed(); }
  [[nodiscard]] char32_t peek(std::size_t ahead = 0) const noexcept { return at_ + ahead < source_.size() ? source_[at_ + ahead] : U'\0'; }
  bool take(std::u32string_view text) {
    if (!source_.substr(at_).starts_with(text)) return false;
    at_ += text.size();
    return true;
  }
  static bool is_hex(char32_t c) { return c < 0x80 && text::hex_value(static_cast<char>(c)) >= 0; }
  static bool is_decimal(char32_t c) { return c >= U'0' && c <= U'9'; }

  /// Groups that capture; a back-reference by number may come before its group.
  void count_groups() {
    bool in_class = false;
    for (std::size_t i = 0; i < source_.size(); ++i) {
      const auto c = source_[i];
      if (c == U'\\') ++i;
      else if (in_class) in_class = c != U']';
      else if (c == U'[') in_class = true;
      else if (c == U'(') {
        const auto rest = source_.substr(i + 1);
        groups_ += !rest.starts_with(U"?") || (rest.starts_with(U"?<") && !rest.starts_with(U"?<=") && !rest.starts_with(U"?<!")) ? 1 : 0;
      }
    }
  }

  void disjunction(std::size_t depth) {
    if (depth > nesting_max) return fail("groups nested too deep");
    while (!failed()) {
      while (more() && peek() != U'|' && peek() != U')') term(depth);
      if (!more() || peek() != U'|') return;
      ++at_;
      out += '|';
    }
  }

  void term(std::size_t depth) {
    const auto begin = out.size();
    const auto c = peek();
    if (take(U"^")) return void(out += "\\A");
    if (take(U"$")) return void(out += "\\z");
    if (take(U"\\b")) return void(out += "\\b");
    if (take(U"\\B")) return void(out += "\\B");
    if (take(U"(?=")) return look_around("(?=", depth);
    if (take(U"(?!")) return look_around("(?!", depth);
    if (take(U"(?<=")) return look_around("(?<=", depth);
    if (take(U"(?<!")) return look_around("(?<!", depth);
    if (c == U'(') group(depth);
    else if (c == U'[') character_class();
    else if (c == U'\\') atom_escape();
    else if (c == U'.') {
      ++at_;
      out += any_but_line_end;
    } else if (c == U'*' || c == U'+' || c == U'?' || (c == U'{' && counted().has_value())) {
      return fail("nothing to repeat");
    } else {
      ++at_;
      append_code_point(out, c);
    }
    if (!failed()) quantifier(begin);
  }

  void look_around(std::string_view opening, std::size_t depth) {
    backtracks = true;
    out += opening;
    disjunction(depth + 1);
    close();
    if (more() && (peek() == U'*' || peek() == U'+' || peek() == U'?')) fail("a look-around cannot be repeated");
  }

  void close() {
    if (failed()) return;
    if (!take(U")")) return fail("a ( without its )");
    out += ')';
  }

  void group(std::size_t depth) {
    ++at_;
    if (take(U"?:")) {
      out += "(?:";
    } else if (take(U"?<")) {
      auto name = group_name();
      if (failed()) return;
      out += capturing_ ? "(?<" + name + ">" : "(?:";
      if (!group_names_.insert(std::move(name)).second) return fail("two groups have the same name");
    } else if (peek() == U'?') {
      return fail("no group of ECMA-262 begins so");
    } else {
      out += capturing_ ? "(" : "(?:";
    }
    disjunction(depth + 1);
    close();
  }

  std::string group_name() {
    std::string name;
    for (; more() && peek() != U'>'; ++at_) {
      const auto c = peek();
      const bool ok = c < 0x80 && (text::is_alpha(static_cast<char>(c)) || c == U'_' || (!name.empty() && is_decimal(c)));
      if (!ok || name.size() > 31) {
        fail("a group's name is of letters, digits and _");
        return name;
      }
      name += static_cast<char>(c);
    }
    if (name.empty() || !take(U">")) fail("a group's name does not end");
    return name;
  }

  struct Count {
    std::size_t least, most, size;
    bool open;
  };
  /// `{2}`, `{2,}`, `{2,3}` where we stand; else the bracket is a character.
  [[nodiscard]] std::optional<Count> counted() const {
    std::size_t i = at_ + 1;
    const auto number = [&]() -> std::optional<std::size_t> {
      if (i >= source_.size() || !is_decimal(source_[i])) return std::nullopt;
      std::size_t value = 0;
      for (; i < source_.size() && is_decimal(source_[i]); ++i) value = std::min<std::size_t>(value * 10 + (source_[i] - U'0'), repeat_max + 1);
      return value;
    };
    const auto least = number();
    if (!least) return std::nullopt;
    Count count{*least, *least, 0, false};
    if (i < source_.size() && source_[i] == U',') {
      ++i;
      const auto most = number();
      count.open = !most;
      count.most = most.value_or(*least);
    }
    if (i >= source_.size() || source_[i] != U'}') return std::nullopt;
    count.size = i + 1 - at_;
    return count;
  }

  void quantifier(std::size_t begin) {
    if (!more()) return;
    const auto c = peek();
    if (c == U'*' || c == U'+' || c == U'?') {
      ++at_;
      out += static_cast<char>(c);
    } else if (const auto count = c == U'{' ? counted() : std::nullopt) {
      if (count->most < count->least) return fail("a count runs backwards");
      if (count->most > repeat_max) return fail("a count above 65535");
      too_many_repeats = too_many_repeats || count->most > repeat_max_linear;
      at_ += count->size;
      out += '{' + std::to_string(count->least);
      if (count->open) out += ',';
      else if (count->most != count->least) out += ',' + std::to_string(count->most);
      out += '}';
    } else {
      return;
    }
    if (take(U"?")) out += '?';  // lazy: the same texts match
    static_cast<void>(begin);
    if (more() && (peek() == U'*' || peek() == U'+' || peek() == U'?' || (peek() == U'{' && counted()))) fail("nothing to repeat");
  }

  /// A code point of the escapes that `u` has in and outside of classes; nothing: it is none of them.
  std::optional<char32_t> character_escape() {
    const auto c = peek();
    const auto one = [&](char32_t value) {
      ++at_;
      return value;
    };
    switch (c) {  // NOLINT(hicpp-multiway-paths-covered): characters, not an enum
      case U't': return one(U'\t');
      case U'n': return one(U'\n');
      case U'v': return one(U'\v');
      case U'f': return one(U'\f');
      case U'r': return one(U'\r');
      case U'0':
        if (is_decimal(peek(1))) {
          fail("octal escapes are none of ECMA-262");
          return U'\0';
        }
        return one(U'\0');
      case U'c': {
        const auto letter = peek(1);
        if (letter >= 0x80 || !text::is_alpha(static_cast<char>(letter))) fail("\\c wants a letter");
        at_ += 2;
        return letter % 32;
      }
      case U'x':
        if (!is_hex(peek(1)) || !is_hex(peek(2))) fail("\\x wants two hexadecimal digits");
        at_ += 3;
        return failed() ? U'\0' : hexadecimal(at_ - 2, 2);
      case U'u': return unicode_escape();
      default: break;
    }
    const bool punctuation = c != 0 && c < 0x80 && !text::is_alnum(static_cast<char>(c));
    if (punctuation) return one(c);
    return std::nullopt;
  }

  [[nodiscard]] char32_t hexadecimal(std::size_t begin, std::size_t count) const {
    char32_t value = 0;
    for (std::size_t i = begin; i < begin + count; ++i) value = value * 16 + static_cast<char32_t>(text::hex_value(static_cast<char>(source_[i])));
    return value;
  }
  [[nodiscard]] bool four_hex(std::size_t ahead) const {
    return is_hex(peek(ahead)) && is_hex(peek(ahead + 1)) && is_hex(peek(ahead + 2)) && is_hex(peek(ahead + 3));
  }

  std::optional<char32_t> unicode_escape() {
    if (peek(1) == U'{') {
      std::size_t size = 0;
      char32_t value = 0;
      for (; is_hex(peek(2 + size)) && value <= 0x10FFFF; ++size)
        value = value * 16 + static_cast<char32_t>(text::hex_value(static_cast<char>(peek(2 + size))));
      if (size == 0 || peek(2 + size) != U'}' || value > 0x10FFFF) fail("\\u{...} is no code point");
      at_ += size + 3;
      return value;
    }
    if (!four_hex(1)) {
      fail("\\u wants four hexadecimal digits");
      return U'\0';
    }
    const auto first = hexadecimal(at_ + 1, 4);
    at_ += 5;
    const bool pair = first >= 0xD800 && first < 0xDC00 && peek() == U'\\' && peek(1) == U'u' && four_hex(2);
    if (!pair) return first;
    const auto second = hexadecimal(at_ + 2, 4);
    if (second < 0xDC00 || second > 0xDFFF) return first;
    at_ += 6;
    return 0x10000 + ((first - 0xD800) << 10U) + (second - 0xDC00);
  }

  static bool is_surrogate(char32_t c) { return c >= 0xD800 && c <= 0xDFFF; }

  /// `\d` and its like: what stands between the brackets of a class.
  std::optional<std::string> class_escape() {
    const auto c = peek();
    const auto one = [&](std::string_view ranges) {
      ++at_;
      return std::string(ranges);
    };
    switch (c) {  // NOLINT(hicpp-multiway-paths-covered): characters, not an enum
      case U'd': return one("0-9");
      case U'D': return one("\\x{0}-\\x{2f}\\x{3a}-\\x{10ffff}");
      case U'w': return one("0-9A-Za-z_");
      case U'W': return one("\\x{0}-\\x{2f}\\x{3a}-\\x{40}\\x{5b}-\\x{5e}\\x{60}\\x{7b}-\\x{10ffff}");
      case U's': return one(white_space);
      case U'S': return one(not_white_space);
      case U'p':
      case U'P': return property(c == U'P');
      default: return std::nullopt;
    }
  }

  std::string property(bool negative) {
    at_ += 1;
    if (!take(U"{")) {
      fail("\\p wants a name in braces");
      return {};
    }
    std::string name;
    for (; more() && peek() != U'}' && peek() < 0x80 && name.size() < 64; ++at_) name += static_cast<char>(peek());
    if (!take(U"}")) fail("\\p{...} does not end");
    const auto equals = name.find('=');
    const std::string_view key = std::string_view(name).substr(0, equals == name.npos ? 0 : equals);
    std::string_view value = equals == name.npos ? std::string_view(name) : std::string_view(name).substr(equals + 1);
    if (!is_property_word(value)) fail("no property of characters");
    const bool script = key == "Script" || key == "sc" || key == "Script_Extensions" || key == "scx";
    if (!key.empty() && !script && key != "General_Category" && key != "gc") fail("no property of characters");
    if (key.empty()) {
      if (const auto ranges = named(ranges_by_name, value)) {
        if (!negative) return std::string(*ranges);
        unsupported = true;  // would be the complement within a class
        return std::string(*ranges);
      }
      if (std::ranges::find(unknown_to_engines, value) != unknown_to_engines.end()) unsupported = true;
    }
    if (script) {
      if (const auto full = named(scripts, value)) value = *full;
    } else {
      if (const auto brief = named(categories, value)) value = *brief;
      if (value == "LC") return negative ? (unsupported = true, "\\p{Lu}") : "\\p{Lu}\\p{Ll}\\p{Lt}";
      // What is neither a category nor a property must be a script's name: a bare one is none of ECMA-262.
      if (value.size() > 2 && std::ranges::find(unknown_to_engines, value) == unknown_to_engines.end()) fail("no property of characters");
    }
    return std::string(negative ? "\\P{" : "\\p{") + std::string(value) + "}";
  }

  void atom_escape() {
    ++at_;
    if (at_ >= source_.size()) return fail("a \\ at the end");
    const auto c = peek();
    if (c >= U'1' && c <= U'9') return back_reference();
    if (take(U"k<")) {
      auto name = group_name();
      backtracks = refers_back = true;
      out += "\\k<" + name + ">";
      references_.push_back(std::move(name));
      return;
    }
    if (auto ranges = class_escape()) {
      out += '[' + *ranges + ']';
      return;
    }
    const auto character = character_escape();
    if (failed()) return;
    if (!character) return fail("an escape without a meaning");
    if (is_surrogate(*character)) out += nothing_at_all;  // half a pair is in no text
    else append_code_point(out, *character);
  }

  void back_reference() {
    std::size_t number = 0;
    for (; is_decimal(peek()) && number < 10'000; ++at_) number = number * 10 + (peek() - U'0');
    if (number > groups_) return fail("a reference to a group that is not there");
    backtracks = refers_back = true;
    out += "\\g{" + std::to_string(number) + "}";
  }

  /// One end of a range, or a whole class such as \d, which has none.
  struct ClassAtom {
    std::optional<char32_t> character;
    std::string ranges;
  };
  ClassAtom class_atom() {
    if (peek() != U'\\') return {source_[at_++], {}};
    ++at_;
    if (at_ >= source_.size()) {
      fail("a \\ at the end");
      return {};
    }
    if (take(U"b")) return {U'\b', {}};
    if (auto ranges = class_escape()) return {std::nullopt, std::move(*ranges)};
    const auto character = character_escape();
    if (!character) fail("an escape without a meaning");
    return {character, {}};
  }

  void character_class() {
    ++at_;
    const bool negative = take(U"^");
    std::string ranges;
    while (more() && peek() != U']') {
      auto first = class_atom();
      const bool range = more() && peek() == U'-' && at_ + 1 < source_.size() && peek(1) != U']';
      if (!range || !first.character) {
        append_atom(ranges, first);
        continue;
      }
      ++at_;
      auto second = class_atom();
      if (failed()) return;
      if (!second.character) {  // [a-\d]: the hyphen is one
        append_atom(ranges, first);
        append_code_point(ranges, U'-');
        append_atom(ranges, second);
        continue;
      }
      if (*second.character < *first.character) return fail("a range runs backwards");
      append_range(ranges, *first.character, *second.character);
    }
    if (failed()) return;
    if (!take(U"]")) return fail("a [ without its ]");
    if (ranges.empty()) out += negative ? anything : nothing_at_all;
    else ((out += negative ? "[^" : "[") += ranges) += ']';
  }

  static void append_atom(std::string& ranges, const ClassAtom& atom) {
    ranges += atom.ranges;
    if (atom.character && !is_surrogate(*atom.character)) append_code_point(ranges, *atom.character);
  }
  /// Without the surrogates, which no text holds and no engine takes.
  static void append_range(std::string& ranges, char32_t first, char32_t last) {
    const auto part = [&](char32_t from, char32_t to) {
      if (from > to) return;
      append_code_point(ranges, from);
      ranges += '-';
      append_code_point(ranges, to);
    };
    part(first, std::min<char32_t>(last, 0xD7FF));
    part(std::max<char32_t>(first, 0xE000), last);
  }

  std::u32string_view source_;
  bool capturing_;
  std::size_t at_ = 0;
  std::size_t groups_ = 0;
  std::set<std::string> group_names_;
  std::vector<std::string> references_;
};

/// Well-formed UTF-8, as JSON's strings are.
std::u32string code_points_of(std::string_view utf8) {
  std::u32string out;
  for (std::size_t at = 0; at < utf8.size();) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(utf8[at + i]); };
    const auto first = byte(0);
    const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    char32_t c = size == 1 ? first : first & (0xFFU >> (size + 1));
    for (std::size_t i = 1; i < size && at + i < utf8.size(); ++i) c = c << 6 | (byte(i) & 0x3FU);
    out += c;
    at += size;
  }
  return out;
}

/// A pattern of plain characters between perhaps ^ and $.
void find_literal(std::string_view source, EcmaRegex& regex) {
  regex.at_begin = source.starts_with('^');
  if (regex.at_begin) source.remove_prefix(1);
  regex.at_end = source.ends_with('$') && !source.ends_with("\\$");
  if (regex.at_end) source.remove_suffix(1);
  std::string literal;
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i] == '\\' && i + 1 < source.size() && std::string_view("./-_:").contains(source[i + 1])) ++i;
    else if (std::string_view("\\^$.*+?()[]{}|").contains(source[i])) return;
    literal += source[i];
  }
  regex.literal = std::move(literal);
}
}  // namespace

Result<EcmaRegex> translate_ecma_regex(std::string_view source) {
  if (!text::is_utf8(source)) return refuse(Fault::invalid, "no UTF-8");
  const auto code_points = code_points_of(source);
  EcmaReader first(code_points, false);
  if (!first.read()) return refuse(Fault::invalid, std::string(first.reason) + " at character " + std::to_string(first.reason_at + 1));
  if (first.unsupported) return refuse(Fault::invalid, "a property of characters that is not known here");
  EcmaRegex regex;
  regex.backtracks = first.backtracks || first.too_many_repeats;
  find_literal(source, regex);
  if (first.refers_back) {
    EcmaReader second(code_points, true);
    second.read();
    regex.text = std::move(second.out);
  } else {
    regex.text = std::move(first.out);
  }
  return regex;
}

bool is_ecma_regex(std::string_view source) {
  constexpr std::size_t bytes_max = 64U << 10U;
  if (source.size() > bytes_max || !text::is_utf8(source)) return false;
  return EcmaReader(code_points_of(source), false).read();
}

}  // namespace gatehouse::schema

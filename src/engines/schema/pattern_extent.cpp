// A recursive-descent reader of what ecma_regex.cpp writes, which is little: \A \z \b \B, groups, classes, \x{...}, letters and digits, counts. Each part says how long it can be,
// whether it may be empty, and with which of `-` and `.` it can begin and end, so that two of them side by side are seen across parts and repetitions.
#include "engines/schema/pattern_extent.hpp"

#include <algorithm>
#include <optional>

#include "ground/base/text.hpp"

namespace gatehouse::schema {

namespace extents {
namespace {
constexpr std::size_t nesting_max = 100;  // of groups, as the translation has it
constexpr std::uint8_t hyphen = 1, dot = 2;

std::uint8_t mark_of(char32_t c) noexcept { return c == U'-' ? hyphen : c == U'.' ? dot : 0; }

std::uint64_t capped(std::uint64_t count) noexcept { return std::min(count, PatternExtent::endless); }
std::uint64_t product(std::uint64_t a, std::uint64_t b) noexcept {
  return a == 0 || b == 0 ? 0 : a > PatternExtent::endless / b ? PatternExtent::endless : capped(a * b);
}

/// What a part of an expression can match.
struct Part {
  std::uint64_t most = 0;
  bool plain = true, empty = true;  // it may match nothing at all
  std::uint8_t first = 0, last = 0;
  bool from_begin = false, to_end = false;  // it is found at the beginning of the text and nowhere else; up to its end

  static Part of_anything() noexcept { return {.most = PatternExtent::endless, .plain = false, .empty = true}; }
  static Part of_marks(std::uint8_t marks) noexcept { return {.most = 1, .plain = true, .empty = false, .first = marks, .last = marks}; }
};

Part behind(const Part& a, const Part& b) noexcept {
  return {.most = capped(a.most + b.most),
          .plain = a.plain && b.plain && (a.last & b.first) == 0,
          .empty = a.empty && b.empty,
          .first = static_cast<std::uint8_t>(a.first | (a.empty ? b.first : 0)),
          .last = static_cast<std::uint8_t>(b.last | (b.empty ? a.last : 0)),
          .from_begin = a.from_begin,
          .to_end = b.to_end};
}

Part either(const Part& a, const Part& b) noexcept {
  return {.most = std::max(a.most, b.most),
          .plain = a.plain && b.plain,
          .empty = a.empty || b.empty,
          .first = static_cast<std::uint8_t>(a.first | b.first),
          .last = static_cast<std::uint8_t>(a.last | b.last),
          .from_begin = a.from_begin && b.from_begin,
          .to_end = a.to_end && b.to_end};
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  Part read() {
    const auto whole = disjunction(0);
    return rest_.empty() && !failed_ ? whole : Part::of_anything();
  }

 private:
  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  Part fail() {
    failed_ = true;
    return Part::of_anything();
  }

  Part disjunction(std::size_t depth) {
    if (depth > nesting_max) return fail();
    Part out = alternative(depth);
    while (take("|")) out = either(out, alternative(depth));
    return out;
  }

  Part alternative(std::size_t depth) {
    std::optional<Part> out;
    while (!failed_ && !rest_.empty() && rest_.front() != '|' && rest_.front() != ')') {
      const auto next = term(depth);
      out = out ? behind(*out, next) : next;
    }
    return out.value_or(Part());
  }

  Part term(std::size_t depth) {
    if (take("\\A")) return {.from_begin = true};
    if (take("\\z")) return {.to_end = true};
    if (take("\\b") || take("\\B")) return {};
    return counted(atom(depth));
  }

  Part atom(std::size_t depth) {
    if (take("(?:")) return group(depth);
    if (rest_.starts_with("(?")) return fail();  // look-around is for engines that backtrack
    if (take("(")) return group(depth);
    if (take("[")) return character_class();
    const auto c = character();
    if (!c) return fail();
    auto out = Part::of_marks(mark_of(*c));
    out.plain = is_plain_character(*c);
    return out;
  }

  Part group(std::size_t depth) {
    const auto inner = disjunction(depth + 1);
    return take(")") ? inner : fail();
  }

  /// A letter, a digit or \x{...}; nothing: another escape, or what is none.
  std::optional<char32_t> character() {
    if (take("\\x{")) {
      const auto end = rest_.find('}');
      if (end == rest_.npos || end == 0 || end > 6) return std::nullopt;
      char32_t value = 0;
      for (const char digit : rest_.substr(0, end)) value = value * 16 + static_cast<char32_t>(text::hex_value(digit));
      rest_.remove_prefix(end + 1);
      return value;
    }
    if (rest_.empty() || !(text::is_alnum(rest_.front()) || rest_.front() == '_')) return std::nullopt;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return static_cast<char32_t>(c);
  }

  /// Of single characters and ranges; one with anything else in it, or of all that is not in it, is read to its end and may be any character.
  Part character_class() {
    bool plain = !rest_.starts_with('^');
    std::uint8_t marks = 0;
    while (plain && !rest_.empty() && rest_.front() != ']') {
      const auto first = character();
      const auto last = first && take("-") ? character() : first;
      plain = first && last && *first <= *last && is_plain_range(*first, *last);
      if (!plain) break;
      if (*first == *last) marks |= mark_of(*first);
      else marks |= static_cast<std::uint8_t>((*first <= U'-' && U'-' <= *last ? hyphen : 0) | (*first <= U'.' && U'.' <= *last ? dot : 0));
    }
    const auto end = rest_.find(']');  // a bracket that means itself is \x{5d}
    if (end == rest_.npos) return fail();
    rest_.remove_prefix(end + 1);
    auto out = Part::of_marks(marks);
    out.plain = plain;
    return out;
  }

  static bool is_plain_range(char32_t first, char32_t last) noexcept {
    if (last >= 0x80) return false;
    for (auto c = first; c <= last; ++c)
      if (!is_plain_character(c)) return false;
    return true;
  }

  Part counted(Part one) {
    std::uint64_t least = 1, most = 1;
    if (take("*")) least = 0, most = PatternExtent::endless;
    else if (take("+")) most = PatternExtent::endless;
    else if (take("?")) least = 0;
    else if (take("{")) {
      const auto end = rest_.find('}');
      if (end == rest_.npos) return fail();
      const auto inner = rest_.substr(0, end);
      const auto comma = inner.find(',');
      least = text::parse_number<std::uint32_t>(inner.substr(0, comma)).value_or(0);
      most = comma == inner.npos ? least : text::parse_number<std::uint32_t>(inner.substr(comma + 1)).value_or(PatternExtent::endless);
      rest_.remove_prefix(end + 1);
    } else {
      return one;
    }
    take("?");  // lazy: the same texts match
    // `(^a)*` may be left out, and then ties the text to nothing.
    one.from_begin = one.to_end = false;
    one.plain = one.plain && (most < 2 || (one.last & one.first) == 0);
    one.empty = one.empty || least == 0;
    one.most = product(one.most, most);
    return one;
  }

  std::string_view rest_;
  bool failed_ = false;
};
}  // namespace
}  // namespace extents

bool is_plain_character(char32_t c) noexcept { return c < 0x80 && (text::is_alnum(static_cast<char>(c)) || c == U'_' || c == U'-' || c == U'.'); }

bool is_plain_text(std::string_view text) noexcept {
  const auto plain = [](char c) { return is_plain_character(static_cast<unsigned char>(c)); };
  return std::ranges::all_of(text, plain) && !text.contains("--") && !text.contains("..");
}

PatternExtent extent_of(std::string_view translated) {
  const auto whole = extents::Reader(translated).read();
  if (!whole.from_begin || !whole.to_end || !whole.plain) return {};
  return {.plain = true, .most = whole.most};
}

}  // namespace gatehouse::schema

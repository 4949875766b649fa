// Internationalised host names: Punycode, the contextual rules of RFC 5892 appendix A, and the direction of writing.
#include <algorithm>
#include <optional>
#include <vector>

#include "engines/schema/format.hpp"
#include "engines/schema/idna.hpp"
#include "engines/schema/idna_tables.hpp"
#include "engines/schema/utf8.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::schema {

namespace idna {
namespace {
constexpr std::size_t label_bytes_max = 63;

template <std::size_t count>
bool is_in(const CodePointRange (&table)[count], char32_t c) noexcept {
  const auto* const at =
      std::lower_bound(std::begin(table), std::end(table), c, [](const CodePointRange& range, char32_t value) { return range.last < value; });
  return at != std::end(table) && at->first <= c;
}

// --- Punycode (RFC 3492) -------------------------------------------------------------------------------------------------

constexpr std::uint32_t base = 36, t_min = 1, t_max = 26, skew = 38, damp = 700, bias_at_first = 72, n_at_first = 128;

std::uint32_t adapted(std::uint32_t delta, std::uint32_t points, bool first) noexcept {
  delta = first ? delta / damp : delta / 2;
  delta += delta / points;
  std::uint32_t k = 0;
  for (; delta > ((base - t_min) * t_max) / 2; k += base) delta /= base - t_min;
  return k + (base - t_min + 1) * delta / (delta + skew);
}

std::uint32_t threshold(std::uint32_t k, std::uint32_t bias) noexcept { return k <= bias ? t_min : k >= bias + t_max ? t_max : k - bias; }

std::optional<std::u32string> punycode_decoded(std::string_view text) {
  std::u32string out;
  const auto delimiter = text.rfind('-');
  if (delimiter != text.npos) {
    for (const char c : text.substr(0, delimiter)) out += static_cast<char32_t>(c);
    text.remove_prefix(delimiter + 1);
  }
  std::uint32_t n = n_at_first, i = 0, bias = bias_at_first;
  for (std::size_t at = 0; at < text.size();) {
    const auto before = i;
    std::uint32_t weight = 1;
    for (std::uint32_t k = base;; k += base) {
      if (at == text.size()) return std::nullopt;
      const char c = text[at++];
      const auto digit = text::is_alpha(c)   ? static_cast<std::uint32_t>(text::lower(c) - 'a')
                         : text::is_digit(c) ? static_cast<std::uint32_t>(c - '0' + 26)
                                             : base;
      constexpr std::uint32_t far = 1U << 24U;  // no label of 63 bytes gets there without being wrong
      if (digit >= base || weight > far) return std::nullopt;
      i += digit * weight;
      if (i > far * 16) return std::nullopt;
      const auto t = threshold(k, bias);
      if (digit < t) break;
      weight *= base - t;
    }
    const auto count = static_cast<std::uint32_t>(out.size() + 1);
    bias = adapted(i - before, count, before == 0);
    n += i / count;
    i %= count;
    if (n > 0x10FFFF || (n >= 0xD800 && n <= 0xDFFF)) return std::nullopt;
    out.insert(out.begin() + i++, n);
  }
  return out;
}

std::string punycode_encoded(std::u32string_view text) {
  std::string out;
  for (const auto c : text)
    if (c < 0x80) out += static_cast<char>(c);
  std::uint32_t n = n_at_first, delta = 0, bias = bias_at_first;
  auto done = static_cast<std::uint32_t>(out.size());
  const auto basic = done;
  if (basic > 0) out += '-';
  while (done < text.size()) {
    auto next = char32_t{0x10FFFF};
    for (const auto c : text)
      if (c >= n) next = std::min(next, c);
    delta += (static_cast<std::uint32_t>(next) - n) * (done + 1);
    n = static_cast<std::uint32_t>(next);
    for (const auto c : text) {
      if (c < n) ++delta;
      if (c != n) continue;
      auto q = delta;
      for (std::uint32_t k = base;; k += base) {
        const auto t = threshold(k, bias);
        const auto digit = q < t ? q : t + (q - t) % (base - t);
        out += static_cast<char>(digit < 26 ? 'a' + static_cast<int>(digit) : '0' + static_cast<int>(digit) - 26);
        if (q < t) break;
        q = (q - t) / (base - t);
      }
      bias = adapted(delta, done + 1, done == basic);
      delta = 0;
      ++done;
    }
    ++delta;
    ++n;
  }
  return out;
}

// --- which code points, and where -----------------------------------------------------------------------------------------

/// RFC 5892 appendix A.1: between letters that would join, or behind a virama.
bool non_joiner_is_right(std::u32string_view label, std::size_t at) {
  if (at > 0 && is_in(viramas, label[at - 1])) return true;
  auto before = at;
  while (before > 0 && is_in(transparent, label[before - 1])) --before;
  auto after = at + 1;
  while (after < label.size() && is_in(transparent, label[after])) ++after;
  return before > 0 && after < label.size() && is_in(joins_next, label[before - 1]) && is_in(joins_previous, label[after]);
}

bool is_right_in_context(std::u32string_view label, std::size_t at) {
  const auto c = label[at];
  const auto among = [&](char32_t first, char32_t last) {
    return std::ranges::any_of(label, [=](char32_t other) { return other >= first && other <= last; });
  };
  if (c == 0x200C) return non_joiner_is_right(label, at);
  if (c == 0x200D) return at > 0 && is_in(viramas, label[at - 1]);
  if (c == 0xB7) return at > 0 && at + 1 < label.size() && label[at - 1] == U'l' && label[at + 1] == U'l';
  if (c == 0x375) return at + 1 < label.size() && is_in(greek, label[at + 1]);
  if (c == 0x5F3 || c == 0x5F4) return at > 0 && is_in(hebrew, label[at - 1]);
  if (c == 0x30FB) return std::ranges::any_of(label, [](char32_t other) { return is_in(hiragana_katakana_han, other); });
  if (c >= 0x660 && c <= 0x669) return !among(0x6F0, 0x6F9);
  if (c >= 0x6F0 && c <= 0x6F9) return !among(0x660, 0x669);
  return false;
}

/// RFC 5893 section 2, rules 1 to 6.
bool keeps_direction(std::u32string_view label) {
  const bool rtl = is_in(right_to_left, label.front());
  const auto is_l = [](char32_t c) {
    return !is_in(right_to_left, c) && !is_in(arabic_numbers, c) && !is_in(european_numbers, c) && !is_in(nonspacing, c) && !is_in(neutrals, c);
  };
  if (!rtl && !is_l(label.front())) return false;
  bool has_arabic = false, has_european = false;
  for (const auto c : label) {
    has_arabic = has_arabic || is_in(arabic_numbers, c);
    has_european = has_european || is_in(european_numbers, c);
    if (rtl ? is_l(c) : is_in(right_to_left, c) || is_in(arabic_numbers, c)) return false;
  }
  if (rtl && has_arabic && has_european) return false;
  auto last = label.size() - 1;
  while (last > 0 && is_in(nonspacing, label[last])) --last;
  const auto c = label[last];
  return is_in(european_numbers, c) || (rtl ? is_in(right_to_left, c) || is_in(arabic_numbers, c) : is_l(c));
}
}  // namespace

/// A domain with one label of right-to-left letters is one of two directions, and every label must then keep the rule (RFC 5893 section 1.4).
static bool asks_for_direction(std::u32string_view label) {
  return std::ranges::any_of(label, [](char32_t c) { return is_in(right_to_left, c) || is_in(arabic_numbers, c); });
}

bool is_u_label(std::u32string_view label) {
  if (label.empty() || label.front() == U'-' || label.back() == U'-' || is_in(marks, label.front())) return false;
  if (label.size() > 3 && label[2] == U'-' && label[3] == U'-') return false;  // RFC 5891 section 4.2.3.1
  for (std::size_t i = 0; i < label.size(); ++i)
    if (!is_in(valid, label[i]) && !is_right_in_context(label, i)) return false;
  constexpr std::string_view prefix = "xn--";
  if (prefix.size() + punycode_encoded(label).size() > label_bytes_max) return false;
  return !asks_for_direction(label) || keeps_direction(label);
}

bool is_a_label(std::string_view label) {
  constexpr std::string_view prefix = "xn--";
  if (label.size() <= prefix.size() || label.size() > label_bytes_max || !text::equal_ignoring_case(label.substr(0, prefix.size()), prefix))
    return false;
  const auto encoded = text::lower(label.substr(prefix.size()));
  const auto decoded = punycode_decoded(encoded);
  const bool beyond_ascii = decoded && std::ranges::any_of(*decoded, [](char32_t c) { return c >= 0x80; });
  return beyond_ascii && is_u_label(*decoded) && punycode_encoded(*decoded) == encoded;
}
}  // namespace idna

bool is_idn_hostname(std::string_view text) {
  constexpr std::size_t name_bytes_max = 253, bytes_of_code_point_max = 4;
  if (text.size() > name_bytes_max * bytes_of_code_point_max) return false;  // what follows looks at each label more than once
  std::vector<std::u32string> labels(1);
  for (std::size_t at = 0; at < text.size();) {
    const auto [c, size] = utf8_at(text, at);
    at += size;
    const bool separates = c == U'.' || c == 0x3002 || c == 0xFF0E || c == 0xFF61;  // RFC 3490 section 3.1
    if (separates) labels.emplace_back();
    else labels.back() += c;
  }
  std::size_t bytes = labels.size() - 1;
  bool two_directions = false;
  for (const auto& label : labels) {
    const bool ascii = std::ranges::all_of(label, [](char32_t c) { return c < 0x80; });
    if (ascii) {
      const std::string narrow(label.begin(), label.end());
      if (!is_hostname(narrow)) return false;
      bytes += narrow.size();
    } else {
      if (!idna::is_u_label(label)) return false;
      bytes += 4 + idna::punycode_encoded(label).size();
    }
    two_directions = two_directions || idna::asks_for_direction(label);
  }
  if (bytes > name_bytes_max) return false;
  return !two_directions || std::ranges::all_of(labels, [](const std::u32string& label) { return idna::keeps_direction(label); });
}

}  // namespace gatehouse::schema

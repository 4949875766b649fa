// What a regular expression lets through, read off the expression itself: whether each text in which it is found is one match from end to end, how long such a text can be,
// and whether it can hold anything but the few characters that mean nothing to any language. Where that is not plain, the answer is no.
#pragma once
#include <cstdint>
#include <string_view>

namespace gatehouse::schema {

/// ASCII letters, digits, `_`, `-` and `.`: nothing that quotes, ends, escapes, separates or calls in SQL, HTML, JavaScript, a shell, a path, LDAP, XPath, a template or a header.
[[nodiscard]] bool is_plain_character(char32_t c) noexcept;
/// Only plain characters, and neither `--`, which begins a comment of SQL, nor `..`, which leaves a folder.
[[nodiscard]] bool is_plain_text(std::string_view text) noexcept;

struct PatternExtent {
  static constexpr std::uint64_t endless = std::uint64_t{1} << 40U;
  bool plain = false;            ///< every text in which it is found is_plain_text()
  std::uint64_t most = endless;  ///< characters of such a text; at `endless` there is no end
};

/// `translated` is EcmaRegex::text of an expression that does not backtrack.
[[nodiscard]] PatternExtent extent_of(std::string_view translated);

}  // namespace gatehouse::schema

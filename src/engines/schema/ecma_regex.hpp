// Regular expressions of ECMA-262 (section 22.2.1, flag `u`), read strictly and written again in what RE2 and PCRE2 have in common.
//
// Where people write patterns that only the grammar without `u` takes, they mean one thing, and it is taken: an escaped punctuation mark
// (`\-`, `\_`), a lone `{`, `}` or `]`, a hyphen beside a class (`[\w-.]`). Letters may not be escaped without a meaning: `\a` is an error.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "ground/base/result.hpp"

namespace gatehouse::schema {

struct EcmaRegex {
  std::string text;         ///< the same language in the syntax of RE2 and PCRE2
  bool backtracks = false;  ///< look-around or back-references: RE2 has neither
  /// It is only fixed text, perhaps tied to the beginning or the end.
  std::optional<std::string> literal;
  bool at_begin = false, at_end = false;
};

/// Fault::invalid: not of the grammar, or a property of characters that neither engine knows; `told` says what and where.
[[nodiscard]] Result<EcmaRegex> translate_ecma_regex(std::string_view source);

/// What `format: regex` asks: only the grammar, not whether an engine here could search for it. Of 64 KiB at most.
[[nodiscard]] bool is_ecma_regex(std::string_view source);

}  // namespace gatehouse::schema

// Media types (RFC 9110 section 8.3.1): the one of a message, and the ranges that a contract lists.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::contract {

struct MediaType {
  std::string type, subtype;                                    ///< lower case; "*" in a range
  std::vector<std::pair<std::string, std::string>> parameters;  ///< names in lower case, values unquoted, `charset` in lower case

  /// Nothing unless the whole text is a media type or, with stars, a range. Nothing either for what servers read in different ways: extended parameters (`boundary*`,
  /// RFC 2231) and escapes in a boundary.
  [[nodiscard]] static std::optional<MediaType> parse(std::string_view text);

  /// application/json and every type with the suffix +json (RFC 6839 section 3.1).
  [[nodiscard]] bool is_json() const noexcept;
  /// application/xml, text/xml and every type with the suffix +xml (RFC 7303).
  [[nodiscard]] bool is_xml() const noexcept;
  [[nodiscard]] bool is(std::string_view full) const;

  /// How well a range fits `of`: 0 not at all, else the more the more is named: type, subtype, then parameters. What the range has as a parameter, `of` must have, too;
  /// a `charset` of utf-8 may also be left out.
  [[nodiscard]] unsigned fit(const MediaType& of) const;

  /// It names no charset, or one that is UTF-8 or part of it.
  [[nodiscard]] bool is_plain_utf8() const;
  /// Read by the charset that it names, the content is what it is as UTF-8: it names that or none, or one that has ASCII and the content has nothing else.
  [[nodiscard]] bool means_utf8(bool only_ascii) const;
};

/// Which of the ranges fits best, the first of equals; nothing if none fits.
[[nodiscard]] std::optional<std::size_t> best_fit(std::span<const MediaType> ranges, const MediaType& of);

}  // namespace gatehouse::contract

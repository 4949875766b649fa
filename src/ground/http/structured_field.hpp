// Structured field values (RFC 9651): items, lists and dictionaries with parameters, and all bare types. Parsing follows section 4.2 step by step
// and refuses the whole value at the first fault; serialising (section 4.1) gives the one canonical text or refuses what has none. Beyond the
// standard, base64 must be canonical (section 4.2.7 leaves that open), and sizes end where section 3 stops asking for more.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "ground/base/result.hpp"

namespace gatehouse::http::structured {

/// -999,999,999,999,999 to 999,999,999,999,999.
inline constexpr std::int64_t integer_max = 999'999'999'999'999;
inline constexpr std::size_t members_max = 1024;     ///< of a list or dictionary
inline constexpr std::size_t parameters_max = 256;   ///< of one item or inner list
inline constexpr std::size_t inner_items_max = 256;  ///< of one inner list
inline constexpr std::size_t input_bytes_max = 65536;

/// Exact: thousandths, up to 12 digits before the point.
struct Decimal {
  std::int64_t thousandths = 0;
  bool operator==(const Decimal&) const = default;
  /// Rounded to the nearest thousandth, the last digit even where two are as near (section 4.1.5). Fault::invalid: too large, or no number.
  [[nodiscard]] static Result<Decimal> from(double value);
};
struct String {
  std::string text;  ///< visible ASCII and spaces
  bool operator==(const String&) const = default;
};
struct Token {
  std::string text;
  bool operator==(const Token&) const = default;
};
struct ByteSequence {
  std::string bytes;
  bool operator==(const ByteSequence&) const = default;
};
struct Date {
  std::int64_t unix_seconds = 0;
  bool operator==(const Date&) const = default;
};
struct DisplayString {
  std::string text;  ///< UTF-8
  bool operator==(const DisplayString&) const = default;
};

using BareItem = std::variant<std::int64_t, Decimal, String, Token, ByteSequence, bool, Date, DisplayString>;

/// In order; a key that comes twice has the place of its first and the value of its last.
using Parameters = std::vector<std::pair<std::string, BareItem>>;

struct Item {
  BareItem value;
  Parameters parameters;
  bool operator==(const Item&) const = default;
};
struct InnerList {
  std::vector<Item> items;
  Parameters parameters;
  bool operator==(const InnerList&) const = default;
};
using Member = std::variant<Item, InnerList>;
using List = std::vector<Member>;
using Dictionary = std::vector<std::pair<std::string, Member>>;

/// Several field lines of one name are joined by ", " before (section 4.2). Fault::invalid with the byte offset in `told`.
[[nodiscard]] Result<Item> parse_item(std::string_view value);
[[nodiscard]] Result<List> parse_list(std::string_view value);
[[nodiscard]] Result<Dictionary> parse_dictionary(std::string_view value);

/// An empty list or dictionary is an empty text: then the field is not sent at all. Fault::invalid: a value, token or key has no text.
[[nodiscard]] Result<std::string> serialise(const Item& item);
[[nodiscard]] Result<std::string> serialise(const List& list);
[[nodiscard]] Result<std::string> serialise(const Dictionary& dictionary);

}  // namespace gatehouse::http::structured

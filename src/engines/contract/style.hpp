// How the styles of OpenAPI (RFC 6570 section 3.2 and the forms beyond it) are undone: what is between the delimiters, decoded exactly once. A text is split before it is
// decoded, so that an encoded delimiter is data. In a path that holds only for delimiters that the normal form of a path keeps apart from their encoded selves.
#pragma once
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "engines/contract/description.hpp"
#include "ground/base/arena.hpp"

namespace gatehouse::contract {

/// How characters are encoded where a text stands.
enum class Escapes : std::uint8_t {
  none,     ///< headers, and cookies of the style `cookie`
  percent,  ///< paths and cookies
  form,     ///< queries and forms: `+` is a space, too
};

/// Decoded once, in the arena or where it stands. Nothing: a percent sign without two hexadecimal digits, or what is not UTF-8.
[[nodiscard]] std::optional<std::string_view> decoded(std::string_view text, Escapes escapes, Arena& arena);

/// How one text of a parameter is taken apart.
struct Wording {
  Style style = Style::form;
  bool explode = false;
  Escapes escapes = Escapes::form;
  std::string_view name;  ///< of the parameter, which `matrix` repeats
};

using Items = std::vector<std::string_view>;
using Members = std::vector<std::pair<std::string_view, std::string_view>>;

/// Nothing: the text is not of that style.
[[nodiscard]] std::optional<std::string_view> scalar_of(std::string_view text, const Wording& wording, Arena& arena);
[[nodiscard]] std::optional<Items> items_of(std::string_view text, const Wording& wording, Arena& arena);
/// Names may come twice.
[[nodiscard]] std::optional<Members> members_of(std::string_view text, const Wording& wording, Arena& arena);

}  // namespace gatehouse::contract

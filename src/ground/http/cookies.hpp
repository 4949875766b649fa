// The cookies of a request: pairs in the order sent, joined by "; " into one field whatever they came as (RFC 6265 section 5.4, RFC 9113
// section 8.2.3). Decided where servers differ:
//   - pairs are split at `;` only, and spaces around a pair are not part of it; empty pairs ("a=1;") are left out;
//   - a pair without `=` or with an empty name is refused, and so is a name with anything but visible ASCII or one of `,"\`;
//   - a name that begins with `$` is refused: it switches some servers to the grammar of RFC 2965, where quotes may hold a `;`;
//   - a value that begins with a quote must end with one and hold none between, for the same reason; other quotes are data;
//   - values are UTF-8 without controls; what browsers send beyond the grammar of section 4.1.1 (spaces, commas, backslashes) is data.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "ground/base/arena.hpp"
#include "ground/http/headers.hpp"
#include "ground/http/problem.hpp"

namespace gatehouse::http {

class Cookies {
 public:
  struct Pair {
    std::string_view name;
    std::string_view value;  ///< as sent, quotes included
  };
  static constexpr std::size_t pairs_max = 200;

  /// None.
  Cookies() = default;
  /// Of all Cookie fields of a message. The result refers to the field's memory or to the arena.
  [[nodiscard]] static std::expected<Cookies, Problem> parse(const Headers& headers, Arena& arena);

  /// The one field value for the upstream; empty if there are no cookies.
  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  /// Takes the next pair off `rest`, which begins as text().
  [[nodiscard]] static std::optional<Pair> next(std::string_view& rest) noexcept;
  /// The value of the first pair of that name.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;
  /// How many pairs have that name; a credential that comes twice is for its reader to refuse.
  [[nodiscard]] std::size_t count(std::string_view name) const noexcept;

 private:
  std::string_view text_;
};

}  // namespace gatehouse::http

// The query, checked and otherwise untouched: order, duplicates and spelling go to the upstream as they came. Rules:
//   - parameters are split at `&` only; `;` is data, and so is every `=` after the first;
//   - a percent sign without two hexadecimal digits is refused; so are NUL and the controls other than tab, CR and LF (texts of forms hold those),
//     plain or encoded, and `#`, space and bytes from 0x80 as such;
//   - a parameter that some frameworks read as the method (`_method`, in any spelling that decodes to it or that PHP turns into it) is refused, also
//     where only a server that splits at `;` would see it: the method that was judged is the one that the upstream gets.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "ground/base/arena.hpp"
#include "ground/http/problem.hpp"

namespace gatehouse::http {

/// Whether frameworks read the parameter of that name (decoded or as sent) as the method: `_method`, or what PHP makes of it (`.method`, ` _method`, `_method[x]`).
[[nodiscard]] bool is_method_override(std::string_view name) noexcept;

class Query {
 public:
  struct Parameter {
    std::string_view name;   ///< as sent
    std::string_view value;  ///< as sent; empty where there is no `=`
  };

  /// No query at all.
  Query() = default;
  /// `raw` follows the question mark; it may be empty ("/a?" is not "/a"). The result refers to it.
  [[nodiscard]] static std::expected<Query, Problem> parse(std::string_view raw);

  [[nodiscard]] bool present() const noexcept { return present_; }
  [[nodiscard]] std::string_view text() const noexcept { return text_; }

  /// Takes the next parameter off `rest`, which begins as text(); empty ones ("a&&b") are left out.
  [[nodiscard]] static std::optional<Parameter> next(std::string_view& rest) noexcept;
  /// Percent-encoding removed and `+` read as a space. The bytes need not be UTF-8.
  [[nodiscard]] static std::string_view decode(std::string_view text, Arena& arena);

 private:
  std::string_view text_;
  bool present_ = false;
};

}  // namespace gatehouse::http

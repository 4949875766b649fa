// The field Forwarded (RFC 7239): one reader, which takes a line as a whole or not at all. A line is a list of elements, each what one proxy saw; an element
// is a list of parameters; a value is a token or a quoted string, in which `,`, `;`, `=` and, after a backslash, quotes stand for themselves.
// Invariant: what a proxy appends is read as that proxy meant it, or the line does not read. A quotation that a stranger left open ends at the
// proxy's first quote, so one is open at the end of the line.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "ground/http/address.hpp"

namespace gatehouse::http {

/// Hops that are looked at; what lies further left is nobody's word that counts.
inline constexpr std::size_t hops_max = 32;
/// Parameters of one element. The standard has four of them, and each may stand once.
inline constexpr std::size_t forwarded_parameters_max = 16;

/// What one proxy says of the request that came to it.
struct ForwardedElement {
  enum class Scheme : std::uint8_t { unsaid, http, https, other };
  std::optional<Address> client;  ///< of `for`; nothing where it is left out, `unknown` or an obfuscated identifier (RFC 7239 sections 6.2, 6.3)
  Scheme scheme = Scheme::unsaid;
  bool operator==(const ForwardedElement&) const = default;
};

/// The elements of all lines, of which the last hops_max are kept.
class ForwardedHops {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return read_ < hops_max ? read_ : hops_max; }
  /// Whether there were more than are kept.
  [[nodiscard]] bool cut() const noexcept { return read_ > hops_max; }
  /// The element `index` (less than size()) places left of the last one.
  [[nodiscard]] const ForwardedElement& from_right(std::size_t index) const noexcept { return kept_[(read_ - 1 - index) % hops_max]; }

  /// Appends the elements of one field line. False where it is not what RFC 7239 section 4 describes: an open quotation, a parameter that stands twice in its
  /// element, more than forwarded_parameters_max of them, a `for` or `by` that is no node (section 6) or longer than 256 bytes, a `proto` that is no scheme. Elements without
  /// anything in them are passed over (RFC 9110 section 5.6.1), and blanks around `;` are.
  /// Lines of one request are read each by itself: a quotation does not go on in the next one.
  [[nodiscard]] bool read(std::string_view line) noexcept;

 private:
  std::array<ForwardedElement, hops_max> kept_{};
  std::size_t read_ = 0;
};

}  // namespace gatehouse::http

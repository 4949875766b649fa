// Request methods (RFC 9110 section 9, RFC 5789 for PATCH). Case-sensitive tokens; what has no number here is `other`
// and can only be allowed by name.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace gatehouse::http {

/// The methods that the gate has a number for; `other` is every further one.
enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options, trace, connect, other };

[[nodiscard]] Method method_from(std::string_view token) noexcept;
/// The token; for `other` the word "OTHER".
[[nodiscard]] std::string_view to_text(Method method) noexcept;
/// Whether the token stands in IANA's HTTP Method Registry (RFC 9110 section 16.1.1), also as a method that no gateway forwards.
[[nodiscard]] bool is_registered(std::string_view token);
/// Those of the registry that a gateway may forward: not CONNECT, TRACE, PRI and `*`.
[[nodiscard]] std::vector<std::string_view> forwarded_methods();
/// RFC 9110 section 9.2.1.
[[nodiscard]] constexpr bool is_safe(Method m) noexcept {
  return m == Method::get || m == Method::head || m == Method::options || m == Method::trace;
}
/// RFC 9110 section 9.2.2.
[[nodiscard]] constexpr bool is_idempotent(Method m) noexcept { return is_safe(m) || m == Method::put || m == Method::delete_; }

/// Whether content of a request means something: with POST, PUT and PATCH. Of other methods servers may ignore it (RFC 9110 section 9.3.1), and then
/// some of them read it as the next request.
[[nodiscard]] constexpr bool expects_content(Method m) noexcept { return m == Method::post || m == Method::put || m == Method::patch; }

/// A set of the numbered methods.
class MethodSet {
 public:
  constexpr MethodSet() = default;
  constexpr MethodSet(std::initializer_list<Method> methods) noexcept {
    for (const auto m : methods) add(m);
  }
  constexpr void add(Method m) noexcept { bits_ |= static_cast<std::uint16_t>(1U << static_cast<unsigned>(m)); }
  [[nodiscard]] constexpr bool has(Method m) const noexcept { return (bits_ >> static_cast<unsigned>(m) & 1U) != 0; }
  [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
  constexpr bool operator==(const MethodSet&) const = default;

 private:
  std::uint16_t bits_ = 0;
};

}  // namespace gatehouse::http

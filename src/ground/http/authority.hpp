// The host that a request is for, in one form, from Host, :authority or an absolute target (RFC 9110 section 4.2, RFC 3986 section 3.2):
//   - lower case; letters, digits, `-`, `_` and `.` only, so a name beyond ASCII comes as its A-labels; no userinfo, no percent-encoding;
//   - labels of 1 to 63 bytes, 253 together; one dot at the end (the DNS root) is left out;
//   - a name whose last label is a number must be an IPv4 address in four plain decimal parts; IPv6 in brackets, written by RFC 5952, no zone;
//   - the port is 1 to 65535 in digits; the scheme's own is left out of text(); a colon without port is refused.
#pragma once
#include <cstdint>
#include <expected>
#include <string_view>

#include "ground/base/arena.hpp"
#include "ground/http/problem.hpp"

namespace gatehouse::http {

class Authority {
 public:
  Authority() = default;
  [[nodiscard]] static std::expected<Authority, Problem> parse(std::string_view raw, bool secure, Arena& arena);

  /// Without port; IPv6 in brackets.
  [[nodiscard]] std::string_view host() const noexcept { return host_; }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// The host, and the port unless it is the scheme's own: the Host that the upstream may be given.
  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  [[nodiscard]] bool operator==(const Authority& other) const noexcept { return host_ == other.host_ && port_ == other.port_; }

 private:
  std::string_view host_;
  std::string_view text_;
  std::uint16_t port_ = 0;
};

}  // namespace gatehouse::http

#include "ground/http/method.hpp"

#include <algorithm>
#include <array>

#include "ground/base/text.hpp"

namespace gatehouse::http {

namespace {
constexpr std::array<std::string_view, 10> tokens{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "OTHER"};

/// https://www.iana.org/assignments/http-methods, with QUERY of RFC 10008. The most usual first: of two as near to a typing error the first is offered.
constexpr std::string_view registered =
    "GET POST PUT PATCH DELETE HEAD OPTIONS QUERY PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK SEARCH REPORT ACL BIND "
    "REBIND UNBIND CHECKIN CHECKOUT LABEL LINK UNLINK MERGE UPDATE MKACTIVITY MKCALENDAR MKWORKSPACE ORDERPATCH UNCHECKOUT "
    "MKREDIRECTREF UPDATEREDIRECTREF VERSION-CONTROL BASELINE-CONTROL";
constexpr std::array<std::string_view, 4> never_forwarded{"CONNECT", "TRACE", "PRI", "*"};
}  // namespace

Method method_from(std::string_view token) noexcept {
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i)
    if (token == tokens[i]) return static_cast<Method>(i);
  return Method::other;
}

bool is_registered(std::string_view token) {
  const auto forwarded = forwarded_methods();
  return std::ranges::find(forwarded, token) != forwarded.end() || std::ranges::find(never_forwarded, token) != never_forwarded.end();
}

std::vector<std::string_view> forwarded_methods() { return text::split(registered, ' '); }

std::string_view to_text(Method method) noexcept { return tokens[static_cast<std::size_t>(method)]; }

}  // namespace gatehouse::http

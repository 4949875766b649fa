#include "ground/http/method.hpp"

#include <array>

namespace gatehouse::http {

namespace {
constexpr std::array<std::string_view, 10> tokens{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "OTHER"};
}

Method method_from(std::string_view token) noexcept {
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i)
    if (token == tokens[i]) return static_cast<Method>(i);
  return Method::other;
}

std::string_view to_text(Method method) noexcept { return tokens[static_cast<std::size_t>(method)]; }

}  // namespace gatehouse::http

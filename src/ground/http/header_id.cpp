#include "ground/http/header_id.hpp"

#include <array>
#include <cstring>

namespace gatehouse::http {

namespace {
constexpr std::array<std::string_view, header_id_count> names{"",
                                                              "accept",
                                                              "accept-encoding",
                                                              "accept-language",
                                                              "age",
                                                              "allow",
                                                              "authorization",
                                                              "cache-control",
                                                              "connection",
                                                              "content-encoding",
                                                              "content-length",
                                                              "content-type",
                                                              "cookie",
                                                              "date",
                                                              "etag",
                                                              "expect",
                                                              "expires",
                                                              "forwarded",
                                                              "gatehouse-decision",
                                                              "gatehouse-identity",
                                                              "host",
                                                              "http2-settings",
                                                              "if-match",
                                                              "if-modified-since",
                                                              "if-none-match",
                                                              "if-range",
                                                              "if-unmodified-since",
                                                              "keep-alive",
                                                              "last-modified",
                                                              "link",
                                                              "location",
                                                              "origin",
                                                              "pragma",
                                                              "proxy-authenticate",
                                                              "proxy-authentication-info",
                                                              "proxy-authorization",
                                                              "proxy-connection",
                                                              "range",
                                                              "ratelimit",
                                                              "ratelimit-policy",
                                                              "referer",
                                                              "retry-after",
                                                              "server",
                                                              "set-cookie",
                                                              "strict-transport-security",
                                                              "te",
                                                              "traceparent",
                                                              "tracestate",
                                                              "trailer",
                                                              "transfer-encoding",
                                                              "upgrade",
                                                              "user-agent",
                                                              "vary",
                                                              "via",
                                                              "www-authenticate",
                                                              "x-api-key",
                                                              "x-forwarded-for",
                                                              "x-forwarded-host",
                                                              "x-forwarded-port",
                                                              "x-forwarded-proto",
                                                              "x-http-method",
                                                              "x-http-method-override",
                                                              "x-method-override",
                                                              "x-original-url",
                                                              "x-powered-by",
                                                              "x-real-ip",
                                                              "x-request-id",
                                                              "x-rewrite-url"};

// Open addressing over a hash of length, first, middle and last character; built at compile time.
constexpr std::size_t slots = 256;
constexpr std::size_t hash(std::string_view name) noexcept {
  const auto at = [&](std::size_t i) { return std::size_t{static_cast<unsigned char>(name[i])}; };
  return (name.size() * 31 + at(0) * 7 + at(name.size() / 2) * 131 + at(name.size() - 1) * 17) % slots;
}
constexpr auto table = [] {
  std::array<std::uint8_t, slots> t{};
  for (std::size_t i = 1; i < names.size(); ++i) {
    auto slot = hash(names[i]);
    while (t[slot] != 0) slot = (slot + 1) % slots;
    t[slot] = static_cast<std::uint8_t>(i);
  }
  return t;
}();
}  // namespace

HeaderId header_id(std::string_view name) noexcept {
  if (name.empty()) return HeaderId::unknown;
  for (auto slot = hash(name); table[slot] != 0; slot = (slot + 1) % slots)
    if (names[table[slot]] == name) return static_cast<HeaderId>(table[slot]);
  return HeaderId::unknown;
}

std::string_view to_text(HeaderId id) noexcept { return names[static_cast<std::size_t>(id)]; }

}  // namespace gatehouse::http

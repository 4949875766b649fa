#include <algorithm>
#include <array>

#include "engines/net/http1/fields.hpp"
#include "engines/net/http1/refusal.hpp"

namespace gatehouse::net::http1 {

namespace {
/// Names that the gate has no other business with, of fields that route, choose or describe what was sent, set cookies, or tell a browser what it may do.
constexpr std::array<std::string_view, 14> before_the_body{"alt-svc",
                                                           "authentication-info",
                                                           "clear-site-data",
                                                           "content-disposition",
                                                           "content-language",
                                                           "content-location",
                                                           "content-range",
                                                           "content-security-policy",
                                                           "max-forwards",
                                                           "refresh",
                                                           "set-cookie2",
                                                           "upgrade-insecure-requests",
                                                           "x-content-type-options",
                                                           "x-frame-options"};
/// So do all that begin like this. `gatehouse-` is the gate's own.
constexpr std::array<std::string_view, 6> families_before_the_body{"access-control-", "cross-origin-", "gatehouse-",
                                                                   "proxy-",          "sec-",          "x-forwarded-"};
}  // namespace

/// A trailer arrives after every decision has been made: one that could have changed a decision is not let through. Of the names the gate
/// knows, only those remain that say something about the content that was just sent. What an upstream might read as another name is none.
bool may_be_trailer(http::HeaderId id, std::string_view name) noexcept {
  using enum http::HeaderId;
  if (id != unknown) return id == etag || id == link || id == last_modified;
  return !name.contains('_') && std::ranges::find(before_the_body, name) == before_the_body.end() &&
         std::ranges::none_of(families_before_the_body, [&](std::string_view family) { return name.starts_with(family); });
}

std::expected<void, http::Problem> parse_trailers(std::span<char> section, http::Headers& out, const HeadLimits& limits, Sender sender) {
  if (section.size() > limits.bytes_max)
    return std::unexpected(refusal(sender, http::ProblemKind::headers_too_large, "http.trailers.bytes",
                                   "The trailers have more than " + std::to_string(limits.bytes_max) + " bytes."));
  Arena scratch(1024);
  http::Headers all(scratch);
  if (auto problem = parse_fields(section.data(), section.data() + section.size(), limits.fields_max, sender, all))
    return std::unexpected(std::move(*problem));
  for (const auto& field : all.all())
    if (may_be_trailer(field.id, field.name)) out.add(field);
  return {};
}

}  // namespace gatehouse::net::http1

#include "engines/net/http1/fields.hpp"
#include "engines/net/http1/refusal.hpp"

namespace gatehouse::net::http1 {

/// A trailer arrives after every decision has been made: one that could have changed a decision is not let through. Of the names the gate
/// knows, only those remain that say something about the content that was just sent.
bool may_be_trailer(http::HeaderId id) noexcept {
  using enum http::HeaderId;
  return id == unknown || id == etag || id == link || id == last_modified;
}

std::expected<void, http::Problem> parse_trailers(std::span<char> section, http::Headers& out, const HeadLimits& limits) {
  if (section.size() > limits.bytes_max)
    return std::unexpected(refusal(http::ProblemKind::headers_too_large, "http.trailers.bytes",
                                   "The trailers have more than " + std::to_string(limits.bytes_max) + " bytes."));
  Arena scratch(1024);
  http::Headers all(scratch);
  if (auto problem = parse_fields(section.data(), section.data() + section.size(), limits.fields_max, Sender::client, all))
    return std::unexpected(std::move(*problem));
  for (const auto& field : all.all())
    if (may_be_trailer(field.id)) out.add(field);
  return {};
}

}  // namespace gatehouse::net::http1

#include "engines/net/http1/fields.hpp"

#include "engines/net/http1/refusal.hpp"
#include "engines/net/http1/scan.hpp"
#include "ground/base/text.hpp"
#include "ground/http/characters.hpp"

namespace gatehouse::net::http1 {

namespace {
using http::HeaderId;
using http::ProblemKind;

http::Problem bad_name(const char* at, Sender sender) {
  if (*at == ' ' || *at == '\t')
    return refusal(sender, ProblemKind::malformed_request, "http.field.space", "A header line begins with a space or has one before the colon.");
  return refusal(sender, ProblemKind::malformed_request, "http.field.name", "A header name is empty or holds a character that is not allowed.");
}

/// The next element of a comma-separated list, trimmed; empty elements are skipped (RFC 9110 section 5.6.1.2).
std::optional<std::string_view> next_element(std::string_view& list) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    const auto element = text::trim(list.substr(0, comma));
    list = comma == list.npos ? std::string_view() : list.substr(comma + 1);
    if (!element.empty()) return element;
  }
  return std::nullopt;
}
}  // namespace

std::optional<http::Problem> parse_fields(char* at, char* end, std::size_t fields_max, Sender sender, http::Headers& out) {
  const auto cut_short = [&] { return refusal(sender, ProblemKind::malformed_request, "http.head.incomplete", "The head ends inside a line."); };
  for (;;) {
    if (end - at < 2) return cut_short();
    if (*at == '\r') {
      if (at[1] == '\n' && end - at == 2) return std::nullopt;
      return refusal(sender, ProblemKind::malformed_request, "http.line.bare-cr", "A line holds CR without LF.");
    }
    char* const name = at;
    at = lower_name(at, end);
    for (char c = 0; at != end && (c = http::token_lower(*at)) != 0; ++at) *at = c;
    if (at == end) return cut_short();
    if (at == name || *at != ':') [[unlikely]]
      return bad_name(at, sender);
    const std::string_view name_text(name, static_cast<std::size_t>(at - name));

    ++at;
    while (at != end && (*at == ' ' || *at == '\t')) ++at;
    char* const value = at;
    at = const_cast<char*>(find_control(at, end));  // the same memory, which is ours to change
    if (end - at < 2) return cut_short();
    if (*at != '\r' || at[1] != '\n') [[unlikely]]
      return refusal(sender, ProblemKind::malformed_request, "http.field.value",
                     "A header value holds a control character or a line end that is not CR LF.");
    const char* value_end = at;
    while (value_end != value && (value_end[-1] == ' ' || value_end[-1] == '\t')) --value_end;
    at += 2;

    if (out.size() == fields_max) [[unlikely]]
      return refusal(sender, ProblemKind::headers_too_large, "http.head.fields", "There are more than " + std::to_string(fields_max) + " headers.");
    out.add({name_text, {value, static_cast<std::size_t>(value_end - value)}, http::header_id(name_text)});
  }
}

std::expected<http::Framing, http::Problem> parse_framing(const http::Headers& headers, http::Version version, Sender sender) {
  using Kind = http::Framing::Kind;
  const auto refuse = [&](ProblemKind kind, std::string_view rule, std::string_view told) {
    return std::unexpected(refusal(sender, kind, rule, told));
  };
  const auto length = headers.get(HeaderId::content_length);
  const auto coding = headers.get(HeaderId::transfer_encoding);
  if (length && coding) return refuse(ProblemKind::ambiguous_framing, "http.framing.both", "Content-Length and Transfer-Encoding were both sent.");
  if (coding) {
    if (version == http::Version::http1_0) return refuse(ProblemKind::ambiguous_framing, "http.framing.http10", "HTTP/1.0 has no Transfer-Encoding.");
    if (headers.count(HeaderId::transfer_encoding) != 1)
      return refuse(ProblemKind::ambiguous_framing, "http.framing.repeated-coding", "Transfer-Encoding was sent more than once.");
    if (text::equal_ignoring_case(*coding, "chunked")) return http::Framing{Kind::chunked, 0};
    // A lone coding that we do not speak is 501 (RFC 9112 section 6.1); everything else is an attempt at being read in two ways.
    if (http::is_token(*coding) && sender == Sender::client)
      return std::unexpected(refusal_of(ProblemKind::unsupported_coding, "http.framing.coding", "a transfer coding " + shown(*coding)));
    if (http::is_token(*coding)) return refuse(ProblemKind::unsupported_coding, "http.framing.coding", "Another transfer coding than chunked.");
    return refuse(ProblemKind::ambiguous_framing, "http.framing.coding-list", "Transfer-Encoding is something other than chunked.");
  }
  if (!length) return http::Framing{Kind::none, 0};
  if (headers.count(HeaderId::content_length) != 1)
    return refuse(ProblemKind::ambiguous_framing, "http.framing.repeated-length", "Content-Length was sent more than once.");
  const auto bytes = length->size() <= 19 ? text::parse_number<std::uint64_t>(*length) : std::nullopt;
  if (!bytes || *bytes > static_cast<std::uint64_t>(INT64_MAX))
    return refuse(ProblemKind::ambiguous_framing, "http.framing.length", "Content-Length is not a plain number.");
  return http::Framing{Kind::length, *bytes};
}

std::expected<bool, http::Problem> parse_keep_alive(const http::Headers& headers, http::Version version, Sender sender) {
  const bool by_version = version == http::Version::http1_1;
  if (!headers.has(HeaderId::connection)) return by_version;
  bool close = false, keep = by_version;
  for (const auto& field : headers.all()) {
    if (field.id != HeaderId::connection) continue;
    for (auto list = field.value; const auto option = next_element(list);) {
      if (!http::is_token(*option))
        return std::unexpected(refusal(sender, ProblemKind::malformed_request, "http.connection", "Connection holds something other than names."));
      close = close || text::equal_ignoring_case(*option, "close");
      keep = keep || text::equal_ignoring_case(*option, "keep-alive");
    }
  }
  return keep && !close;
}

}  // namespace gatehouse::net::http1

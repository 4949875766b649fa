#include <cstring>

#include "engines/net/http1/fields.hpp"
#include "engines/net/http1/refusal.hpp"
#include "engines/net/http1/scan.hpp"
#include "ground/base/result.hpp"
#include "ground/base/text.hpp"
#include "ground/http/characters.hpp"

namespace gatehouse::net::http1 {

namespace {
using http::HeaderId;
using http::Method;
using http::ProblemKind;

/// "HTTP/1.1" CR LF and what else may stand there: another well-formed version is 505, anything else 400.
std::optional<http::Problem> parse_request_version(const char* at, const char* end, http::Version& out) {
  const auto malformed = [] {
    return refusal(ProblemKind::malformed_request, "http.request-line.version",
                   "The request line does not end in a single space and an HTTP version.");
  };
  if (end - at < 10 || at[8] != '\r' || at[9] != '\n') return malformed();
  if (std::memcmp(at, "HTTP/1.1", 8) == 0) out = http::Version::http1_1;
  else if (std::memcmp(at, "HTTP/1.0", 8) == 0) out = http::Version::http1_0;
  else if (std::memcmp(at, "HTTP/", 5) == 0 && text::is_digit(at[5]) && at[6] == '.' && text::is_digit(at[7]))
    return refusal_of(ProblemKind::unsupported_version, "http.request-line.version", "version " + std::string(at, 8));
  else return malformed();
  return std::nullopt;
}

std::optional<http::Problem> check_target_form(Method method, std::string_view target) {
  if (target.front() == '/' && method != Method::connect) return std::nullopt;
  if (method == Method::connect) return refusal_of(ProblemKind::method_unsupported, "http.connect", "method CONNECT");
  if (target == "*") {
    if (method == Method::options) return std::nullopt;
    return refusal(ProblemKind::malformed_request, "http.target.asterisk", "The target * is only for OPTIONS.");
  }
  const auto scheme_end = target.find("://");
  if (scheme_end != target.npos &&
      (text::equal_ignoring_case(target.substr(0, scheme_end), "http") || text::equal_ignoring_case(target.substr(0, scheme_end), "https")))
    return std::nullopt;
  return refusal(ProblemKind::malformed_request, "http.target.form", "The request target does not begin with a slash.");
}

}  // namespace

std::expected<bool, http::Problem> parse_expectation(const http::Headers& headers, http::Version version) {
  if (version == http::Version::http1_0 || !headers.has(HeaderId::expect)) return false;  // RFC 9110 section 10.1.1
  for (const auto& field : headers.all())
    if (field.id == HeaderId::expect && !text::equal_ignoring_case(field.value, "100-continue"))
      return std::unexpected(refusal_of(ProblemKind::expectation_failed, "http.expect", "an expectation " + shown(field.value)));
  return true;
}

std::expected<void, http::Problem> parse_request_head(std::span<char> head, http::RequestHead& out, const HeadLimits& limits) {
  const auto refuse = [](ProblemKind kind, http::Words rule, http::Words told) {
    return std::unexpected(refusal(kind, std::move(rule), std::move(told)));
  };
  char* at = head.data();
  char* const end = at + head.size();
  if (head.size() >= 2 && at[0] == '\r' && at[1] == '\n') at += 2;  // RFC 9112 section 2.2: one empty line may come before

  const char* const method = at;
  while (at != end && http::is_token_char(*at)) ++at;
  out.method_token = {method, static_cast<std::size_t>(at - method)};
  if (at == end || *at != ' ' || at == method || out.method_token.size() > method_bytes_max)
    return refuse(ProblemKind::malformed_request, "http.request-line.method", "The request does not begin with a method and a space.");
  out.method = http::method_from(out.method_token);

  const char* const target = ++at;
  at = const_cast<char*>(find_not_visible(at, end));  // the same memory, which is ours to change
  out.target = {target, static_cast<std::size_t>(at - target)};
  if (out.target.size() > limits.target_bytes_max) return std::unexpected(target_too_long(limits));
  if (at == end || *at != ' ' || out.target.empty())
    return refuse(ProblemKind::malformed_request, "http.request-line.target",
                  "The request line has no target, or one with characters that must be percent-encoded.");
  ++at;
  if (auto problem = parse_request_version(at, end, out.version)) return std::unexpected(std::move(*problem));
  if (auto problem = check_target_form(out.method, out.target)) return std::unexpected(std::move(*problem));

  if (auto problem = parse_fields(at + 10, end, limits.fields_max, Sender::client, out.headers)) return std::unexpected(std::move(*problem));
  out.whole = true;
  out.framing = TRY(parse_framing(out.headers, out.version, Sender::client));
  out.keep_alive = TRY(parse_keep_alive(out.headers, out.version, Sender::client));
  out.expects_continue = TRY(parse_expectation(out.headers, out.version));
  return {};
}

}  // namespace gatehouse::net::http1

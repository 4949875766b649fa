// The table of refusals and the three ways to write one. The words are for an honest caller: what is wrong with what was
// sent and what to do about it, never how the gate found out.
#include "ground/http/problem.hpp"

#include <array>

#include "ground/base/text.hpp"

namespace gatehouse::http {

namespace {
constexpr auto problems = [] {
  using enum ProblemKind;
  using enum Cause;
  return std::array<ProblemInfo, static_cast<std::size_t>(count_)>{{
      {malformed_request, 400, caller, "malformed-request", "The request is not well-formed HTTP", "Send the request with a standard HTTP client."},
      {ambiguous_framing, 400, caller, "ambiguous-framing", "The length of the request body is ambiguous",
       "Send either one Content-Length or Transfer-Encoding: chunked, never both, and each only once."},
      {bad_host, 400, caller, "bad-host", "The host of the request is missing or invalid",
       "Send exactly one Host that names this API, and the same one in the request target if that has one."},
      {bad_path, 400, caller, "bad-path", "The path of the request is not accepted",
       "Send the plain path: no dot segments, empty segments, backslashes or doubly encoded characters."},
      {bad_query, 400, caller, "bad-query", "The query of the request is not accepted",
       "Percent-encode the query as UTF-8: a percent sign itself is %25."},
      {bad_header, 400, caller, "bad-header", "A header of the request is not accepted", "Remove or correct the header that is named."},
      {bad_cookie, 400, caller, "bad-cookie", "The Cookie header is not accepted",
       "Send cookies as name=value pairs, separated by a semicolon and a space."},
      {unsupported_version, 505, caller, "unsupported-version", "The HTTP version is not supported", "Use HTTP/1.1 or HTTP/2."},
      {unsupported_coding, 501, caller, "unsupported-coding", "The transfer coding is not supported",
       "Send the body with Content-Length or with Transfer-Encoding: chunked."},
      {expectation_failed, 417, caller, "expectation-failed", "The expectation cannot be met",
       "The only expectation that is understood is 100-continue."},
      {uri_too_long, 414, caller, "uri-too-long", "The request target is too long", "Shorten the path and query, or send the data in the body."},
      {headers_too_large, 431, caller, "headers-too-large", "The headers are too large", "Send fewer or smaller headers and cookies."},
      {body_too_large, 413, caller, "body-too-large", "The body is too large", "Send less data at once."},
      {request_timeout, 408, caller, "request-timeout", "The request took too long to arrive", "Send the whole request without pauses."},
      {misdirected, 421, caller, "misdirected", "This connection is not for that host", "Open a connection of its own for that host."},
      {no_route, 404, caller, "no-route", "There is nothing at this address", "Check the path and the host."},
      {method_not_allowed, 405, caller, "method-not-allowed", "The method is not allowed here",
       "Use one of the methods that the Allow header lists."},
      {method_unsupported, 501, caller, "method-unsupported", "The method is not supported", "Use a method of this API; it is not an open proxy."},
      {parameter_invalid, 400, caller, "parameter-invalid", "A parameter of the request is not as the API describes it",
       "Correct what is listed under violations."},
      {media_type_unsupported, 415, caller, "media-type-unsupported", "The media type of the body is not one that the API takes",
       "Send the body in a form that the API describes, and name it in Content-Type."},
      {body_malformed, 400, caller, "body-malformed", "The body is not well-formed",
       "Send a body that is complete and well-formed in the form that Content-Type names."},
      {body_invalid, 422, caller, "body-invalid", "The body is not as the API describes it", "Correct what is listed under violations."},
      {credential_missing, 401, caller, "credential-missing", "A credential is needed", "Send one with the request, in the header that is named."},
      {credential_invalid, 401, caller, "credential-invalid", "The credential is not valid",
       "Check the API key or the access token, or get a new one."},
      {credential_ambiguous, 400, caller, "credential-ambiguous", "More than one credential was sent", "Send exactly one API key or access token."},
      {key_revoked, 401, caller, "key-revoked", "The API key was revoked", "Use another key, or ask for a new one."},
      {key_expired, 401, caller, "key-expired", "The API key has expired", "Ask for a new key."},
      {token_expired, 401, caller, "token-expired", "The access token has expired", "Get a new token."},
      {token_revoked, 401, caller, "token-revoked", "The access token was revoked", "Sign in again to get a new token."},
      {scope_missing, 403, caller, "scope-missing", "The credential does not allow this", "Use a credential with the scope that is needed."},
      {claim_missing, 403, caller, "claim-missing", "The token does not say what this asks for", "Use a token with the claim that is needed."},
      {feature_missing, 403, caller, "feature-missing", "The plan does not include this", "Ask for a plan with this feature."},
      {address_refused, 403, caller, "address-refused", "Requests from this address are not accepted", "Send the request from an allowed network."},
      {address_banned, 403, caller, "address-banned", "This address is blocked for now",
       "Wait, and see to it that requests are valid before sending them."},
      {rate_limited, 429, caller, "rate-limited", "Too many requests", "Wait as long as Retry-After says."},
      {quota_exhausted, 429, caller, "quota-exhausted", "The quota is used up", "Wait for the next period, or ask for a larger plan."},
      {too_many_requests_at_once, 429, caller, "too-many-requests-at-once", "Too many requests at the same time",
       "Wait for earlier requests to end before sending more."},
      {too_many_failures, 429, caller, "too-many-failures", "Too many failed requests",
       "Wait as long as Retry-After says, and correct the requests first."},
      {upstream_unreachable, 502, upstream, "upstream-unreachable", "The service behind the gateway cannot be reached", "Try again later."},
      {upstream_timeout, 504, upstream, "upstream-timeout", "The service behind the gateway did not answer in time", "Try again later."},
      {upstream_malformed, 502, upstream, "upstream-malformed", "The service behind the gateway gave an invalid answer",
       "Try again later; if it lasts, report the decision id."},
      {answer_invalid, 502, upstream, "answer-invalid", "The service behind the gateway gave an answer that its API does not describe",
       "Try again later; if it lasts, report the decision id."},
      {issuer_unavailable, 503, gate, "issuer-unavailable", "Tokens cannot be checked at present",
       "Try again after the time in Retry-After; the token may be good, and need not be replaced."},
      {plan_unavailable, 503, gate, "plan-unavailable", "The plan of this API key cannot be found at present",
       "Try again after the time in Retry-After; the key is good, and need not be replaced."},
      {overloaded, 503, gate, "overloaded", "The gateway is busy", "Try again after the time in Retry-After."},
      {internal, 500, gate, "internal", "The request could not be decided", "Try again later; if it lasts, report the decision id."},
  }};
}();
static_assert([] {
  for (std::size_t i = 0; i < problems.size(); ++i)
    if (problems[i].kind != static_cast<ProblemKind>(i) || problems[i].status < 400 || problems[i].slug.empty() ||
        (problems[i].status < 500 && problems[i].cause != Cause::caller))  // what is ours or the upstream's is never called the caller's error
      return false;
  return true;
}());

/// Rules that know better than their kind what the caller can do. A rule that begins with a dot is the end of one that names a route.
struct RuleRemedy {
  ProblemKind kind;
  std::string_view rule, remedy;
};
constexpr std::array rule_remedies{
    RuleRemedy{ProblemKind::credential_invalid, "authenticate.key-in-query",
               "Send it in X-Api-Key, and have this one replaced: it must be taken as known to others."},
    RuleRemedy{ProblemKind::credential_invalid, "authenticate.token-in-query", "Send it in Authorization: Bearer."},
    RuleRemedy{ProblemKind::misdirected, "http.target.connection",
               "Use TLS for https and a connection in clear text for http; a proxy on the way must name the scheme of its own connection."},
    RuleRemedy{ProblemKind::malformed_request, "http.clear-text", "Use https in the URL in place of http."},
    RuleRemedy{ProblemKind::malformed_request, "http.target.scheme", "Use https, or http, in the URL."},
    RuleRemedy{ProblemKind::malformed_request, "http.target.form", "Send a path that begins with a slash, or a whole URL."},
    RuleRemedy{ProblemKind::malformed_request, "http.target.asterisk", "Send a path that begins with a slash in place of the *."},
    RuleRemedy{ProblemKind::malformed_request, "http.method.trace-body", "Leave the body out."},
    RuleRemedy{ProblemKind::malformed_request, "http.body.incomplete", "Send the whole body before closing the connection."},
    RuleRemedy{ProblemKind::malformed_request, "http.head.incomplete", "Send the whole request before closing the connection."},
    RuleRemedy{ProblemKind::ambiguous_framing, "http.framing.http10", "Use HTTP/1.1, or send the body with Content-Length."},
    RuleRemedy{ProblemKind::ambiguous_framing, "http.framing.length", "Send the number of bytes in plain decimal digits, once."},
    RuleRemedy{ProblemKind::bad_host, "http.host.form", "Send the plain name or address of this API, with its port if it has one of its own."},
    RuleRemedy{ProblemKind::bad_path, "http.path.percent", "Write two hexadecimal digits behind a percent sign; the sign itself is %25."},
    RuleRemedy{ProblemKind::bad_path, "http.path.utf-8", "Percent-encode the path as UTF-8, each character in its shortest form."},
    RuleRemedy{ProblemKind::bad_path, "http.path.control", "Leave it out, percent-encoded or not."},
    RuleRemedy{ProblemKind::bad_path, "http.path.fragment", "Leave it out with all that follows; as part of a name it is %23."},
    RuleRemedy{ProblemKind::bad_path, "http.path.character", "Percent-encode it, as UTF-8."},
    RuleRemedy{ProblemKind::bad_path, "http.path.form", "Send a path that begins with a slash."},
    RuleRemedy{ProblemKind::bad_path, "http.path.segments", "Send a path with fewer segments."},
    RuleRemedy{ProblemKind::bad_path, ".encoded_slash", "Write a slash between segments as it is; a segment with a slash in it is not taken here."},
    RuleRemedy{ProblemKind::bad_query, "http.query.character", "Percent-encode it, as UTF-8; a number sign is %23."},
    RuleRemedy{ProblemKind::bad_query, "http.query.control",
               "Leave it out, percent-encoded or not; only tab, carriage return and line feed may be sent, percent-encoded."},
    RuleRemedy{ProblemKind::bad_query, "http.query.method-override",
               "Send the request with the method that is meant, and leave the parameter _method out."},
    RuleRemedy{ProblemKind::bad_header, "http.header.repeated", "Send it once."},
    RuleRemedy{ProblemKind::bad_header, "http.header.underscore", "Write its name with hyphens, or leave it out."},
    RuleRemedy{ProblemKind::bad_header, "http.forwarding.conflict", "Send one of the two, or the same client in both."},
    RuleRemedy{ProblemKind::bad_cookie, "http.cookie.count", "Send fewer cookies."},
    RuleRemedy{ProblemKind::bad_cookie, "http.cookie.legacy", "Leave out what begins with a dollar sign: it was for cookies of an old kind."},
    RuleRemedy{ProblemKind::bad_cookie, "http.cookie.quote", "Close the quotes at the end of the value, or send the value without them."},
    RuleRemedy{ProblemKind::bad_cookie, "http.cookie.value", "Percent-encode the value, as UTF-8."},
    RuleRemedy{ProblemKind::headers_too_large, "http.trailers.bytes", "Send fewer or smaller trailers."},
    RuleRemedy{ProblemKind::method_unsupported, "http.method.unsupported", "Use one of the methods of this API."},
};
}  // namespace

const ProblemInfo& info(ProblemKind kind) noexcept {
  const auto at = static_cast<std::size_t>(kind);
  return problems[at < problems.size() ? at : static_cast<std::size_t>(ProblemKind::internal)];
}

std::string_view to_text(Violation::In in) noexcept {
  switch (in) {
    case Violation::In::path: return "path";
    case Violation::In::query: return "query";
    case Violation::In::header: return "header";
    case Violation::In::cookie: return "cookie";
    case Violation::In::body: return "body";
    case Violation::In::status: return "status";
  }
  return "body";
}

std::string_view remedy(ProblemKind kind, std::string_view rule) noexcept {
  for (const auto& row : rule_remedies)
    if (row.kind == kind && (row.rule.starts_with('.') ? rule.ends_with(row.rule) : rule == row.rule)) return row.remedy;
  return info(kind).remedy;
}

[[gnu::cold]] Problem refusal(ProblemKind kind, Words rule, Words told) {
  return {.kind = kind, .told = std::move(told), .rule = std::move(rule), .facts = {}, .headers = {}};
}

std::span<const ProblemInfo> all_problems() noexcept { return problems; }

}  // namespace gatehouse::http

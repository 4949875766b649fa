// docs/guide/errors.md: each kind of refusal as it stands in the table, and which part of the way raises it.
#include "app/config/documents.hpp"

#include "ground/http/cure.hpp"
#include "ground/http/problem.hpp"

namespace gatehouse::config {

namespace errors_document_parts {

/// Which part of the way refuses so. Written out for every kind: a new kind does not compile before somebody has said it.
std::string_view raised_by(http::ProblemKind kind) {
  using enum http::ProblemKind;
  switch (kind) {
    case malformed_request:
    case ambiguous_framing:
    case unsupported_version:
    case unsupported_coding:
    case expectation_failed:
    case uri_too_long:
    case headers_too_large: return "parse";
    case request_timeout: return "parse, body";
    case bad_path: return "canonical form, route";
    case bad_host:
    case bad_query:
    case bad_header:
    case bad_cookie: return "canonical form";
    case method_unsupported: return "parse, canonical form";
    case parameter_invalid:
    case media_type_unsupported:
    case body_malformed:
    case body_invalid: return "validate";
    case misdirected: return "canonical form, admit";
    case address_banned: return "admit";
    case no_route:
    case method_not_allowed: return "route";
    case body_too_large: return "route, body";
    case credential_missing:
    case credential_invalid:
    case credential_ambiguous:
    case key_revoked:
    case key_expired:
    case token_expired:
    case token_revoked: return "authenticate";
    case address_refused: return "admit, route, authenticate";
    case rate_limited: return "admit, meter, ration";
    case quota_exhausted: return "ration";
    case too_many_requests_at_once: return "meter, ration";
    case scope_missing:
    case claim_missing:
    case feature_missing: return "authorize";
    case upstream_unreachable:
    case upstream_timeout:
    case upstream_malformed: return "upstream";
    case answer_invalid: return "validate";
    case issuer_unavailable:
    case plan_unavailable: return "authenticate";
    case overloaded: return "any stage, upstream";
    case internal: return "any stage";
    case too_many_failures: return "authenticate";
    case count_: return {};
  }
  return {};
}

/// What the audit log calls it.
std::string_view outcome_of(http::Cause cause) {
  using enum http::Cause;
  switch (cause) {
    case caller: return "refused";
    case upstream:
    case gate: return "failed";
  }
  return {};
}

}  // namespace errors_document_parts

std::string errors_document() {
  std::string out = R"(<!-- Made by gatehouse_reference from the tables in src/ground/http/problem.cpp and cure.cpp; changes by hand are lost. -->
# Errors

Every refusal is a problem by RFC 9457. JSON (`application/problem+json`) unless `Accept` prefers XML (`application/problem+xml`) or
plain text (`text/plain`, which browsers get, too). A refusal is never itself refused with 406.

```json
{
  "type": "urn:gatehouse:problem:scope-missing",
  "title": "The credential does not allow this",
  "status": 403,
  "detail": "The scope 'records:export' is needed. Use a credential with the scope that is needed.",
  "instance": "urn:gatehouse:decision:06H07EXC5400B7RTGWV2",
  "decision": "06H07EXC5400B7RTGWV2"
}
```

- `type` is made for programs: it never changes for a kind. `title` and `detail` are for people.
- `detail` says what was wrong with this request, where that helps an honest caller, and what to do about it. It never holds a path of the
  server, a stack, a token or the existence of somebody else's key.
- `decision` is also in the header `Gatehouse-Decision`. The operator looks it up with `gatehouse why ID`.
- 401 comes with `WWW-Authenticate`, a missing scope as well (`error="insufficient_scope"`); 405 with `Allow`; 429, a ban and
  `overloaded` with `Retry-After`. Refusals are never to be cached (`Cache-Control: no-store`).

| status | type `urn:gatehouse:problem:` | title | what the caller can do | raised by | outcome |
|---|---|---|---|---|---|
)";
  for (const auto& problem : http::all_problems())
    out.append("| ")
        .append(std::to_string(problem.status))
        .append(" | `")
        .append(problem.slug)
        .append("` | ")
        .append(problem.title)
        .append(" | ")
        .append(problem.remedy)
        .append(" | ")
        .append(errors_document_parts::raised_by(problem.kind))
        .append(" | ")
        .append(errors_document_parts::outcome_of(problem.cause))
        .append(" |\n");
  out += R"(
*parse* reads the wire, *canonical form* is [one request](one-request.md), *admit* is address lists, bans and the limit per address, *route* is
[the table of routes](routes.md), *authenticate*, *meter*, *authorize*, *ration* are [stages](README.md#the-stages), *validate* is [the contract](contracts.md), *body* is the request's body while it is
sent on, *upstream* is the API behind the gate. *outcome* is what the audit log and the metrics call it: `refused` is the caller's doing, also where the
status is 501 or 505; `failed` is not.

HTTP/2 has errors of its own below these: a stream or a connection that breaks the protocol is ended with RST_STREAM or GOAWAY (RFC 9113), and no
problem is written. A refusal that comes before the body has come is sent alone; the stream is reset (`NO_ERROR`) a few seconds later, if the client has not ended
it. A connection that is one too many, in all or for its address, is closed before TLS.

## What you can do

As the operator of the gate. `gatehouse why ID` says it beside "To pass", with the id of the key in place of `ID`; the caller never reads it. Names of settings are in
[configuration.md](configuration.md).

| `urn:gatehouse:problem:` | rule | what the operator can do |
|---|---|---|
)";
  for (const auto& cure : http::all_cures()) {
    out.append("| `").append(http::info(cure.kind).slug).append("` | ");
    if (!cure.rule.empty()) out.append(cure.rule.starts_with('.') ? "`routes.NAME" : "`").append(cure.rule).append("`");
    out.append(" | ").append(cure.words).append(" |\n");
  }
  return out;
}

}  // namespace gatehouse::config

// Refusals that an honest caller understands: RFC 9457 problems. One table maps each kind to its status, its title and
// what the caller can do; docs/guide/errors.md is generated from it.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/arena.hpp"
#include "ground/http/header_id.hpp"
#include "ground/http/words.hpp"

namespace gatehouse::http {

using Status = std::uint16_t;

enum class ProblemKind : std::uint8_t {
  // the request cannot be read in one way only
  malformed_request,
  ambiguous_framing,
  bad_host,
  bad_path,
  bad_query,
  bad_header,
  bad_cookie,
  unsupported_version,
  unsupported_coding,
  expectation_failed,
  uri_too_long,
  headers_too_large,
  body_too_large,
  request_timeout,
  misdirected,
  // there is nothing to do
  no_route,
  method_not_allowed,
  method_unsupported,
  // the contract of the API does not allow it
  parameter_invalid,
  media_type_unsupported,
  body_malformed,
  body_invalid,
  // who is it, and may they
  credential_missing,
  credential_invalid,
  credential_ambiguous,
  key_revoked,
  key_expired,
  token_expired,
  token_revoked,
  scope_missing,
  claim_missing,
  feature_missing,
  address_refused,
  address_banned,
  // how much
  rate_limited,
  quota_exhausted,
  too_many_requests_at_once,
  too_many_failures,
  // not the caller's fault
  upstream_unreachable,
  upstream_timeout,
  upstream_malformed,
  answer_invalid,
  issuer_unavailable,
  plan_unavailable,
  overloaded,
  internal,
  count_
};

/// Whose doing it is. The status does not say: 501 and 505 are answers to what a caller has sent, too.
enum class Cause : std::uint8_t { caller, upstream, gate };

struct ProblemInfo {
  ProblemKind kind;
  Status status;
  Cause cause;
  std::string_view slug;    ///< the last part of urn:gatehouse:problem:<slug>
  std::string_view title;   ///< RFC 9457 section 3.1.4: the same for every occurrence
  std::string_view remedy;  ///< what the caller can do
};

/// Total: `count_`, which is no kind, has the row of `internal`.
[[nodiscard]] const ProblemInfo& info(ProblemKind kind) noexcept;
/// What the caller can do: the kind's words, or those of the rule that refused, where it knows better. What one with this problem reads; the operator's side is cure().
[[nodiscard]] std::string_view remedy(ProblemKind kind, std::string_view rule) noexcept;
/// One row a kind, in the order of the enumeration.
[[nodiscard]] std::span<const ProblemInfo> all_problems() noexcept;

/// The field that a status asks for: Allow (405), Retry-After (403, 429, 503), WWW-Authenticate (401, 403).
struct ProblemHeader {
  HeaderId id = HeaderId::unknown;  ///< unknown: there is none
  Words value;
};

/// One thing in a message that the contract of the API does not allow. It says what would be right, never what was sent: that may be anybody's data.
struct Violation {
  enum class In : std::uint8_t { path, query, header, cookie, body, status } in = In::body;
  std::string at;        ///< the parameter's name; of a body a JSON Pointer (RFC 6901), empty: the whole
  std::string detail;    ///< "must be a whole number from 1 to 100"
  std::string contract;  ///< where the contract says so: its file, `#`, and a JSON Pointer within it
};
[[nodiscard]] std::string_view to_text(Violation::In in) noexcept;

/// One refusal. `told` is for the caller, `rule` and `facts` only for the log and `gatehouse why`.
struct Problem {
  ProblemKind kind = ProblemKind::internal;
  Words told;   ///< RFC 9457 detail; empty: the remedy alone
  Words rule;   ///< which rule decided, e.g. "routes.patients.scopes"
  Words facts;  ///< what it saw: no secret, no token, no body
  ProblemHeader headers;
  std::vector<Violation> violations{};  ///< an extension member (RFC 9457 section 3.2), where there are any

  [[nodiscard]] Status status() const noexcept { return info(kind).status; }
};

/// A refusal by a rule, with what the caller is told beyond its remedy.
[[nodiscard]] Problem refusal(ProblemKind kind, Words rule, Words told = {});

/// The forms in which a problem can be written.
enum class ProblemMedia : std::uint8_t { json, text, xml };

/// Which form the caller reads, by its Accept field (RFC 9110 section 12.5.1; several fields joined by commas). JSON where there is none, where
/// the best weights are equal, and where nothing fits: a refusal is never itself refused with 406.
[[nodiscard]] ProblemMedia problem_media(std::string_view accept) noexcept;
[[nodiscard]] std::string_view content_type(ProblemMedia media) noexcept;

/// The body, in `memory`: type, title, status, detail, instance decision and violations (RFC 9457 section 3.1; for XML its appendix B). `rule` and `facts`
/// never appear. Every text is escaped for its form: bytes that are not UTF-8 become U+FFFD, controls are escaped or dropped. The id may be empty.
[[nodiscard]] std::string_view render(const Problem& problem, std::string_view decision_id, ProblemMedia media, Arena& memory);

}  // namespace gatehouse::http

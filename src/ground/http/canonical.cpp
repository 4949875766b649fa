#include "ground/http/canonical.hpp"

#include <algorithm>

#include "ground/base/result.hpp"
#include "ground/base/text.hpp"
#include "ground/http/forwarding.hpp"

namespace gatehouse::http {

namespace {
/// What becomes of a field of a known name.
enum class Fate : std::uint8_t {
  travels,
  only_once,  ///< travels; a second one is refused
  ends_here,  ///< hop-by-hop, or written anew by the gate from what it has decided
  forged,     ///< ends here and is counted: nobody but the gate or a trusted proxy has any business sending it
};

Fate fate_of(HeaderId id) noexcept {
  using enum HeaderId;
  switch (id) {
    case connection:
    case keep_alive:
    case proxy_connection:
    case proxy_authorization:
    case proxy_authenticate:
    case proxy_authentication_info:
    case te:
    case trailer:
    case transfer_encoding:
    case upgrade:
    case http2_settings:
    case host:
    case content_length:
    case expect:
    case cookie: return Fate::ends_here;
    case forwarded:
    case x_forwarded_for:
    case x_forwarded_host:
    case x_forwarded_port:
    case x_forwarded_proto:
    case x_real_ip:
    case gatehouse_decision:
    case gatehouse_identity:
    case x_http_method:
    case x_http_method_override:
    case x_method_override:
    case x_original_url:
    case x_rewrite_url: return Fate::forged;
    case authorization:
    case content_type:
    case x_api_key:
    case origin:
    case referer:
    case range:
    case if_range:
    case if_modified_since:
    case if_unmodified_since:
    case date:
    case content_encoding: return Fate::only_once;
    case unknown:
    case accept:
    case accept_encoding:
    case accept_language:
    case age:
    case allow:
    case cache_control:
    case etag:
    case expires:
    case if_match:
    case if_none_match:
    case last_modified:
    case link:
    case location:
    case pragma:
    case rate_limit:
    case rate_limit_policy:
    case retry_after:
    case server:
    case set_cookie:
    case strict_transport_security:
    case traceparent:
    case tracestate:
    case user_agent:
    case vary:
    case via:
    case www_authenticate:
    case x_powered_by:
    case x_request_id:
    case count_: return Fate::travels;
  }
  return Fate::ends_here;
}

/// Beside X-Forwarded-* and X-Envoy-*: what proxies, content delivery networks and frameworks call the client's address, the host and the scheme that
/// the client asked for, and upstreams believe. The guide lists them (one-request.md).
bool is_origin_name(std::string_view name) noexcept {
  static constexpr std::string_view names[] = {"ali-cdn-real-ip",
                                               "cdn-src-ip",
                                               "cf-connecting-ip",
                                               "cf-connecting-ipv6",
                                               "cf-pseudo-ipv4",
                                               "client-ip",
                                               "do-connecting-ip",
                                               "fastly-client-ip",
                                               "fly-client-ip",
                                               "forwarded-for",
                                               "front-end-https",
                                               "incap-client-ip",
                                               "proxy-client-ip",
                                               "remote-addr",
                                               "true-client-ip",
                                               "wl-proxy-client-ip",
                                               "x-appengine-remote-addr",
                                               "x-appengine-user-ip",
                                               "x-azure-clientip",
                                               "x-azure-socketip",
                                               "x-client-ip",
                                               "x-cluster-client-ip",
                                               "x-forwarded",
                                               "x-host",
                                               "x-host-override",
                                               "x-http-host-override",
                                               "x-nf-client-connection-ip",
                                               "x-original-forwarded-for",
                                               "x-original-host",
                                               "x-original-proto",
                                               "x-original-remote-addr",
                                               "x-original-scheme",
                                               "x-original-uri",
                                               "x-originating-ip",
                                               "x-proxyuser-ip",
                                               "x-real-client-ip",
                                               "x-remote-addr",
                                               "x-remote-ip",
                                               "x-scheme",
                                               "x-source-ip",
                                               "x-sucuri-clientip",
                                               "x-true-client-ip",
                                               "x-url-scheme",
                                               "x-vercel-forwarded-for"};
  static_assert(std::ranges::is_sorted(names));
  return std::ranges::binary_search(names, name);
}

/// What proxies, ingress controllers and application servers call the caller that they have proved, the certificate that they have checked, and the place
/// at which they serve, and upstreams believe. Those that begin so are all theirs.
bool is_identity_name(std::string_view name) noexcept {
  static constexpr std::string_view names[] = {"cf-access-authenticated-user-email",
                                               "remote-email",
                                               "remote-groups",
                                               "remote-name",
                                               "remote-user",
                                               "ssl-client-cert",
                                               "ssl-client-i-dn",
                                               "ssl-client-issuer-dn",
                                               "ssl-client-s-dn",
                                               "ssl-client-subject-dn",
                                               "ssl-client-verify",
                                               "x-anonymous-consumer",
                                               "x-authenticated-groups",
                                               "x-authenticated-scope",
                                               "x-authenticated-user",
                                               "x-authenticated-userid",
                                               "x-client-cert",
                                               "x-client-verify",
                                               "x-credential-identifier",
                                               "x-remote-group",
                                               "x-remote-groups",
                                               "x-remote-user",
                                               "x-script-name",
                                               "x-webauth-user"};
  static_assert(std::ranges::is_sorted(names));
  static constexpr std::string_view families[] = {
      "x-amzn-mtls-",          "x-amzn-oidc-",    "x-auth-request-", "x-authentik-", "x-consumer-", "x-goog-authenticated-user-",
      "x-ms-client-principal", "x-remote-extra-", "x-ssl-client-",   "x-vouch-"};
  return std::ranges::binary_search(names, name) || std::ranges::any_of(families, [&](std::string_view family) { return name.starts_with(family); });
}

/// `Proxy` becomes HTTP_PROXY in every CGI program, which then sends its own requests there ("httpoxy", CVE-2016-5385): no standard has it, and nobody
/// has any business sending it. `_method`, which is what the second name resembles, is the method to frameworks that look for it among the headers, too:
/// not the one that was judged.
bool is_never_sent_on(std::string_view name) noexcept { return name == "proxy" || name == "-method"; }

bool is_forwarding_name(std::string_view name) noexcept {
  return name.starts_with("x-forwarded-") || name.starts_with("x-envoy-") || is_origin_name(name) || is_identity_name(name);
}
bool is_own_name(std::string_view name) noexcept { return name.starts_with("gatehouse-"); }

std::optional<Problem> take_fields(const RequestHead& head, bool peer_trusted, Arena& arena, Request& out) {
  std::span<Field> underscored;
  std::size_t underscored_count = 0;
  for (const auto& field : head.headers.all()) {
    if (field.id == HeaderId::unknown) {
      const bool plain = is_plain_name(field.name);
      if (!plain && resembles_used_name(field.name))
        return refusal(ProblemKind::bad_header, "http.header.underscore", "The header " + std::string(field.name) + " can be taken for another.");
      if (!plain) {
        if (underscored.empty()) underscored = arena.array<Field>(head.headers.size());
        underscored[underscored_count++] = field;
        ++out.dropped_headers;
      } else if (is_own_name(field.name) || is_never_sent_on(field.name) || (is_forwarding_name(field.name) && !peer_trusted)) {
        ++out.dropped_headers;
      } else {
        out.headers.add(field);
      }
      continue;
    }
    switch (fate_of(field.id)) {
      case Fate::only_once:
        if (out.headers.has(field.id))
          return refusal(ProblemKind::bad_header, "http.header.repeated", "The header " + std::string(field.name) + " was sent more than once.");
        out.headers.add(field);
        break;
      case Fate::travels: out.headers.add(field); break;
      case Fate::forged:
        if (!peer_trusted || !is_forwarding_name(field.name)) ++out.dropped_headers;
        break;
      case Fate::ends_here: break;
    }
  }
  out.underscored = underscored.first(underscored_count);
  if (!out.cookies.text().empty()) out.headers.add(HeaderId::cookie, out.cookies.text());
  return std::nullopt;
}

struct TargetParts {
  std::string_view scheme;     ///< of an absolute target
  std::string_view authority;  ///< of an absolute target
  std::string_view path;       ///< empty in an absolute target without one
  std::optional<std::string_view> query;
};

TargetParts split_target(std::string_view target) {
  TargetParts parts;
  if (!target.starts_with('/')) {
    if (const auto scheme_end = target.find("://"); scheme_end != target.npos) {
      parts.scheme = target.substr(0, scheme_end);
      target.remove_prefix(scheme_end + 3);
      const auto end = std::min(target.find_first_of("/?#"), target.size());
      parts.authority = target.substr(0, end);
      target.remove_prefix(end);
    }
  }
  const auto question = target.find('?');
  parts.path = target.substr(0, question);
  if (question != target.npos) parts.query = target.substr(question + 1);
  return parts;
}

std::optional<Problem> check_scheme(std::string_view scheme) {
  if (scheme.empty() || text::equal_ignoring_case(scheme, "http") || text::equal_ignoring_case(scheme, "https")) return std::nullopt;
  return refusal(ProblemKind::malformed_request, "http.target.scheme", "The scheme is neither http nor https.");
}

/// RFC 9110 section 7.4: what is asked for as https is served over a secured connection alone, and what is asked for as http is not another resource by
/// accident. Behind a trusted proxy the scheme may be that of the client's connection, too.
std::optional<Problem> check_connection(std::string_view scheme, const ConnectionFacts& facts, const Origin& origin) {
  if (scheme.empty()) return std::nullopt;
  const bool secure = text::equal_ignoring_case(scheme, "https");
  if (secure == facts.secure || (secure == origin.secure && is_trusted(facts.peer, facts.trusted_proxies))) return std::nullopt;
  return refusal(ProblemKind::misdirected, "http.target.connection",
                 secure ? Words("The request is for https, and its connection is not secured.")
                        : Words("The request is for http, and its connection is secured."));
}

/// Host, :authority and an absolute target name the same host, if they are there, and one of them is.
std::expected<Authority, Problem> one_authority(const RequestHead& head, const TargetParts& target, bool secure, Arena& arena) {
  if (head.headers.count(HeaderId::host) > 1)
    return std::unexpected(refusal(ProblemKind::bad_host, "http.host.repeated", "Host was sent more than once."));
  const auto host = head.headers.get(HeaderId::host);
  if (!host && (head.version != Version::http2 || head.authority.empty()))
    return std::unexpected(refusal(ProblemKind::bad_host, "http.host.missing", "Host is missing."));
  const auto authority = TRY(Authority::parse(host ? *host : head.authority, secure, arena));
  const auto other = !target.scheme.empty() ? target.authority : head.authority;
  if (host && (!other.empty() || !target.scheme.empty()))
    if (TRY(Authority::parse(other, secure, arena)) != authority)
      return std::unexpected(refusal(ProblemKind::bad_host, "http.host.conflict", "Host differs from the authority of the request target."));
  return authority;
}
}  // namespace

std::expected<Request, Problem> canonical(const RequestHead& head, const ConnectionFacts& facts, Arena& arena) {
  if (head.method == Method::trace && head.framing.kind != Framing::Kind::none)  // RFC 9110 section 9.3.8
    return std::unexpected(refusal(ProblemKind::malformed_request, "http.method.trace-body", "TRACE has no body."));
  if (head.method == Method::connect || head.method == Method::trace) {
    auto problem = refusal(ProblemKind::method_unsupported, "http.method.unsupported");
    problem.facts = head.method == Method::trace ? Words("method TRACE") : Words("method CONNECT");
    return std::unexpected(std::move(problem));
  }
  const auto origin = TRY(origin_of(head.headers, facts.peer, facts.secure, facts.trusted_proxies));
  Request request(arena);
  request.version = head.version;
  request.method = head.method;
  request.method_token = head.method_token;
  request.framing = head.framing;
  request.expects_continue = head.expects_continue;
  request.peer = facts.peer;
  request.client = origin.client;
  request.client_known = origin.client_known;
  request.secure = origin.secure;

  const auto target = split_target(head.target);
  for (const auto scheme : {target.scheme, head.scheme})
    if (auto problem = check_scheme(scheme)) return std::unexpected(std::move(*problem));
  for (const auto scheme : {target.scheme, head.scheme})
    if (auto problem = check_connection(scheme, facts, origin)) return std::unexpected(std::move(*problem));
  request.authority = TRY(one_authority(head, target, origin.secure, arena));
  request.asterisk = head.target == "*" && head.method == Method::options;
  if (!request.asterisk && (!target.path.empty() || target.scheme.empty())) request.path = TRY(NormalPath::parse(target.path, arena));
  if (target.query) request.query = TRY(Query::parse(*target.query));
  if (head.headers.has(HeaderId::cookie)) request.cookies = TRY(Cookies::parse(head.headers, arena));
  if (auto problem = take_fields(head, is_trusted(facts.peer, facts.trusted_proxies), arena, request)) return std::unexpected(std::move(*problem));
  return request;
}

bool is_plain_name(std::string_view name) noexcept {
  return std::ranges::all_of(name, [](char c) { return text::is_alnum(c) || c == '-'; });
}

bool resembles_used_name(std::string_view name) {
  char read[64];
  if (name.size() > sizeof read || is_plain_name(name)) return false;  // no used name is as long
  std::ranges::transform(name, read, [](char c) { return text::is_alnum(c) ? c : '-'; });
  const std::string_view text(read, name.size());
  return header_id(text) != HeaderId::unknown || is_forwarding_name(text) || is_own_name(text) || is_never_sent_on(text);
}

}  // namespace gatehouse::http

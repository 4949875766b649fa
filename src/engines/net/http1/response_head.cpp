// What the gate believes from an upstream: as strict as with clients, for an upstream may be made to answer what an
// attacker wishes.
#include <cstring>

#include "engines/net/http1/fields.hpp"
#include "engines/net/http1/refusal.hpp"
#include "engines/net/http1/scan.hpp"
#include "ground/base/result.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::net::http1 {

namespace {
using Kind = http::Framing::Kind;

/// RFC 9112 section 6.3, rules 1 to 3 and 8. A body where there can be none is dropped with the connection: what follows the head may be
/// taken for the next answer.
void settle_response_body(http::Method request_method, http::ResponseHead& out) {
  const bool announced = out.framing.kind == Kind::chunked || (out.framing.kind == Kind::length && out.framing.length > 0);
  if (out.status < 200 || out.status == 204) {
    if (announced) out.keep_alive = false;  // a 1xx answer ends with its head all the same, and the connection after the final one
    out.framing = {};
  } else if (request_method == http::Method::head || out.status == 304) {
    out.framing = {};  // Content-Length is that of the body which is not sent
  } else if (out.framing.kind == Kind::none) {
    out.framing.kind = Kind::until_close;
    out.keep_alive = false;
  }
}
}  // namespace

std::expected<void, http::Problem> parse_response_head(std::span<char> head, http::Method request_method, http::ResponseHead& out,
                                                       const HeadLimits& limits) {
  const auto refuse = [](std::string_view rule, std::string_view facts) {
    return std::unexpected(refusal(Sender::upstream, http::ProblemKind::upstream_malformed, rule, facts));
  };
  char* at = head.data();
  char* const end = at + head.size();
  if (end - at < 14 || (std::memcmp(at, "HTTP/1.1 ", 9) != 0 && std::memcmp(at, "HTTP/1.0 ", 9) != 0))
    return refuse("http.status-line.version", "not HTTP/1.0 or HTTP/1.1");
  out.version = at[7] == '1' ? http::Version::http1_1 : http::Version::http1_0;
  const auto status = text::parse_number<http::Status>({at + 9, 3});
  if (!status || *status < 100 || *status > 599) return refuse("http.status-line.status", "the status is not a number from 100 to 599");
  if (*status == 101) return refuse("http.upgrade", "the upstream switches protocols, which was not asked for");
  out.status = *status;

  at += 12;
  if (*at != ' ' && *at != '\r')
    return refuse("http.status-line.status", "something other than a space after the status");  // without reason the space is often missing
  at = const_cast<char*>(find_control(at, end));
  if (end - at < 2 || *at != '\r' || at[1] != '\n') return refuse("http.status-line.reason", "a control character or a line end that is not CR LF");

  if (auto problem = parse_fields(at + 2, end, limits.fields_max, Sender::upstream, out.headers)) return std::unexpected(std::move(*problem));
  out.framing = TRY(parse_framing(out.headers, out.version, Sender::upstream));
  out.keep_alive = TRY(parse_keep_alive(out.headers, out.version, Sender::upstream));
  settle_response_body(request_method, out);
  return {};
}

}  // namespace gatehouse::net::http1

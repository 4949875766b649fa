// Where a head ends. Every byte is looked at once; only CR LF pairs stop the sixteen-byte scan, all other controls end it.
#include <algorithm>
#include <cstring>

#include "engines/net/http1/head.hpp"
#include "engines/net/http1/refusal.hpp"
#include "engines/net/http1/scan.hpp"

namespace gatehouse::net::http1 {

namespace {
using http::ProblemKind;

/// Room for the method, two spaces and the version beside the target.
constexpr std::size_t request_line_rest_max = method_bytes_max + 12;

/// What the bytes of an unfinished first line already rule out. A leading empty line is skipped.
std::optional<http::Problem> impossible_start(std::string_view input, const HeadLimits& limits) {
  if (input.starts_with('\r')) input.remove_prefix(std::min<std::size_t>(input.size(), 2));
  const auto token_end = std::find_if_not(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(std::min(input.size(), method_bytes_max + 1)),
                                          [](char c) { return http::is_token_char(c); });
  const auto method_bytes = static_cast<std::size_t>(token_end - input.begin());
  if (method_bytes > method_bytes_max) return refusal(ProblemKind::malformed_request, "http.request-line.method", "The method is too long.");
  if (token_end != input.end() && (method_bytes == 0 || *token_end != ' '))
    return refusal(ProblemKind::malformed_request, "http.request-line.method", "The request does not begin with a method and a space.");
  const auto line_max = limits.target_bytes_max + request_line_rest_max;
  if (input.size() > line_max && std::memchr(input.data(), '\n', line_max) == nullptr) return target_too_long(limits);
  return std::nullopt;
}

http::Problem bad_line_end(char byte, Sender sender) {
  if (byte == '\n') return refusal(sender, ProblemKind::malformed_request, "http.line.bare-lf", "A line ends in LF without CR.");
  if (byte == '\r') return refusal(sender, ProblemKind::malformed_request, "http.line.bare-cr", "A line holds CR without LF.");
  return refusal(sender, ProblemKind::malformed_request, "http.line.control", "A line holds a control character.");
}
}  // namespace

std::expected<std::size_t, http::Problem> find_head_end(std::string_view input, std::size_t& scanned, const HeadLimits& limits, Sender sender) {
  const char* const begin = input.data();
  const char* const end = begin + std::min(input.size(), limits.bytes_max);
  const char* at = begin + std::min(scanned, input.size());
  for (Controls controls(at, end);;) {
    at = controls.next();
    if (at == end || (*at == '\r' && at + 1 == end)) break;
    if (*at != '\r' || at[1] != '\n') [[unlikely]]
      return std::unexpected(bad_line_end(*at, sender));
    if (at != begin && at[-1] == '\n') {
      if (at - begin == 2)
        return std::unexpected(
            refusal(sender, ProblemKind::malformed_request, "http.line.empty", "There is more than one empty line before the request."));
      return static_cast<std::size_t>(at + 2 - begin);
    }
    (void)controls.next();  // the LF
  }
  scanned = static_cast<std::size_t>(at - begin);
  if (sender == Sender::client)
    if (auto problem = impossible_start(input, limits)) return std::unexpected(std::move(*problem));
  if (input.size() >= limits.bytes_max)
    return std::unexpected(
        refusal(sender, ProblemKind::headers_too_large, "http.head.bytes", "The head has more than " + std::to_string(limits.bytes_max) + " bytes."));
  return 0;
}

}  // namespace gatehouse::net::http1

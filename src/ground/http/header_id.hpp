// The header names that some part of the gate reads or writes, numbered, so that looking one up is an index and not a search.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gatehouse::http {

enum class HeaderId : std::uint8_t {
  unknown,
  accept,
  accept_encoding,
  accept_language,
  age,
  allow,
  authorization,
  cache_control,
  connection,
  content_encoding,
  content_length,
  content_type,
  cookie,
  date,
  etag,
  expect,
  expires,
  forwarded,
  gatehouse_decision,
  gatehouse_identity,
  host,
  http2_settings,
  if_match,
  if_modified_since,
  if_none_match,
  if_range,
  if_unmodified_since,
  keep_alive,
  last_modified,
  link,
  location,
  origin,
  pragma,
  proxy_authenticate,
  proxy_authentication_info,
  proxy_authorization,
  proxy_connection,
  range,
  rate_limit,
  rate_limit_policy,
  referer,
  retry_after,
  server,
  set_cookie,
  strict_transport_security,
  te,
  traceparent,
  tracestate,
  trailer,
  transfer_encoding,
  upgrade,
  user_agent,
  vary,
  via,
  www_authenticate,
  x_api_key,
  x_forwarded_for,
  x_forwarded_host,
  x_forwarded_port,
  x_forwarded_proto,
  x_http_method,
  x_http_method_override,
  x_method_override,
  x_original_url,
  x_powered_by,
  x_real_ip,
  x_request_id,
  x_rewrite_url,
  count_
};
inline constexpr std::size_t header_id_count = static_cast<std::size_t>(HeaderId::count_);

/// The number of a name in lower case; `unknown` for every other name.
[[nodiscard]] HeaderId header_id(std::string_view lower_case_name) noexcept;
/// The name in lower case; empty for `unknown`.
[[nodiscard]] std::string_view to_text(HeaderId id) noexcept;

}  // namespace gatehouse::http

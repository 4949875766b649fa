#include "engines/schema/format.hpp"

#include <array>
#include <cmath>
#include <limits>

#include "engines/schema/ecma_regex.hpp"
#include "engines/schema/number.hpp"

namespace gatehouse::schema {

namespace {
struct FormatInfo {
  std::string_view name;
  Format format;
  Dialect since;
  std::string_view shown;
};
// OpenAPI 3.0 names formats of its own and leaves the set open; it gets those of all drafts.
constexpr std::array formats{
    FormatInfo{"date-time", Format::date_time, Dialect::draft4, "date and time (RFC 3339)"},
    FormatInfo{"email", Format::email, Dialect::draft4, "e-mail address"},
    FormatInfo{"hostname", Format::hostname, Dialect::draft7, "host name"},
    FormatInfo{"hostname", Format::plain_hostname, Dialect::draft4, "host name"},
    FormatInfo{"ipv4", Format::ipv4, Dialect::draft4, "IPv4 address"},
    FormatInfo{"ipv6", Format::ipv6, Dialect::draft4, "IPv6 address"},
    FormatInfo{"uri", Format::uri, Dialect::draft4, "URI"},
    FormatInfo{"uri-reference", Format::uri_reference, Dialect::draft6, "URI reference"},
    FormatInfo{"uri-template", Format::uri_template, Dialect::draft6, "URI template"},
    FormatInfo{"json-pointer", Format::json_pointer, Dialect::draft6, "JSON Pointer"},
    FormatInfo{"date", Format::date, Dialect::draft7, "date (RFC 3339)"},
    FormatInfo{"time", Format::time, Dialect::draft7, "time (RFC 3339)"},
    FormatInfo{"idn-email", Format::idn_email, Dialect::draft7, "e-mail address"},
    FormatInfo{"idn-hostname", Format::idn_hostname, Dialect::draft7, "host name"},
    FormatInfo{"iri", Format::iri, Dialect::draft7, "IRI"},
    FormatInfo{"iri-reference", Format::iri_reference, Dialect::draft7, "IRI reference"},
    FormatInfo{"relative-json-pointer", Format::relative_json_pointer, Dialect::draft7, "relative JSON Pointer"},
    FormatInfo{"regex", Format::regex, Dialect::draft7, "regular expression (ECMA-262)"},
    FormatInfo{"duration", Format::duration, Dialect::draft2019_09, "duration (RFC 3339)"},
    FormatInfo{"uuid", Format::uuid, Dialect::draft2019_09, "UUID"},
    FormatInfo{"int32", Format::int32, Dialect::openapi_3_1, "integer of 32 bits"},
    FormatInfo{"int64", Format::int64, Dialect::openapi_3_1, "integer of 64 bits"},
    FormatInfo{"float", Format::float32, Dialect::openapi_3_1, "number of single precision"},
    FormatInfo{"double", Format::float64, Dialect::openapi_3_1, "number of double precision"},
    FormatInfo{"byte", Format::byte, Dialect::openapi_3_1, "base64 text"},
};

bool is_integer_within(json::Value value, std::int64_t low, std::int64_t high) {
  const auto integer = Number(value).integer();
  return integer && *integer >= low && *integer <= high;
}
}  // namespace

std::optional<Format> format_of(std::string_view name, Dialect dialect) noexcept {
  for (const auto& info : formats)
    if (info.name == name && (dialect >= info.since || dialect == Dialect::openapi_3_0)) return info.format;
  return std::nullopt;
}

bool is_silent_format(std::string_view name) noexcept { return name == "binary" || name == "password"; }

std::string_view to_text(Format format) noexcept {
  for (const auto& info : formats)
    if (info.format == format) return info.shown;
  return "";
}

bool keeps_format(Format format, json::Value value) {
  if (value.is_number()) {
    using Int32 = std::numeric_limits<std::int32_t>;
    using Int64 = std::numeric_limits<std::int64_t>;
    if (format == Format::int32) return is_integer_within(value, Int32::min(), Int32::max());
    if (format == Format::int64) return is_integer_within(value, Int64::min(), Int64::max());
    if (format == Format::float32) return std::abs(Number(value).rounded()) <= std::numeric_limits<float>::max();
    return true;
  }
  const auto string = value.string();
  if (!string) return true;
  const auto text = *string;
  switch (format) {
    case Format::date_time: return is_date_time(text);
    case Format::date: return is_date(text);
    case Format::time: return is_time(text);
    case Format::duration: return is_duration(text);
    case Format::email: return is_email(text);
    case Format::idn_email: return is_idn_email(text);
    case Format::hostname: return is_hostname(text);
    case Format::plain_hostname: return is_hostname(text, false);
    case Format::idn_hostname: return is_idn_hostname(text);
    case Format::ipv4: return is_ipv4(text);
    case Format::ipv6: return is_ipv6(text);
    case Format::uri: return is_uri(text);
    case Format::uri_reference: return is_uri_reference(text);
    case Format::iri: return is_iri(text);
    case Format::iri_reference: return is_iri_reference(text);
    case Format::uri_template: return is_uri_template(text);
    case Format::json_pointer: return is_json_pointer(text);
    case Format::relative_json_pointer: return is_relative_json_pointer(text);
    case Format::regex: return is_ecma_regex(text);
    case Format::uuid: return is_uuid(text);
    case Format::byte: return is_base64(text);
    case Format::int32:
    case Format::int64:
    case Format::float32:
    case Format::float64: return true;  // of numbers, above
  }
  return false;
}

}  // namespace gatehouse::schema

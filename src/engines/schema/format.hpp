// The formats of JSON Schema (2020-12 validation, section 7.3) and of OpenAPI's registry, each by the grammar of its RFC. Nothing is looked
// up: a host name is judged by its letters, not by the DNS.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "engines/schema/dialect.hpp"
#include "ground/json/document.hpp"

namespace gatehouse::schema {

enum class Format : std::uint8_t {
  date_time,  // RFC 3339 section 5.6, as the next two
  date,
  time,
  duration,        // RFC 3339 appendix A
  email,           // RFC 5321 section 4.1.2
  idn_email,       // RFC 6531
  hostname,        // RFC 1123 section 2.1, with A-labels judged by RFC 5890
  plain_hostname,  // the same without A-labels, as up to draft 6
  idn_hostname,
  ipv4,  // RFC 2673 section 3.2
  ipv6,  // RFC 4291 section 2.2
  uri,   // RFC 3986
  uri_reference,
  iri,  // RFC 3987
  iri_reference,
  uri_template,  // RFC 6570
  json_pointer,  // RFC 6901
  relative_json_pointer,
  regex,  // ECMA-262
  uuid,   // RFC 4122
  int32,  // of OpenAPI's registry, as all that follow
  int64,
  float32,
  float64,
  byte,
};

/// The format of that name in that dialect; nothing: none that can be judged there.
[[nodiscard]] std::optional<Format> format_of(std::string_view name, Dialect dialect) noexcept;
/// A name that is known and says nothing that could be judged (binary, password).
[[nodiscard]] bool is_silent_format(std::string_view name) noexcept;

[[nodiscard]] std::string_view to_text(Format format) noexcept;

/// Whether a value keeps it. A value of a kind that the format does not speak of does.
[[nodiscard]] bool keeps_format(Format format, json::Value value);

// One function a format; the text is UTF-8.
[[nodiscard]] bool is_date_time(std::string_view text) noexcept;
[[nodiscard]] bool is_date(std::string_view text) noexcept;
[[nodiscard]] bool is_time(std::string_view text) noexcept;
[[nodiscard]] bool is_duration(std::string_view text) noexcept;
[[nodiscard]] bool is_email(std::string_view text);
[[nodiscard]] bool is_idn_email(std::string_view text);
/// `a_labels`: a label that begins with xn-- must be a proper one of RFC 5890.
[[nodiscard]] bool is_hostname(std::string_view text, bool a_labels = true);
[[nodiscard]] bool is_idn_hostname(std::string_view text);
[[nodiscard]] bool is_ipv4(std::string_view text) noexcept;
[[nodiscard]] bool is_ipv6(std::string_view text) noexcept;
[[nodiscard]] bool is_uri(std::string_view text) noexcept;
[[nodiscard]] bool is_uri_reference(std::string_view text) noexcept;
[[nodiscard]] bool is_iri(std::string_view text) noexcept;
[[nodiscard]] bool is_iri_reference(std::string_view text) noexcept;
[[nodiscard]] bool is_uri_template(std::string_view text) noexcept;
[[nodiscard]] bool is_json_pointer(std::string_view text) noexcept;
[[nodiscard]] bool is_relative_json_pointer(std::string_view text) noexcept;
[[nodiscard]] bool is_uuid(std::string_view text) noexcept;
[[nodiscard]] bool is_base64(std::string_view text) noexcept;

}  // namespace gatehouse::schema

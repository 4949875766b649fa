// URIs (RFC 3986), IRIs (RFC 3987) and URI templates (RFC 6570), by their grammars. Of an IRI the characters beyond ASCII are those of `ucschar`,
// and of `iprivate` in its query.
#include <algorithm>

#include "engines/schema/format.hpp"
#include "engines/schema/uri_reference.hpp"
#include "engines/schema/utf8.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::schema {

namespace {
constexpr std::string_view sub_delims = "!$&'()*+,;=";

bool is_unreserved(char c) noexcept { return text::is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~'; }

bool is_ucschar(char32_t c) noexcept {
  if (c < 0xA0 || (c >= 0xD800 && c <= 0xF8FF) || (c >= 0xFDD0 && c <= 0xFDEF)) return false;
  return c < 0xE0000 ? (c & 0xFFFFU) <= 0xFFFD && c != 0xFFFE && c != 0xFFFF && !(c >= 0xFFF0 && c <= 0xFFFF) : c >= 0xE1000 && c <= 0xEFFFD;
}
bool is_iprivate(char32_t c) noexcept { return (c >= 0xE000 && c <= 0xF8FF) || (c >= 0xF0000 && c <= 0xFFFFD) || (c >= 0x100000 && c <= 0x10FFFD); }

/// Text of unreserved characters, sub-delims, escapes and `also`.
bool is_made_of(std::string_view text, std::string_view also, bool international, bool query = false) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size() || text::hex_value(text[i + 1]) < 0 || text::hex_value(text[i + 2]) < 0) return false;
      i += 3;
    } else if (static_cast<unsigned char>(c) >= 0x80) {
      const auto [code_point, size] = utf8_at(text, i);
      if (!international || !(is_ucschar(code_point) || (query && is_iprivate(code_point)))) return false;
      i += size;
    } else {
      if (!is_unreserved(c) && !sub_delims.contains(c) && !also.contains(c)) return false;
      ++i;
    }
  }
  return true;
}

bool is_ip_literal(std::string_view text) noexcept {
  if (!text.starts_with('v') && !text.starts_with('V')) return is_ipv6(text);
  const auto dot = text.find('.');
  if (dot == text.npos || dot < 2 || dot + 1 == text.size()) return false;
  const auto version = text.substr(1, dot - 1), address = text.substr(dot + 1);
  return std::ranges::all_of(version, [](char c) { return text::hex_value(c) >= 0; }) && !address.contains('%') && is_made_of(address, ":", false);
}

bool is_authority(std::string_view text, bool international) noexcept {
  if (const auto at = text.rfind('@'); at != text.npos) {
    if (!is_made_of(text.substr(0, at), ":", international)) return false;
    text = text.substr(at + 1);
  }
  std::string_view port;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == text.npos || !is_ip_literal(text.substr(1, end - 1))) return false;
    port = text.substr(end + 1);
    if (!port.empty() && port.front() != ':') return false;
    if (!port.empty()) port.remove_prefix(1);
  } else {
    const auto colon = text.find(':');
    if (!is_made_of(text.substr(0, colon), "", international)) return false;
    port = colon == text.npos ? std::string_view{} : text.substr(colon + 1);
  }
  return std::ranges::all_of(port, text::is_digit);
}

bool is_reference(std::string_view text, bool international, bool absolute) noexcept {
  const auto parts = split_uri(text);
  if (absolute && !parts.scheme) return false;
  if (parts.authority && !is_authority(*parts.authority, international)) return false;
  if (!is_made_of(parts.path, ":@/", international)) return false;
  // A first segment with a colon would be a scheme, and is none (section 4.2).
  if (!parts.scheme && !parts.authority && parts.path.substr(0, parts.path.find('/')).contains(':')) return false;
  if (parts.query && !is_made_of(*parts.query, ":@/?", international, true)) return false;
  return !parts.fragment || is_made_of(*parts.fragment, ":@/?", international);
}

/// RFC 6570 section 2.3: one name with its modifier.
bool is_variable(std::string_view text) noexcept {
  if (text.ends_with('*')) {
    text.remove_suffix(1);
  } else if (const auto colon = text.find(':'); colon != text.npos) {
    const auto length = text.substr(colon + 1);
    if (length.empty() || length.size() > 4 || length.front() == '0' || !std::ranges::all_of(length, text::is_digit)) return false;
    text = text.substr(0, colon);
  }
  bool after_dot = true;  // no dot begins or ends a name, nor do two stand together
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '.') {
      if (after_dot) return false;
      after_dot = true;
      ++i;
      continue;
    }
    after_dot = false;
    if (c == '%') {
      if (i + 2 >= text.size() || text::hex_value(text[i + 1]) < 0 || text::hex_value(text[i + 2]) < 0) return false;
      i += 3;
    } else {
      if (!text::is_alnum(c) && c != '_') return false;
      ++i;
    }
  }
  return !after_dot;
}

bool is_expression(std::string_view text) noexcept {
  if (!text.empty() && std::string_view("+#./;?&").contains(text.front())) text.remove_prefix(1);  // "=,!@|" are kept for the future
  while (true) {
    const auto comma = text.find(',');
    if (!is_variable(text.substr(0, comma))) return false;
    if (comma == text.npos) return true;
    text.remove_prefix(comma + 1);
  }
}

/// Section 2.1, with the apostrophe of erratum 6937.
bool is_template_literal(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x80) {
      const auto [code_point, size] = utf8_at(text, i);
      if (!is_ucschar(code_point) && !is_iprivate(code_point)) return false;
      i += size;
      continue;
    }
    if (c == '%') {
      if (i + 2 >= text.size() || text::hex_value(text[i + 1]) < 0 || text::hex_value(text[i + 2]) < 0) return false;
    } else if (c <= ' ' || c == 0x7F || std::string_view("\"<>\\^`{|}").contains(c)) {
      return false;
    }
    ++i;
  }
  return true;
}
}  // namespace

bool is_uri(std::string_view text) noexcept { return is_reference(text, false, true); }
bool is_uri_reference(std::string_view text) noexcept { return is_reference(text, false, false); }
bool is_iri(std::string_view text) noexcept { return is_reference(text, true, true); }
bool is_iri_reference(std::string_view text) noexcept { return is_reference(text, true, false); }

bool is_uri_template(std::string_view text) noexcept {
  while (true) {
    const auto open = text.find('{');
    if (!is_template_literal(text.substr(0, open))) return false;
    if (open == text.npos) return true;
    const auto close = text.find('}', open);
    if (close == text.npos || !is_expression(text.substr(open + 1, close - open - 1))) return false;
    text.remove_prefix(close + 1);
  }
}

}  // namespace gatehouse::schema

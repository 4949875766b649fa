#include "engines/schema/uri_reference.hpp"

#include "ground/base/text.hpp"

namespace gatehouse::schema {

namespace {
bool is_scheme(std::string_view text) noexcept {
  if (text.empty() || !text::is_alpha(text.front())) return false;
  for (const char c : text)
    if (!text::is_alnum(c) && c != '+' && c != '-' && c != '.') return false;
  return true;
}

/// RFC 3986 section 5.2.4.
std::string without_dots(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    if (path.starts_with("../")) {
      path.remove_prefix(3);
    } else if (path.starts_with("./") || path.starts_with("/./")) {
      path.remove_prefix(2);
    } else if (path == "/.") {
      path = "/";
    } else if (path.starts_with("/../") || path == "/..") {
      path = path == "/.." ? "/" : path.substr(3);
      out.resize(out.find_last_of('/') == out.npos ? 0 : out.find_last_of('/'));
    } else if (path == "." || path == "..") {
      path = {};
    } else {
      const auto end = path.find('/', 1);
      out += path.substr(0, end);
      path = end == path.npos ? std::string_view{} : path.substr(end);
    }
  }
  return out;
}

/// RFC 3986 section 5.2.3.
std::string merged(const UriParts& base, std::string_view path) {
  if (base.authority && base.path.empty()) return "/" + std::string(path);
  const auto slash = base.path.rfind('/');
  return std::string(slash == base.path.npos ? std::string_view{} : base.path.substr(0, slash + 1)) + std::string(path);
}
}  // namespace

UriParts split_uri(std::string_view text) noexcept {
  UriParts parts;
  if (const auto hash = text.find('#'); hash != text.npos) {
    parts.fragment = text.substr(hash + 1);
    text = text.substr(0, hash);
  }
  if (const auto mark = text.find('?'); mark != text.npos) {
    parts.query = text.substr(mark + 1);
    text = text.substr(0, mark);
  }
  if (const auto colon = text.find(':'); colon != text.npos && is_scheme(text.substr(0, colon))) {
    parts.scheme = text.substr(0, colon);
    text = text.substr(colon + 1);
  }
  if (text.starts_with("//")) {
    const auto end = text.find('/', 2);
    parts.authority = text.substr(2, end == text.npos ? text.npos : end - 2);
    text = end == text.npos ? std::string_view{} : text.substr(end);
  }
  parts.path = text;
  return parts;
}

std::string resolve_uri(std::string_view base_text, std::string_view reference) {
  const auto base = split_uri(base_text);
  auto target = split_uri(reference);
  std::string path;
  if (target.scheme || target.authority) {
    path = without_dots(target.path);
    if (!target.scheme) target.scheme = base.scheme;
  } else {
    if (target.path.empty()) {
      path = base.path;
      if (!target.query) target.query = base.query;
    } else {
      path = without_dots(target.path.starts_with('/') ? std::string(target.path) : merged(base, target.path));
    }
    target.scheme = base.scheme;
    target.authority = base.authority;
  }
  std::string out;
  if (target.scheme) (out += *target.scheme) += ':';
  if (target.authority) (out += "//") += *target.authority;
  out += path;
  if (target.query) (out += '?') += *target.query;
  if (target.fragment) (out += '#') += *target.fragment;
  return out;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool escape = text[at] == '%' && at + 2 < text.size() && text::hex_value(text[at + 1]) >= 0 && text::hex_value(text[at + 2]) >= 0;
    out += escape ? static_cast<char>(text::hex_value(text[at + 1]) * 16 + text::hex_value(text[at + 2])) : text[at];
    if (escape) at += 2;
  }
  return out;
}

std::string as_fragment(std::string_view pointer) {
  constexpr std::string_view hexadecimal = "0123456789ABCDEF", plain = "-._~!$&'()*+,;=:@/?";
  std::string out;
  for (const char c : pointer) {
    if (text::is_alnum(c) || plain.contains(c)) out += c;
    else out.append({'%', hexadecimal[static_cast<unsigned char>(c) >> 4U], hexadecimal[static_cast<unsigned char>(c) & 15U]});
  }
  return out;
}

}  // namespace gatehouse::schema

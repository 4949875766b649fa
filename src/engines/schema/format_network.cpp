// Addresses: IPv4, IPv6, host names and mailboxes. Internationalised names are in format_idn.cpp.
#include <algorithm>

#include "engines/schema/format.hpp"
#include "engines/schema/idna.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::schema {

namespace {
/// RFC 5321 section 4.1.2; `international`: RFC 6531 section 3.3, any character beyond ASCII is a letter.
bool is_atom(char c, bool international) noexcept {
  if (static_cast<unsigned char>(c) >= 0x80) return international;
  return text::is_alnum(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").contains(c);
}

bool is_quoted_local_part(std::string_view text, bool international) noexcept {
  if (text.size() < 2 || !text.ends_with('"')) return false;
  text = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x80) {
      if (!international) return false;
      continue;
    }
    if (c == '\\') {
      ++i;
      if (i == text.size() || text[i] < ' ' || text[i] == 0x7F || static_cast<unsigned char>(text[i]) >= 0x80) return false;
    } else if (c < ' ' || c == '"' || c == 0x7F) {
      return false;
    }
  }
  return true;
}

bool is_dot_string(std::string_view text, bool international) noexcept {
  bool after_dot = true;
  for (const char c : text) {
    if (c == '.') {
      if (after_dot) return false;
      after_dot = true;
    } else {
      if (!is_atom(c, international)) return false;
      after_dot = false;
    }
  }
  return !after_dot;
}

bool is_mailbox(std::string_view text, bool international) {
  const auto at = text.rfind('@');
  if (at == text.npos || at == 0) return false;
  const auto local = text.substr(0, at), domain = text.substr(at + 1);
  constexpr std::size_t local_bytes_max = 64;  // section 4.5.3.1.1
  if (local.size() > local_bytes_max) return false;
  if (!(local.starts_with('"') ? is_quoted_local_part(local, international) : is_dot_string(local, international))) return false;
  if (domain.starts_with('[') && domain.ends_with(']')) {
    const auto literal = domain.substr(1, domain.size() - 2);
    constexpr std::string_view tag = "ipv6:";
    if (literal.size() > tag.size() && text::equal_ignoring_case(literal.substr(0, tag.size()), tag)) return is_ipv6(literal.substr(tag.size()));
    return is_ipv4(literal);
  }
  return international ? is_idn_hostname(domain) : is_hostname(domain);
}
}  // namespace

bool is_email(std::string_view text) { return is_mailbox(text, false); }
bool is_idn_email(std::string_view text) { return is_mailbox(text, true); }

bool is_ipv4(std::string_view text) noexcept {
  int parts = 0;
  while (true) {
    const auto dot = text.find('.');
    const auto part = text.substr(0, dot);
    if (part.empty() || part.size() > 3 || (part.size() > 1 && part.front() == '0')) return false;
    int value = 0;
    for (const char c : part) {
      if (!text::is_digit(c)) return false;
      value = value * 10 + (c - '0');
    }
    if (value > 255 || ++parts > 4) return false;
    if (dot == text.npos) return parts == 4;
    text.remove_prefix(dot + 1);
  }
}

bool is_ipv6(std::string_view text) noexcept {
  int groups = 0;
  bool gap = false;
  if (text.starts_with("::")) {
    gap = true;
    text.remove_prefix(2);
    if (text.empty()) return true;
  }
  while (true) {
    const auto colon = text.find(':');
    const auto part = text.substr(0, colon);
    if (colon == text.npos && part.contains('.')) return is_ipv4(part) && (gap ? groups + 2 <= 7 : groups + 2 == 8);
    if (part.empty() || part.size() > 4 || !std::ranges::all_of(part, [](char c) { return text::hex_value(c) >= 0; })) return false;
    ++groups;
    if (colon == text.npos) return gap ? groups <= 7 : groups == 8;
    text.remove_prefix(colon + 1);
    if (text.starts_with(':')) {
      if (gap) return false;
      gap = true;
      text.remove_prefix(1);
      if (text.empty()) return groups <= 7;
    }
    if (groups > 8) return false;
  }
}

bool is_hostname(std::string_view text, bool a_labels) {
  constexpr std::size_t name_bytes_max = 253, label_bytes_max = 63;
  if (text.empty() || text.size() > name_bytes_max) return false;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find('.', begin), text.size());
    const auto label = text.substr(begin, end - begin);
    begin = end + 1;
    if (label.empty() || label.size() > label_bytes_max || label.starts_with('-') || label.ends_with('-')) return false;
    if (!std::ranges::all_of(label, [](char c) { return text::is_alnum(c) || c == '-'; })) return false;
    // RFC 5891 section 4.2.3.1: hyphens in the third and fourth place are kept for A-labels.
    if (a_labels && label.size() > 3 && label[2] == '-' && label[3] == '-' && !idna::is_a_label(label)) return false;
  }
  return true;
}

}  // namespace gatehouse::schema

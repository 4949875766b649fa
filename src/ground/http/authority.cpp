#include "ground/http/authority.hpp"

#include <algorithm>
#include <array>

#include "ground/base/text.hpp"
#include "ground/http/address.hpp"

namespace gatehouse::http {

namespace {
/// The last label is a number, as "1", "0x7f": some readers take such a name for an IPv4 address in one to four parts.
bool ends_in_number(std::string_view host) noexcept {
  const auto label = host.substr(host.rfind('.') + 1);
  const auto hex = label.starts_with("0x");
  return std::ranges::all_of(hex ? label.substr(2) : label, [&](char c) { return hex ? text::hex_value(c) >= 0 : text::is_digit(c); });
}

constexpr auto in_label = [] {
  std::array<bool, 256> allowed{};
  for (unsigned c = 0; c < 256; ++c) allowed[c] = text::is_alnum(static_cast<char>(c)) || c == '-' || c == '_';
  return allowed;
}();

bool is_host_name(std::string_view host) noexcept {
  if (host.empty() || host.size() > 253) return false;
  for (std::size_t label = 0;;) {
    auto end = label;
    while (end < host.size() && in_label[static_cast<unsigned char>(host[end])]) ++end;
    if (end == label || end - label > 63) return false;
    if (end == host.size()) return true;
    if (host[end] != '.') return false;
    label = end + 1;
  }
}
}  // namespace

std::expected<Authority, Problem> Authority::parse(std::string_view raw, bool secure, Arena& arena) {
  const auto invalid = [] {
    return std::unexpected(refusal(ProblemKind::bad_host, "http.host.form", "The host is not a plain name or address with an optional port."));
  };
  const std::uint16_t scheme_port = secure ? 443 : 80;
  Authority out;
  out.port_ = scheme_port;
  std::string_view host = raw, port;
  const bool v6 = raw.starts_with('[');
  if (v6) {
    const auto close = raw.find(']');
    if (close == raw.npos) return invalid();
    host = raw.substr(1, close - 1);
    port = raw.substr(close + 1);
  } else if (const auto colon = raw.find(':'); colon != raw.npos) {
    host = raw.substr(0, colon);
    port = raw.substr(colon);
  }
  if (!port.empty()) {
    const auto number = port[0] == ':' && port.size() <= 6 ? text::parse_number<std::uint16_t>(port.substr(1)) : std::nullopt;
    if (!number || *number == 0) return invalid();
    out.port_ = *number;
  }

  if (v6) {
    const auto address = host.find(':') != host.npos ? Address::parse(host) : std::nullopt;
    if (!address || address->is_v4()) return invalid();  // a mapped IPv4 address has its own plain form
    out.host_ = arena.concat({"[", address->to_text(), "]"});
  } else {
    if (host.ends_with('.')) host.remove_suffix(1);
    if (!is_host_name(host)) return invalid();
    if (std::ranges::any_of(host, [](char c) { return c >= 'A' && c <= 'Z'; })) {
      char* const lower = arena.take(host.size());
      std::ranges::transform(host, lower, [](char c) { return text::lower(c); });
      host = {lower, host.size()};
    }
    if (ends_in_number(host) && !Address::parse(host)) return invalid();
    out.host_ = host;
  }
  if (out.port_ == scheme_port) out.text_ = out.host_;
  else out.text_ = arena.concat({out.host_, ":", std::to_string(out.port_)});
  return out;
}

}  // namespace gatehouse::http

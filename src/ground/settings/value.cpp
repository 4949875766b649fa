#include "ground/settings/value.hpp"

#include <algorithm>
#include <array>

#include "ground/base/text.hpp"

namespace gatehouse::settings {

namespace {

struct Unit {
  std::string_view text;
  std::uint64_t size;
};
constexpr std::array<Unit, 5> duration_units{
    {{"ms", 1'000'000}, {"s", 1'000'000'000}, {"m", 60'000'000'000}, {"h", 3'600'000'000'000}, {"d", 86'400'000'000'000}}};
constexpr std::array<Unit, 4> size_units{{{"B", 1}, {"KiB", 1ULL << 10}, {"MiB", 1ULL << 20}, {"GiB", 1ULL << 30}}};

/// Digits and one of the units, as a whole number of the smallest; nothing when it does not fit 63 bits.
std::optional<std::uint64_t> parse_with_unit(std::string_view text, std::span<const Unit> units) noexcept {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = text::parse_number<std::uint64_t>(text.substr(0, digits));
  const auto unit = std::ranges::find(units, text.substr(digits), &Unit::text);
  if (!number || unit == units.end()) return std::nullopt;
  constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
  if (*number > largest / unit->size) return std::nullopt;
  return *number * unit->size;
}

std::string with_unit(std::uint64_t value, std::span<const Unit> units) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < units.size(); ++i)
    if (value != 0 && value % units[i].size == 0) best = i;
  return std::to_string(value / units[best].size) + std::string(units[best].text);
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) noexcept {
  const auto nanoseconds = parse_with_unit(text, duration_units);
  if (!nanoseconds) return std::nullopt;
  return Duration(static_cast<std::int64_t>(*nanoseconds));
}

std::optional<std::uint64_t> parse_byte_size(std::string_view text) noexcept { return parse_with_unit(text, size_units); }

std::optional<Rate> parse_rate(std::string_view text) noexcept {
  const auto slash = text.find('/');
  if (slash == text.npos) return std::nullopt;
  const auto count = text::parse_number<std::uint32_t>(text.substr(0, slash));
  const auto unit = text.substr(slash + 1);
  const auto per = unit.empty() || text::is_digit(unit.front()) ? parse_duration(unit) : parse_duration("1" + std::string(unit));
  if (!count || !per || *per <= 0s) return std::nullopt;
  return Rate{*count, *per};
}

std::string to_text(Duration duration) {
  const auto nanoseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(0, duration.count()));
  // A day says "24h", more whole days say so: nobody writes 720h.
  const bool days = nanoseconds > duration_units[4].size;
  return with_unit(nanoseconds, std::span(duration_units).first(days ? 5 : 4));
}

std::string byte_size_text(std::uint64_t bytes) { return with_unit(bytes, size_units); }

std::string to_text(Rate rate) {
  std::string per = to_text(rate.per);
  if (per == "24h") per = "1d";
  if (per.size() >= 2 && per.front() == '1' && !text::is_digit(per[1])) per.erase(0, 1);
  return std::to_string(rate.count) + "/" + per;
}

bool is_host_name(std::string_view host) noexcept {
  if (host.empty() || host.size() > 253) return false;
  if (http::Address::parse(host)) return true;
  // What looks like an IPv4 address and is none (RFC 1123 section 2.1: a name's last label is not all digits).
  if (text::is_digit(host.back()) && std::ranges::all_of(host.substr(host.rfind('.') + 1), text::is_digit)) return false;
  for (const auto label : text::split(host, '.')) {
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    if (!std::ranges::all_of(label, [](char c) { return text::is_alnum(c) || c == '-' || c == '_'; })) return false;
  }
  return true;
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (bracketed != host.contains(':')) return std::nullopt;  // an IPv6 address stands in brackets, and nothing else does
  const auto ip = http::Address::parse(host);
  const auto number = text::parse_number<std::uint16_t>(text.substr(colon + 1));
  if (!ip || !number) return std::nullopt;
  return Endpoint{*ip, *number};
}

std::string Endpoint::to_text() const { return (address.is_v4() ? address.to_text() : '[' + address.to_text() + ']') + ':' + std::to_string(port); }

namespace {
bool in_one_of(const http::Address& address, std::initializer_list<std::string_view> blocks) noexcept {
  return std::ranges::any_of(blocks, [&address](std::string_view block) { return http::AddressBlock::parse(block)->contains(address); });
}
}  // namespace

bool Endpoint::is_loopback() const noexcept { return address.is_loopback(); }

bool Endpoint::is_private() const noexcept {
  return in_one_of(address, {"127.0.0.0/8", "::1", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10"});
}

std::optional<Url> Url::parse(std::string_view text) {
  Url url;
  if (text.size() > 2048) return std::nullopt;
  if (text.starts_with("https://")) url.secure = true;
  else if (!text.starts_with("http://")) return std::nullopt;
  text.remove_prefix(url.secure ? 8 : 7);
  const auto slash = std::min(text.find_first_of("/?#"), text.size());
  std::string_view authority = text.substr(0, slash);
  url.path = text.substr(slash);
  if (!url.path.empty() && url.path.front() != '/') return std::nullopt;
  for (const char c : url.path)  // RFC 3986 section 2: visible ASCII; a fragment is never sent
    if (c <= 0x20 || c >= 0x7F || std::string_view("#\"<>\\^`{|}").contains(c)) return std::nullopt;
  url.port = url.secure ? 443 : 80;
  const auto bracket = authority.find(']');
  const auto colon = authority.find(':', bracket == authority.npos ? 0 : bracket);
  if (colon != authority.npos) {
    const auto port = text::parse_number<std::uint16_t>(authority.substr(colon + 1));
    if (!port || *port == 0) return std::nullopt;
    url.port = *port;
    authority = authority.substr(0, colon);
  }
  const bool bracketed = authority.starts_with('[') && authority.ends_with(']');
  if (bracketed) authority = authority.substr(1, authority.size() - 2);
  if (bracketed != authority.contains(':') || !is_host_name(authority)) return std::nullopt;
  url.host = text::lower(authority);
  return url;
}

std::string Url::to_text() const {
  std::string out = secure ? "https://" : "http://";
  out += host.contains(':') ? '[' + host + ']' : host;
  if (port != (secure ? 443 : 80)) out += ':' + std::to_string(port);
  return out + path;
}

bool Url::is_loopback() const noexcept {
  const auto address = http::Address::parse(host);
  return host == "localhost" || (address && address->is_loopback());
}

}  // namespace gatehouse::settings

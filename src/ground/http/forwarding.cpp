#include "ground/http/forwarding.hpp"

#include <algorithm>
#include <optional>

#include "ground/base/text.hpp"

namespace gatehouse::http {

namespace {
/// Takes the last part behind a comma off `list`. Commas inside the quotes of Forwarded do not occur in an address.
std::string_view take_last(std::string_view& list) {
  const auto comma = list.rfind(',');
  const auto part = text::trim(comma == list.npos ? list : list.substr(comma + 1));
  list = comma == list.npos ? std::string_view() : list.substr(0, comma);
  return part;
}

/// "192.0.2.1", "192.0.2.1:4711", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:4711".
std::optional<Address> parse_hop(std::string_view hop) {
  std::string_view port;
  if (hop.starts_with('[')) {
    const auto close = hop.find(']');
    if (close == hop.npos) return std::nullopt;
    port = hop.substr(close + 1);
    hop = hop.substr(1, close - 1);
    if (hop.find(':') == hop.npos) return std::nullopt;
  } else if (const auto colon = hop.find(':'); colon != hop.npos && colon == hop.rfind(':')) {
    port = hop.substr(colon);
    hop = hop.substr(0, colon);
  }
  if (!port.empty() && (port[0] != ':' || !text::parse_number<std::uint16_t>(port.substr(1)))) return std::nullopt;
  return Address::parse(hop);
}

/// The value of one parameter of a Forwarded element, without quotes (RFC 7239 section 4).
std::string_view forwarded_parameter(std::string_view element, std::string_view name) {
  while (!element.empty()) {
    const auto end = element.find(';');
    const auto pair = text::trim(element.substr(0, end));
    element = end == element.npos ? std::string_view() : element.substr(end + 1);
    const auto equals = pair.find('=');
    if (equals == pair.npos || !text::equal_ignoring_case(pair.substr(0, equals), name)) continue;
    auto value = pair.substr(equals + 1);
    if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) value = value.substr(1, value.size() - 2);
    return value;
  }
  return {};
}

/// Walks the hops of all fields of one name from the right. `said`: the element by which a trusted proxy names the client; else the last one.
Address walk(const Headers& headers, HeaderId id, const Address& peer, std::span<const AddressBlock> trusted, std::string_view* said = nullptr) {
  Address client = peer;
  std::size_t hops = 0;
  const auto fields = headers.all();
  for (auto field = fields.rbegin(); field != fields.rend(); ++field) {
    if (field->id != id) continue;
    for (auto list = field->value; !list.empty();) {
      const auto element = take_last(list);
      const auto hop = parse_hop(id == HeaderId::forwarded ? forwarded_parameter(element, "for") : element);
      if (said != nullptr && (hops == 0 || hop)) *said = element;
      if (!hop || ++hops > hops_max) return client;
      client = *hop;
      if (!is_trusted(client, trusted)) return client;
    }
  }
  return client;
}

/// What the nearest proxy says: the last element of the last field.
std::string_view last_element(const Headers& headers, HeaderId id) {
  const auto fields = headers.all();
  for (auto field = fields.rbegin(); field != fields.rend(); ++field) {
    if (field->id != id) continue;
    auto list = field->value;
    return take_last(list);
  }
  return {};
}
}  // namespace

bool is_trusted(const Address& address, std::span<const AddressBlock> trusted) noexcept {
  return std::ranges::any_of(trusted, [&](const AddressBlock& block) { return block.contains(address); });
}

std::expected<Origin, Problem> origin_of(const Headers& headers, const Address& peer, bool peer_secure, std::span<const AddressBlock> trusted) {
  Origin origin{peer, peer_secure};
  if (!is_trusted(peer, trusted)) return origin;
  const bool plain = headers.has(HeaderId::x_forwarded_for), standard = headers.has(HeaderId::forwarded);
  std::string_view said;
  if (standard) origin.client = walk(headers, HeaderId::forwarded, peer, trusted, &said);
  const auto by_standard = origin.client;
  if (plain) origin.client = walk(headers, HeaderId::x_forwarded_for, peer, trusted);
  if (plain && standard && by_standard != origin.client)
    return std::unexpected(refusal(ProblemKind::bad_header, "http.forwarding.conflict", "X-Forwarded-For and Forwarded name different clients."));

  auto scheme = last_element(headers, HeaderId::x_forwarded_proto);
  if (scheme.empty()) scheme = forwarded_parameter(said, "proto");
  if (text::equal_ignoring_case(scheme, "https")) origin.secure = true;
  if (text::equal_ignoring_case(scheme, "http")) origin.secure = false;
  return origin;
}

}  // namespace gatehouse::http

#include "ground/http/forwarding.hpp"

#include <algorithm>
#include <optional>

#include "ground/base/text.hpp"
#include "ground/http/forwarded.hpp"

namespace gatehouse::http {

namespace {
/// Takes the last part behind a comma off `list`: X-Forwarded-For and X-Forwarded-Proto know no quotes.
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

using Scheme = ForwardedElement::Scheme;

struct Walked {
  Address client;
  bool known = true;               ///< false: a trusted proxy says of whom it has the request, and it is no address; `client` is that proxy's
  Scheme scheme = Scheme::unsaid;  ///< of the element by which a trusted proxy names the client; else of the last one
};

/// Walks the hops of all fields X-Forwarded-For from the right. A field that is empty or ends in a comma names nobody.
Walked walk(const Headers& headers, const Address& peer, std::span<const AddressBlock> trusted) {
  Walked walked{peer};
  std::size_t hops = 0;
  const auto fields = headers.all();
  for (auto field = fields.rbegin(); field != fields.rend(); ++field) {
    if (field->id != HeaderId::x_forwarded_for) continue;
    auto list = field->value;
    for (bool more = true; more;) {
      more = list.contains(',');
      const auto hop = parse_hop(take_last(list));
      if (!hop || ++hops > hops_max) {
        walked.known = false;
        return walked;
      }
      walked.client = *hop;
      if (!is_trusted(walked.client, trusted)) return walked;
    }
  }
  return walked;
}

/// Walks the elements of all fields Forwarded from the right. Nothing: one of the fields does not read.
std::optional<Walked> walk_forwarded(const Headers& headers, const Address& peer, std::span<const AddressBlock> trusted) {
  ForwardedHops hops;
  for (const auto& field : headers.all())
    if (field.id == HeaderId::forwarded && !hops.read(field.value)) return std::nullopt;
  Walked walked{peer};
  walked.known = false;
  for (std::size_t i = 0; i < hops.size(); ++i) {
    const auto& element = hops.from_right(i);
    if (i == 0 || element.client) walked.scheme = element.scheme;
    if (!element.client) return walked;
    walked.client = *element.client;
    if (!is_trusted(walked.client, trusted)) {
      walked.known = true;
      return walked;
    }
  }
  walked.known = hops.size() != 0 && !hops.cut();
  return walked;
}

/// What the nearest proxy says of the scheme: the last part of the last field.
std::string_view last_forwarded_proto(const Headers& headers) {
  const auto fields = headers.all();
  for (auto field = fields.rbegin(); field != fields.rend(); ++field) {
    if (field->id != HeaderId::x_forwarded_proto) continue;
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
  auto said = Scheme::unsaid;
  if (standard) {
    const auto walked = walk_forwarded(headers, peer, trusted);
    if (!walked)
      return std::unexpected(refusal(ProblemKind::bad_header, "http.forwarding.form", "The header Forwarded is not what RFC 7239 describes."));
    origin.client = walked->client;
    origin.client_known = walked->known;
    said = walked->scheme;
  }
  const auto by_standard = origin;
  if (plain) {
    const auto walked = walk(headers, peer, trusted);
    origin.client = walked.client;
    origin.client_known = walked.known;
  }
  if (plain && standard && (by_standard.client != origin.client || by_standard.client_known != origin.client_known))
    return std::unexpected(refusal(ProblemKind::bad_header, "http.forwarding.conflict", "X-Forwarded-For and Forwarded name different clients."));

  if (const auto scheme = last_forwarded_proto(headers); !scheme.empty())
    said = text::equal_ignoring_case(scheme, "https") ? Scheme::https : text::equal_ignoring_case(scheme, "http") ? Scheme::http : Scheme::other;
  if (said == Scheme::https) origin.secure = true;
  if (said == Scheme::http) origin.secure = false;
  return origin;
}

}  // namespace gatehouse::http

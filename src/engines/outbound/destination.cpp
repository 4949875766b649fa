#include "engines/outbound/destination.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "ground/base/assert.hpp"

namespace gatehouse::outbound {
namespace {

// RFC 6890 and its successors in the IANA registries; multicast and "reserved" besides. 64:ff9b::/96 and 2002::/16 wrap an IPv4 address.
constexpr std::array<std::string_view, 30> special_blocks{
    "0.0.0.0/8",      "10.0.0.0/8",     "100.64.0.0/10",  "127.0.0.0/8",     "169.254.0.0/16", "172.16.0.0/12",   "192.0.0.0/24", "192.0.2.0/24",
    "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",  "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",     "240.0.0.0/4",  "::/128",
    "::1/128",        "64:ff9b::/96",   "64:ff9b:1::/48", "100::/64",        "2001::/23",      "2001:db8::/32",   "2002::/16",    "3fff::/20",
    "5f00::/16",      "fc00::/7",       "fe80::/10",      "fec0::/10",       "ff00::/8",       "255.255.255.255",
};

std::vector<http::AddressBlock> parse_blocks() {
  std::vector<http::AddressBlock> blocks;
  for (const auto text : special_blocks) {
    const auto block = http::AddressBlock::parse(text);
    GH_ASSERT(block.has_value());
    blocks.push_back(*block);
  }
  return blocks;
}

http::Address address_of(const sockaddr& socket_address) noexcept {
  http::Address address;
  if (socket_address.sa_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(socket_address);
    address.bytes[10] = address.bytes[11] = 0xFF;
    std::memcpy(address.bytes.data() + 12, &v4.sin_addr, 4);
  } else {
    std::memcpy(address.bytes.data(), &reinterpret_cast<const sockaddr_in6&>(socket_address).sin6_addr, 16);
  }
  return address;
}

constexpr std::size_t addresses_max = 8;

}  // namespace

bool is_public(const http::Address& address) noexcept {
  static const auto blocks = parse_blocks();
  return std::ranges::none_of(blocks, [&](const http::AddressBlock& block) { return block.contains(address); });
}

Result<std::vector<http::Address>> allowed(std::vector<http::Address> found, Reach reach) {
  if (found.empty()) return fail(Fault::unavailable, "the host has no address");
  if (reach == Reach::public_only && !std::ranges::all_of(found, is_public))
    return fail(Fault::forbidden, "the host has an address that is not of the public internet");
  return found;
}

Result<std::vector<http::Address>> resolve(const settings::Url& url, Reach reach) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  if (const int error = ::getaddrinfo(url.host.c_str(), nullptr, &wanted, &first); error != 0) {
    return fail(Fault::unavailable, "cannot resolve " + url.host + ": " + ::gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(first, ::freeaddrinfo);
  std::vector<http::Address> found;
  for (const auto* at = first; at != nullptr && found.size() < addresses_max; at = at->ai_next) {
    if (at->ai_family == AF_INET || at->ai_family == AF_INET6) found.push_back(address_of(*at->ai_addr));
  }
  return allowed(std::move(found), reach);
}

}  // namespace gatehouse::outbound

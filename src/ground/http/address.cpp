#include "ground/http/address.hpp"

#include <arpa/inet.h>
#include <algorithm>
#include <cstring>

#include "ground/base/text.hpp"

namespace gatehouse::http {

namespace {
constexpr std::array<std::uint8_t, 12> v4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
}

std::optional<Address> Address::parse(std::string_view text) noexcept {
  char terminated[INET6_ADDRSTRLEN];
  if (text.empty() || text.size() >= sizeof terminated) return std::nullopt;
  std::memcpy(terminated, text.data(), text.size());
  terminated[text.size()] = '\0';
  Address address;
  if (text.find(':') != text.npos) {
    if (::inet_pton(AF_INET6, terminated, address.bytes.data()) != 1) return std::nullopt;
    return address;
  }
  // inet_pton takes exactly four decimal parts without leading zeros' octal meaning: the one form that cannot be misread.
  std::ranges::copy(v4_prefix, address.bytes.begin());
  if (::inet_pton(AF_INET, terminated, address.bytes.data() + 12) != 1) return std::nullopt;
  return address;
}

bool Address::is_v4() const noexcept { return std::equal(v4_prefix.begin(), v4_prefix.end(), bytes.begin()); }

bool Address::is_loopback() const noexcept {
  static constexpr Address v6{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
  return is_v4() ? bytes[12] == 127 : *this == v6;
}

std::string Address::to_text() const {
  char text[INET6_ADDRSTRLEN];
  if (is_v4()) return ::inet_ntop(AF_INET, bytes.data() + 12, text, sizeof text);
  return ::inet_ntop(AF_INET6, bytes.data(), text, sizeof text);
}

Address Address::masked(unsigned prefix) const noexcept {
  Address out = *this;
  for (unsigned i = 0; i < 16; ++i) {
    const unsigned bits = prefix <= i * 8 ? 0 : std::min(8U, prefix - i * 8);
    out.bytes[i] &= static_cast<std::uint8_t>(0xFF00U >> bits);
  }
  return out;
}

std::optional<AddressBlock> AddressBlock::parse(std::string_view text) noexcept {
  const auto slash = text.find('/');
  const auto address = Address::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  AddressBlock block{*address, 128};
  if (slash != text.npos) {
    const auto prefix = text::parse_number<std::uint8_t>(text.substr(slash + 1));
    const bool v4 = text.substr(0, slash).find(':') == text.npos;
    if (!prefix || *prefix > (v4 ? 32 : 128)) return std::nullopt;
    block.prefix = *prefix + (v4 ? 96U : 0U);
  }
  if (block.first.masked(block.prefix) != block.first) return std::nullopt;
  return block;
}

std::string AddressBlock::to_text() const {
  const bool v4 = first.is_v4() && prefix >= 96;
  return first.to_text() + "/" + std::to_string(v4 ? prefix - 96 : prefix);
}

}  // namespace gatehouse::http

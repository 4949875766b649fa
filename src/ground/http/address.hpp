// Addresses of clients and blocks of them. An IPv4 address inside IPv6 (::ffff:a.b.c.d) is the IPv4 address: one form only.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::http {

struct Address {
  std::array<std::uint8_t, 16> bytes{};  ///< IPv4 as ::ffff:a.b.c.d
  auto operator<=>(const Address&) const = default;

  /// dotted IPv4 (four plain decimal numbers) or IPv6 text (RFC 4291), without port, brackets or zone.
  [[nodiscard]] static std::optional<Address> parse(std::string_view text) noexcept;
  [[nodiscard]] bool is_v4() const noexcept;
  /// 127.0.0.0/8 and ::1.
  [[nodiscard]] bool is_loopback() const noexcept;
  /// RFC 5952 for IPv6.
  [[nodiscard]] std::string to_text() const;
  /// The same address with all bits after the first `prefix` (of 128) set to zero.
  [[nodiscard]] Address masked(unsigned prefix) const noexcept;
  /// What one customer holds: the address for IPv4, its /64 for IPv6.
  [[nodiscard]] Address customer() const noexcept { return is_v4() ? *this : masked(64); }
};

/// A block of addresses, "10.0.0.0/8", "2001:db8::/32", or a single address.
struct AddressBlock {
  Address first;
  unsigned prefix = 128;  ///< bits, of 128
  bool operator==(const AddressBlock&) const = default;

  /// Refuses a prefix out of range and bits set after the prefix (a typo more often than not).
  [[nodiscard]] static std::optional<AddressBlock> parse(std::string_view text) noexcept;
  [[nodiscard]] bool contains(const Address& address) const noexcept { return address.masked(prefix) == first; }
  [[nodiscard]] std::string to_text() const;
};

}  // namespace gatehouse::http

// Bytes as text: hexadecimal, base64url (RFC 4648 section 5, without padding, canonical only), base62, CRC-32.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gatehouse {

using Bytes = std::span<const std::uint8_t>;
[[nodiscard]] inline Bytes as_bytes(std::string_view text) noexcept { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }
[[nodiscard]] inline std::string_view as_text(Bytes bytes) noexcept { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

namespace encoding {

/// Lower-case hexadecimal.
[[nodiscard]] std::string to_hex(Bytes bytes);
[[nodiscard]] std::optional<std::string> from_hex(std::string_view text);

[[nodiscard]] std::string to_base64url(Bytes bytes);
/// Only the one canonical form of each byte string is taken: no padding, no foreign character, no stray bits at the end
/// (RFC 4648 section 3.5), so that two different texts never mean the same bytes.
[[nodiscard]] std::optional<std::string> from_base64url(std::string_view text);

/// `value` as exactly `width` base62 characters (0-9A-Za-z, most significant first); the value must fit.
[[nodiscard]] std::string to_base62(std::uint64_t value, std::size_t width);
/// A big-endian number of any size as exactly `width` base62 characters; the number must fit.
[[nodiscard]] std::string to_base62(Bytes big_endian, std::size_t width);
[[nodiscard]] bool is_base62(std::string_view text) noexcept;

/// CRC-32 as in ISO 3309 and zlib (reflected 0xEDB88320).
[[nodiscard]] std::uint32_t crc32(std::string_view data) noexcept;

}  // namespace encoding
}  // namespace gatehouse

// SHA-2 digests and HMAC (FIPS 180-4, RFC 2104). The algorithm objects are fetched once, the contexts are kept by each thread.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ground/base/encoding.hpp"

namespace gatehouse::crypto {

enum class Hash : std::uint8_t { sha256, sha384, sha512 };
/// Bytes of its digest: 32, 48, 64.
[[nodiscard]] constexpr std::size_t digest_bytes(Hash hash) noexcept { return hash == Hash::sha256 ? 32 : hash == Hash::sha384 ? 48 : 64; }

using Digest256 = std::array<std::uint8_t, 32>;

/// A digest whose length is known at run time.
class Digest {
 public:
  [[nodiscard]] Bytes view() const noexcept { return {bytes_.data(), size_}; }

 private:
  friend Digest digest(Hash hash, Bytes data) noexcept;
  friend Digest hmac(Hash hash, Bytes key, Bytes message) noexcept;
  std::array<std::uint8_t, 64> bytes_;
  std::size_t size_;
};

[[nodiscard]] Digest256 sha256(Bytes data) noexcept;
[[nodiscard]] inline Digest256 sha256(std::string_view data) noexcept { return sha256(as_bytes(data)); }
[[nodiscard]] Digest digest(Hash hash, Bytes data) noexcept;

/// Compare the result with equal_constant_time only.
[[nodiscard]] Digest hmac(Hash hash, Bytes key, Bytes message) noexcept;

}  // namespace gatehouse::crypto

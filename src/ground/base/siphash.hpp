// SipHash (Aumasson and Bernstein, 2012) with an output of 128 bits: a keyed hash, so that who chooses names or addresses cannot
// choose where they fall in a table. SipHash-1-3 is used: hash tables need no more, and no output ever leaves the process.
#pragma once
#include <array>
#include <bit>
#include <cstdint>
#include <span>

#include "ground/base/encoding.hpp"
#include "ground/base/random.hpp"

namespace gatehouse::siphash {

struct Seed {
  std::uint64_t first = 0, second = 0;
  [[nodiscard]] static Seed from(Random& random) noexcept;
};

struct Hash {
  std::uint64_t first = 0, second = 0;
  bool operator==(const Hash&) const = default;
};

namespace detail {

template <int compressions, int finalizations>
class Sip {
 public:
  explicit constexpr Sip(Seed seed) noexcept
      : v0_(seed.first ^ 0x736f6d6570736575ULL),
        v1_(seed.second ^ 0x646f72616e646f6dULL ^ 0xee),
        v2_(seed.first ^ 0x6c7967656e657261ULL),
        v3_(seed.second ^ 0x7465646279746573ULL) {}

  constexpr void add(std::uint64_t word) noexcept {
    v3_ ^= word;
    rounds(compressions);
    v0_ ^= word;
  }
  /// `last`: the rest of the input, fewer than eight bytes, with the length of all input in the highest byte.
  [[nodiscard]] constexpr Hash finish(std::uint64_t last) noexcept {
    add(last);
    v2_ ^= 0xee;
    rounds(finalizations);
    const auto first = v0_ ^ v1_ ^ v2_ ^ v3_;
    v1_ ^= 0xdd;
    rounds(finalizations);
    return {first, v0_ ^ v1_ ^ v2_ ^ v3_};
  }

 private:
  constexpr void rounds(int count) noexcept {
    for (int i = 0; i < count; ++i) {
      v0_ += v1_, v1_ = std::rotl(v1_, 13) ^ v0_, v0_ = std::rotl(v0_, 32);
      v2_ += v3_, v3_ = std::rotl(v3_, 16) ^ v2_;
      v0_ += v3_, v3_ = std::rotl(v3_, 21) ^ v0_;
      v2_ += v1_, v1_ = std::rotl(v1_, 17) ^ v2_, v2_ = std::rotl(v2_, 32);
    }
  }
  std::uint64_t v0_, v1_, v2_, v3_;
};

}  // namespace detail

/// The hash of whole words, as of their little-endian bytes.
template <int compressions = 1, int finalizations = 3, std::size_t count>
[[nodiscard]] constexpr Hash hash_words(Seed seed, const std::array<std::uint64_t, count>& words) noexcept {
  detail::Sip<compressions, finalizations> sip(seed);
  for (const auto word : words) sip.add(word);
  return sip.finish(static_cast<std::uint64_t>(count * 8) << 56);
}

template <int compressions = 1, int finalizations = 3>
[[nodiscard]] constexpr Hash hash_bytes(Seed seed, Bytes bytes) noexcept {
  detail::Sip<compressions, finalizations> sip(seed);
  std::uint64_t last = static_cast<std::uint64_t>(bytes.size()) << 56;
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    const auto size = bytes.size() - at < 8 ? bytes.size() - at : 8;
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < size; ++i) word |= static_cast<std::uint64_t>(bytes[at + i]) << (8 * i);
    if (size == 8) sip.add(word);
    else last |= word;
  }
  return sip.finish(last);
}

}  // namespace gatehouse::siphash

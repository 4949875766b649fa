// Finding the byte where a run of ordinary text ends, sixteen bytes at a time. Reads only between `at` and `end`.
#pragma once
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "ground/http/characters.hpp"

namespace gatehouse::net::http1 {

#if defined(__SSE2__)
/// Bit i: byte i of the sixteen at `at` is a control other than the tab.
[[nodiscard]] inline unsigned controls_in_16(const char* at) noexcept {
  const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const auto low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
  const auto tab = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t'));
  const auto del = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7F));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(_mm_andnot_si128(tab, low), del)));
}
#endif

/// The first byte that is a control other than the tab (0x00-0x08, 0x0A-0x1F, 0x7F), or `end`.
[[nodiscard]] inline const char* find_control(const char* at, const char* end) noexcept {
#if defined(__SSE2__)
  for (; end - at >= 16; at += 16)
    if (const auto controls = controls_in_16(at); controls != 0) return at + std::countr_zero(controls);
#endif
  while (at != end && !http::is_field_control(*at)) ++at;
  return at;
}

/// The controls of a text one after the other, each byte looked at once: what find_control finds when it is asked again and again.
class Controls {
 public:
  Controls(const char* at, const char* end) noexcept : begin_(at), block_(at), end_(end) {}

  /// The next one, or the end of the text.
  [[nodiscard]] const char* next() noexcept {
    while (found_ == 0) {
      block_ += std::exchange(looked_at_, 0);
      if (block_ == end_) return end_;
      look();
    }
    const char* const at = block_ + std::countr_zero(found_);
    found_ &= found_ - 1;
    return at;
  }

 private:
  void look() noexcept {
    const auto left = end_ - block_;
    looked_at_ = std::min<std::ptrdiff_t>(left, 16);
#if defined(__SSE2__)
    if (left >= 16) {
      found_ = controls_in_16(block_);
      return;
    }
    if (end_ - begin_ >= 16) {  // the last sixteen bytes, without those that were looked at before
      found_ = controls_in_16(end_ - 16) >> (16 - left);
      return;
    }
#endif
    for (std::ptrdiff_t i = 0; i < looked_at_; ++i) found_ |= unsigned{http::is_field_control(block_[i])} << i;
  }

  const char* begin_;
  const char* block_;
  const char* end_;
  std::ptrdiff_t looked_at_ = 0;  // bytes of the block
  unsigned found_ = 0;            // those of them that are controls and were not returned yet
};

/// The first byte outside 0x21-0x7E, or `end`: a request target holds nothing else (RFC 9112 section 3.2).
[[nodiscard]] inline const char* find_not_visible(const char* at, const char* end) noexcept {
#if defined(__SSE2__)
  for (; end - at >= 16; at += 16) {
    const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const auto above_space = _mm_cmpgt_epi8(bytes, _mm_set1_epi8(' '));  // signed: bytes from 0x80 are below
    const auto del = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7F));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_andnot_si128(del, above_space))) ^ 0xFFFFU;
    if (mask != 0) return at + std::countr_zero(mask);
  }
#endif
  const auto visible = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte < 0x7F;
  };
  while (at != end && visible(*at)) ++at;
  return at;
}

/// Puts the letters of a field name into lower case in place, up to the first byte that is neither letter, digit nor `-`, or up to the last
/// fifteen bytes before `end`. What is not done here the caller does byte by byte.
[[nodiscard]] inline char* lower_name(char* at, const char* end) noexcept {
#if defined(__SSE2__)
  const auto between = [](__m128i bytes, char first, char last) {  // signed: bytes from 0x80 are below
    return _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8(static_cast<char>(first - 1))),
                         _mm_cmplt_epi8(bytes, _mm_set1_epi8(static_cast<char>(last + 1))));
  };
  while (end - at >= 16) {
    const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const auto upper = between(bytes, 'A', 'Z');
    const auto others = _mm_or_si128(between(bytes, 'a', 'z'), _mm_or_si128(between(bytes, '0', '9'), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-'))));
    const auto stops = static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(upper, others))) ^ 0xFFFFU;
    const int count = stops == 0 ? 16 : std::countr_zero(stops);
    if (_mm_movemask_epi8(upper) != 0) {  // the name alone: what stands behind it is a value already
      const auto position = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
      const auto change = _mm_and_si128(upper, _mm_cmplt_epi8(position, _mm_set1_epi8(static_cast<char>(count))));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(at), _mm_or_si128(bytes, _mm_and_si128(change, _mm_set1_epi8(0x20))));
    }
    at += count;
    if (stops != 0) break;
  }
#endif
  return at;
}

}  // namespace gatehouse::net::http1

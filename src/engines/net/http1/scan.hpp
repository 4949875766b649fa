// Finding the byte where a run of ordinary text ends, sixteen bytes at a time. Reads only between `at` and `end`.
#pragma once
#include <bit>
#include <cstdint>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "ground/http/characters.hpp"

namespace gatehouse::net::http1 {

/// The first byte that is a control other than the tab (0x00-0x08, 0x0A-0x1F, 0x7F), or `end`.
[[nodiscard]] inline const char* find_control(const char* at, const char* end) noexcept {
#if defined(__SSE2__)
  for (; end - at >= 16; at += 16) {
    const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const auto low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
    const auto tab = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t'));
    const auto del = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7F));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(_mm_andnot_si128(tab, low), del)));
    if (mask != 0) return at + std::countr_zero(mask);
  }
#endif
  while (at != end && !http::is_field_control(*at)) ++at;
  return at;
}

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

}  // namespace gatehouse::net::http1

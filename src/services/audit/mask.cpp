#include "services/audit/mask.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif
#include <algorithm>
#include <bit>

#include "ground/base/text.hpp"

namespace gatehouse::audit {

namespace {

bool harmless(std::string_view text, std::size_t at) noexcept {
  const auto c = static_cast<unsigned char>(text[at]);
  if (c < 0x20 || c >= 0x7F || c == '"' || c == '\\') return false;
  const char before = at == 0 ? '\0' : text[at - 1];
  return !(c == '_' && before == 'k') && !(c == 'J' && before == 'y');  // the ends of "ghk_" and "eyJ"
}

#if defined(__SSE2__)
/// Of sixteen bytes, the first eight are from `low` of the text and the others from `high` on: `run` of them, again and again.
[[gnu::always_inline]] inline bool harmless(std::string_view text, __m128i bytes, std::size_t low, std::size_t high, std::size_t run) noexcept {
  const auto is = [&](char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); };
  const auto control = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));  // signed: bytes from 0x80 on are below
  const auto bad = _mm_or_si128(_mm_or_si128(control, is('\x7F')), _mm_or_si128(is('"'), is('\\')));
  auto found = static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(bad, _mm_or_si128(is('_'), is('J')))));
  for (; found != 0; found &= found - 1) {
    const auto i = static_cast<std::size_t>(std::countr_zero(found));
    if (!harmless(text, (i < 8 ? low : high) + i % run)) return false;
  }
  return true;
}

[[gnu::always_inline]] inline bool copy_sixteen(std::string_view text, std::size_t at, char* out) noexcept {
  const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out + at), bytes);
  return harmless(text, bytes, at, at + 8, 8);
}

/// `Half` to twice as many bytes less one, as the first and the last of that size.
template <class Half>
[[gnu::always_inline]] inline bool copy_short(std::string_view text, char* out) noexcept {
  const auto last = text.size() - sizeof(Half);
  Half low, high;
  std::memcpy(&low, text.data(), sizeof low);  // NOLINT(bugprone-suspicious-stringview-data-usage): bytes, and as many as are there
  std::memcpy(&high, text.data() + last, sizeof high);
  std::memcpy(out, &low, sizeof low);
  std::memcpy(out + last, &high, sizeof high);
  if constexpr (sizeof(Half) == 8) return harmless(text, _mm_set_epi64x(high, low), 0, last, 8);
  else if constexpr (sizeof(Half) == 4) return harmless(text, _mm_set_epi32(high, high, low, low), 0, last, 4);
  else return harmless(text, _mm_set_epi16(high, high, high, high, low, low, low, low), 0, last, 2);
}
#endif

}  // namespace

bool copy_if_harmless(std::string_view text, char* out) noexcept {
  std::size_t at = 0;
#if defined(__SSE2__)
  for (; text.size() - at >= 16; at += 16)
    if (!copy_sixteen(text, at, out)) return false;
  if (at == text.size()) return true;
  if (at != 0) return copy_sixteen(text, text.size() - 16, out);  // the last sixteen, some of them again
  if (text.size() >= 8) return copy_short<std::int64_t>(text, out);
  if (text.size() >= 4) return copy_short<std::int32_t>(text, out);
  if (text.size() >= 2) return copy_short<std::int16_t>(text, out);
#endif
  for (; at < text.size(); ++at) {
    if (!harmless(text, at)) return false;
    out[at] = text[at];
  }
  return true;
}

namespace {

/// "ghk_live_4fJ2kQ0aZx7B_" or "ghk_test_...": what of a key is public.
constexpr std::size_t key_head_size = 22;
bool has_key_head(std::string_view text) noexcept {
  if (text.size() < key_head_size || text[key_head_size - 1] != '_') return false;
  const auto environment = text.substr(4, 5);
  const auto id = text.substr(9, 12);
  return (environment == "live_" || environment == "test_") && std::ranges::all_of(id, text::is_alnum);
}
/// A head that was cut within its id, as a bounded field of the log may cut it: still nothing but what is public.
bool is_cut_key_head(std::string_view text) noexcept {
  if (text.size() < 9 || text.size() >= key_head_size) return false;
  const auto environment = text.substr(4, 5);
  return (environment == "live_" || environment == "test_") && std::ranges::all_of(text.substr(9), text::is_alnum);
}

}  // namespace

std::size_t credential_length(std::string_view text) noexcept {
  constexpr std::size_t key_rest_min = 8, token_min = 16;
  if (text.starts_with("ghk_")) {
    std::size_t end = 4;
    while (end < text.size() && (text::is_alnum(text[end]) || text[end] == '_')) ++end;
    // Nothing secret follows, or it is masked already.
    if ((end == key_head_size && has_key_head(text)) || is_cut_key_head(text.substr(0, end))) return 0;
    return end - 4 >= key_rest_min ? end : 0;
  }
  if (text.starts_with("eyJ")) {
    std::size_t end = 3;
    while (end < text.size() && (text::is_alnum(text[end]) || text[end] == '_' || text[end] == '-' || text[end] == '.')) ++end;
    return end >= token_min ? end : 0;
  }
  return 0;
}

std::size_t shown_length(std::string_view credential) noexcept {
  if (!credential.starts_with('g')) return 3;
  return has_key_head(credential) ? key_head_size : 4;
}

}  // namespace gatehouse::audit

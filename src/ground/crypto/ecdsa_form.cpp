#include "ground/crypto/ecdsa_form.hpp"

#include <algorithm>

namespace gatehouse::crypto {

namespace {
constexpr std::uint8_t tag_sequence = 0x30, tag_integer = 0x02;

Bytes without_leading_zeros(Bytes number) noexcept {
  const auto first = std::ranges::find_if(number, [](auto byte) { return byte != 0; });
  return number.subspan(static_cast<std::size_t>(first - number.begin()));
}

/// Content of an element with that tag at the front of `der`, which is moved behind it. Lengths up to 255 suffice for P-521.
std::optional<Bytes> take_element(Bytes& der, std::uint8_t tag) noexcept {
  if (der.size() < 2 || der[0] != tag) return std::nullopt;
  std::size_t length = der[1], head = 2;
  if (length == 0x81) {
    if (der.size() < 3 || der[2] < 0x80) return std::nullopt;  // DER: the shortest form of the length
    length = der[2];
    head = 3;
  } else if (length > 0x80 || length == 0x80) {
    return std::nullopt;
  }
  if (der.size() - head < length) return std::nullopt;
  const auto content = der.subspan(head, length);
  der = der.subspan(head + length);
  return content;
}

std::optional<Bytes> take_positive(Bytes& der) noexcept {
  const auto content = take_element(der, tag_integer);
  if (!content || content->empty() || ((*content)[0] & 0x80) != 0) return std::nullopt;
  if ((*content)[0] == 0 && (content->size() < 2 || ((*content)[1] & 0x80) == 0)) return std::nullopt;  // zero, or a zero too many
  return without_leading_zeros(*content);
}
}  // namespace

std::optional<EcdsaDer> ecdsa_to_der(Bytes raw, std::size_t number_bytes) noexcept {
  if (number_bytes == 0 || number_bytes > ecdsa_number_bytes_max || raw.size() != 2 * number_bytes) return std::nullopt;
  const std::array numbers{without_leading_zeros(raw.first(number_bytes)), without_leading_zeros(raw.last(number_bytes))};
  std::size_t length = 0;
  for (const auto number : numbers) {
    if (number.empty()) return std::nullopt;
    length += 2 + number.size() + (number[0] >> 7);
  }
  EcdsaDer der;
  const auto put = [&der](std::size_t byte) { der.bytes[der.size++] = static_cast<std::uint8_t>(byte); };
  put(tag_sequence);
  if (length >= 0x80) put(0x81);
  put(length);
  for (const auto number : numbers) {
    put(tag_integer);
    put(number.size() + (number[0] >> 7));
    if ((number[0] & 0x80) != 0) put(0);
    std::ranges::copy(number, der.bytes.begin() + static_cast<std::ptrdiff_t>(der.size));
    der.size += number.size();
  }
  return der;
}

std::optional<std::string> ecdsa_from_der(Bytes der, std::size_t number_bytes) {
  auto content = take_element(der, tag_sequence);
  if (!content || !der.empty()) return std::nullopt;
  const auto r = take_positive(*content);
  if (!r || r->size() > number_bytes) return std::nullopt;
  const auto s = take_positive(*content);
  if (!s || s->size() > number_bytes || !content->empty()) return std::nullopt;
  std::string raw(2 * number_bytes, '\0');
  std::ranges::copy(*r, raw.begin() + static_cast<std::ptrdiff_t>(number_bytes - r->size()));
  std::ranges::copy(*s, raw.begin() + static_cast<std::ptrdiff_t>(2 * number_bytes - s->size()));
  return raw;
}

}  // namespace gatehouse::crypto

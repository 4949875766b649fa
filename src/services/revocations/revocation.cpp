#include "services/revocations/revocation.hpp"

#include <algorithm>

#include "ground/base/encoding.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::revocations {

namespace {
constexpr std::array<std::string_view, kinds> kind_texts{"token", "digest", "subject", "issuer"};

bool is_lower_hex(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return text::is_digit(c) || (c >= 'a' && c <= 'f'); });
}

Result<> check_name(const Revocation& revocation) {
  const auto& name = revocation.name;
  switch (revocation.kind) {
    case Kind::token:
      if (!names_token(name)) return refuse(Fault::invalid, "a jti has 1 to 1024 bytes");
      return {};
    case Kind::digest:
      if (name.size() != digest_characters || !is_lower_hex(name)) return refuse(Fault::invalid, "a digest has 64 lower-case hexadecimal digits");
      return {};
    case Kind::subject:
      if (name.empty() || name.size() > text_bytes_max) return refuse(Fault::invalid, "a subject has 1 to 1024 bytes");
      return {};
    case Kind::issuer:
      if (!name.empty()) return refuse(Fault::invalid, "the tokens of an issuer have no further name");
      return {};
  }
  return fail(Fault::internal, "revocation of no known kind");
}
}  // namespace

std::string_view to_text(Kind kind) noexcept { return kind_texts[static_cast<std::size_t>(kind)]; }

std::optional<Kind> parse_kind(std::string_view text) noexcept {
  const auto at = std::ranges::find(kind_texts, text);
  if (at == kind_texts.end()) return std::nullopt;
  return static_cast<Kind>(at - kind_texts.begin());
}

void print_digest(const std::array<std::uint8_t, digest_characters / 2>& digest, std::array<char, digest_characters>& text) noexcept {
  constexpr std::string_view digits = "0123456789abcdef";
  for (std::size_t i = 0; i < digest.size(); ++i) {
    text[2 * i] = digits[digest[i] >> 4];
    text[2 * i + 1] = digits[digest[i] & 0xF];
  }
}

std::optional<RevocationId> RevocationId::parse(std::string_view text) noexcept {
  RevocationId id;
  if (text.size() != id.characters.size() || !is_lower_hex(text)) return std::nullopt;
  std::ranges::copy(text, id.characters.begin());
  return id;
}

RevocationId RevocationId::make(Random& random) {
  std::array<std::uint8_t, 8> bytes;
  random.fill(bytes);
  RevocationId id;
  std::ranges::copy(encoding::to_hex(bytes), id.characters.begin());
  return id;
}

Result<> check(const Revocation& revocation, Instant now) {
  if (revocation.issuer.empty() || revocation.issuer.size() > text_bytes_max) return refuse(Fault::invalid, "an issuer has 1 to 1024 bytes");
  CHECK_OK(check_name(revocation));
  if (!text::is_utf8(revocation.issuer) || !text::is_utf8(revocation.name)) return refuse(Fault::invalid, "claims of a token are UTF-8");
  if (!by_time(revocation.kind) && revocation.issued_before != 0) return refuse(Fault::invalid, "one token is revoked whenever it was issued");
  if (by_time(revocation.kind) && (revocation.issued_before <= 0 || revocation.issued_before > unix_seconds(now + future_max)))
    return refuse(Fault::invalid, "tokens are revoked that were issued before now, or at most five minutes ahead");
  if (revocation.lapses_at <= unix_seconds(now)) return refuse(Fault::invalid, "the time until which it is to hold has passed");
  if (revocation.lapses_at > unix_seconds(now + keep_max)) return refuse(Fault::invalid, "a revocation holds for at most 100 years");
  return {};
}

}  // namespace gatehouse::revocations

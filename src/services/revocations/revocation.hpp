// What can be taken back of tokens that are good by themselves: one token, those of a subject, those of an issuer. The gate keeps no tokens; it keeps
// these few words until the tokens that they mean have expired.
#pragma once
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ground/base/random.hpp"
#include "ground/base/result.hpp"
#include "ground/base/time.hpp"

namespace gatehouse::revocations {

enum class Kind : std::uint8_t {
  token,    ///< the one with this `jti` (RFC 7519 section 4.1.7)
  digest,   ///< the one without a usable `jti` whose signed part has this digest
  subject,  ///< all of this subject that were issued before a time
  issuer,   ///< all of this issuer that were issued before a time
};
inline constexpr std::size_t kinds = 4;
[[nodiscard]] std::string_view to_text(Kind kind) noexcept;
[[nodiscard]] std::optional<Kind> parse_kind(std::string_view text) noexcept;
/// Whether it means whatever was issued before a time, and not one token.
[[nodiscard]] constexpr bool by_time(Kind kind) noexcept { return kind == Kind::subject || kind == Kind::issuer; }

inline constexpr std::size_t text_bytes_max = 1024;  ///< of an issuer, a subject, a `jti`
inline constexpr std::size_t digest_characters = 64;
inline constexpr Duration future_max = std::chrono::minutes(5);      ///< how far ahead the clock of an issuer may be
inline constexpr Duration keep_max = std::chrono::days(100 * 366L);  ///< tokens that live longer are nobody's

/// The `jti` by which a token can be named: an empty one names nothing, and a longer one is not kept. Such a token goes by its digest.
[[nodiscard]] constexpr bool names_token(std::string_view token_id) noexcept { return !token_id.empty() && token_id.size() <= text_bytes_max; }

/// A SHA-256 as it stands in a revocation.
void print_digest(const std::array<std::uint8_t, digest_characters / 2>& digest, std::array<char, digest_characters>& text) noexcept;

/// The name of a revocation, for restoring it: 16 hexadecimal digits. No secret.
struct RevocationId {
  std::array<char, 16> characters{};
  auto operator<=>(const RevocationId&) const = default;
  [[nodiscard]] std::string_view text() const noexcept { return {characters.data(), characters.size()}; }
  [[nodiscard]] static std::optional<RevocationId> parse(std::string_view text) noexcept;
  [[nodiscard]] static RevocationId make(Random& random);
};

/// What is to be refused. Times are whole unix seconds: that is what tokens have.
struct Revocation {
  Kind kind = Kind::token;
  std::string issuer;              ///< `iss`, byte by byte
  std::string name{};              ///< the `jti`, the digest in lower-case hexadecimal, the subject; of an issuer nothing
  std::int64_t issued_before = 0;  ///< `iat` below this; only where by_time()
  std::int64_t lapses_at = 0;      ///< from then on it counts no more
};

/// A revocation that was made.
struct Record {
  RevocationId id;
  Revocation what;
  std::int64_t made_at = 0;
};

/// Fault::invalid unless texts, times and kind fit each other at `now`.
[[nodiscard]] Result<> check(const Revocation& revocation, Instant now);

}  // namespace gatehouse::revocations

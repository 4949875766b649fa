#include "services/keys/key_format.hpp"

#include <algorithm>

#include "ground/base/encoding.hpp"

namespace gatehouse::keys {

namespace {
constexpr std::size_t environment_at = 4, id_at = 9, secret_at = 22, checksum_at = 65;
constexpr std::size_t secret_size = checksum_at - secret_at, checksum_size = key_size - checksum_at;
static_assert(secret_size == 43 && checksum_size == 6);
constexpr std::string_view base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// 256 random bits as 43 base62 characters, by long division in place: no copy of the secret stays behind.
void write_secret(Random& random, char* out) noexcept {
  std::array<std::uint8_t, 32> number;
  random.fill(number);
  for (std::size_t at = secret_size; at-- > 0;) {
    unsigned remainder = 0;
    for (auto& byte : number) {
      const unsigned dividend = remainder << 8 | byte;
      byte = static_cast<std::uint8_t>(dividend / 62);
      remainder = dividend % 62;
    }
    out[at] = base62[remainder];
  }
  wipe(number.data(), number.size());
}
}  // namespace

std::optional<KeyId> KeyId::parse(std::string_view text) noexcept {
  KeyId id;
  if (text.size() != id.characters.size() || !encoding::is_base62(text)) return std::nullopt;
  std::ranges::copy(text, id.characters.begin());
  return id;
}

KeyId KeyId::make(Random& random) noexcept {
  KeyId id;
  for (auto& character : id.characters) {
    std::uint8_t byte = 0;
    do random.fill({&byte, 1});
    while (byte >= 248);  // 4 * 62: the rest would make some characters likelier than others
    character = base62[byte % 62];
  }
  return id;
}

std::string_view to_text(Environment environment) noexcept {
  switch (environment) {
    case Environment::live: return "live";
    case Environment::test: return "test";
  }
  return "test";
}

std::optional<Environment> parse_environment(std::string_view text) noexcept {
  if (text == "live") return Environment::live;
  if (text == "test") return Environment::test;
  return std::nullopt;
}

std::optional<KeyShape> parse_key(std::string_view text) noexcept {
  if (text.size() != key_size || !text.starts_with(key_prefix)) return std::nullopt;
  if (text[id_at - 1] != '_' || text[secret_at - 1] != '_') return std::nullopt;
  const auto environment = parse_environment(text.substr(environment_at, 4));
  const auto id = KeyId::parse(text.substr(id_at, 12));
  if (!environment || !id || !encoding::is_base62(text.substr(secret_at))) return std::nullopt;
  // Written out here rather than compared as text: no allocation on the way of a request. The checksum is no secret.
  std::uint64_t checksum = 0;
  for (const char c : text.substr(checksum_at)) checksum = checksum * 62 + base62.find(c);
  if (checksum != encoding::crc32(text.substr(0, checksum_at))) return std::nullopt;
  return KeyShape{*environment, *id};
}

NewKey make_key(Random& random, Environment environment, const KeyId& id) {
  std::string text(key_size, '_');
  std::ranges::copy(key_prefix, text.begin());
  std::ranges::copy(to_text(environment), text.begin() + environment_at);
  std::ranges::copy(id.characters, text.begin() + id_at);
  write_secret(random, text.data() + secret_at);
  const auto checksum = encoding::to_base62(encoding::crc32(std::string_view(text).substr(0, checksum_at)), checksum_size);
  std::ranges::copy(checksum, text.begin() + checksum_at);
  const auto digest = KeyDigest::of(text);
  return {id, digest, Secret(std::move(text))};  // 71 characters are on the heap: the move leaves no copy
}

}  // namespace gatehouse::keys

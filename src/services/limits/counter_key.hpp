// What a counter counts for: which limit, of whom, and on which route. Plain numbers, so that a counter may as well lie in another
// process; nothing here depends on where a limit stands in the configuration, hence counts survive a reload.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "ground/base/siphash.hpp"
#include "ground/http/address.hpp"

namespace gatehouse::limits {

using siphash::Hash, siphash::Seed;

/// Whom a limit counts for. Individuals come first, in which order rules are also asked: see Rules.
enum class Scope : std::uint8_t { key, subject, address, plan, route };
[[nodiscard]] std::string_view to_text(Scope scope) noexcept;

/// One key, subject, plan or address, in 128 bits.
struct Who {
  std::uint64_t first = 0, second = 0;
  bool operator==(const Who&) const = default;
  /// The customer behind an address: the address for IPv4, its /64 for IPv6, since whoever has one address of a /64 has them all.
  [[nodiscard]] static Who of(const http::Address& address) noexcept;
  [[nodiscard]] http::Address as_address() const noexcept;
};

/// Turns names into Who. Names of up to 16 bytes stand for themselves, longer ones for their keyed hash: two names never share a
/// counter but by an accident of 2^-64, which no attacker can search for without the seed.
class Naming {
 public:
  explicit Naming(Seed seed) noexcept : seed_(seed) {}
  [[nodiscard]] Who who(std::string_view name) const noexcept;
  /// A subject is only a subject together with who issued it (RFC 7519 section 4.1.2).
  [[nodiscard]] Who subject(std::string_view issuer, std::string_view name) const noexcept;

 private:
  Seed seed_;
};

/// The number of a limit or route by its configured name (FNV-1a, 64 bits; operators choose these names, attackers do not).
[[nodiscard]] constexpr std::uint64_t number_of(std::string_view name) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : name) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3ULL;
  return hash;
}

struct CounterKey {
  std::uint64_t limit = 0;  ///< number_of its name
  Scope scope = Scope::address;
  Who who;                  ///< default-made for Scope::route
  std::uint64_t route = 0;  ///< number_of its name; 0: counted over all routes; of failures: Bans::amnesty()

  [[nodiscard]] Hash hash(Seed seed) const noexcept {
    return hash_words(seed, std::array<std::uint64_t, 5>{limit, static_cast<std::uint64_t>(scope), who.first, who.second, route});
  }
};

}  // namespace gatehouse::limits

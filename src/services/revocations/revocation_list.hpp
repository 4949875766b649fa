// The revocations as the request path sees them: one immutable block of flat tables, found by a keyed hash of issuer and name, then compared byte
// by byte. No lock, no allocation; an empty list costs one comparison.
//
//   issuer, kind, name --SipHash--> slots_ --tag fits--> entries_ --kind, issuer, name the same--> has it lapsed? was the token issued before?
#pragma once
#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/siphash.hpp"
#include "services/revocations/revocation.hpp"

namespace gatehouse::revocations {

inline constexpr std::size_t entries_max = 100'000;
inline constexpr std::size_t list_text_bytes_max = 32U << 20U;  ///< of all names together

/// What is asked about: a token whose signature and claims hold.
struct PresentedToken {
  std::string_view issuer;
  std::string_view subject;            ///< as the gate knows the caller
  std::string_view token_id;           ///< `jti`; empty: it has none
  std::optional<double> issued_at;     ///< `iat`, unix seconds
  std::string_view digest_characters;  ///< of its signed part, in lower-case hexadecimal; asked for only if asks_digest()
};

class RevocationList {
 public:
  struct Entry {
    RevocationId id;
    std::int64_t issued_before, lapses_at, made_at;
    std::uint32_t issuer;  // which of issuers_
    std::uint32_t name_at;
    std::uint16_t name_size;
    Kind kind;
  };

  explicit RevocationList(siphash::Seed seed) noexcept : seed_(seed) {}

  /// The revocation that refuses this token at `now`; null: none. Total. The result lives as long as the list.
  /// A token that does not say when it was issued counts as issued before any time.
  [[nodiscard]] const Entry* find(const PresentedToken& token, Instant now) const noexcept;
  /// Whether find() needs the digest of a token with this `jti`: it costs a SHA-256, and only tokens without a name go by it.
  [[nodiscard]] bool asks_digest(std::string_view token_id) const noexcept { return count(Kind::digest) != 0 && !names_token(token_id); }

  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  /// In no order that means anything.
  [[nodiscard]] std::span<const Entry> entries() const noexcept { return entries_; }
  [[nodiscard]] const Entry* find(const RevocationId& id) const noexcept;
  /// The one that means the same tokens, whatever its times.
  [[nodiscard]] const Entry* find(const Revocation& what) const noexcept;
  [[nodiscard]] std::string_view issuer(const Entry& entry) const noexcept { return issuers_[entry.issuer]; }
  [[nodiscard]] std::string_view name(const Entry& entry) const noexcept { return {names_.data() + entry.name_at, entry.name_size}; }
  [[nodiscard]] Record record(const Entry& entry) const;
  /// Memory of its own, about.
  [[nodiscard]] std::size_t bytes() const noexcept;
  [[nodiscard]] std::size_t name_bytes() const noexcept { return names_.size(); }

  /// For the writer, before the list is published. A record for the same tokens takes the place of the one before.
  void put(const Record& record);
  /// A list without the entries for which `drop` is true.
  template <class Drop>
  [[nodiscard]] RevocationList without(Drop drop) const {
    RevocationList rest(seed_);
    for (const auto& entry : entries_)
      if (!drop(entry)) rest.put(record(entry));
    return rest;
  }

 private:
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t entry = 0;  // index + 1; 0: free
  };
  [[nodiscard]] std::size_t count(Kind kind) const noexcept { return counts_[static_cast<std::size_t>(kind)]; }
  [[nodiscard]] siphash::Hash hash(const siphash::Hash& of_issuer, Kind kind, std::string_view name) const noexcept;
  [[nodiscard]] const Entry* look(const siphash::Hash& hash, std::string_view issuer, Kind kind, std::string_view name) const noexcept;
  void take_slot(const siphash::Hash& hash, std::uint32_t entry) noexcept;
  void grow();

  siphash::Seed seed_;
  std::vector<Slot> slots_;  // a power of two, at most half full
  std::vector<Entry> entries_;
  std::vector<std::string> issuers_;
  std::string names_;
  std::array<std::uint32_t, kinds> counts_{};
};

}  // namespace gatehouse::revocations

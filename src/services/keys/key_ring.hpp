// The keys as the request path sees them: one immutable block of flat tables, found by digest, with no lock and no allocation.
//
//   presented text --SHA-256--> digest --prefix--> slots_ --tag fits--> entries_ --whole digest, constant time--> keys_ --> KeyLive
//
// Names and scope lists lie one after the other in one text; equal scope lists, address lists and plans are stored once. A key costs
// about 180 bytes (measured in the test), hence 100,000 keys 18 MB, and a ring is given back in a handful of deallocations.
#pragma once
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ground/base/result.hpp"
#include "ground/base/time.hpp"
#include "ground/http/address.hpp"
#include "services/keys/key_digest.hpp"
#include "services/keys/key_format.hpp"
#include "services/keys/key_live.hpp"
#include "services/keys/plan.hpp"

namespace gatehouse::keys {

inline constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();  ///< as unix seconds

/// One secret of a key. Rotation leaves the old one valid beside the new one until `valid_until`.
struct KeySecret {
  KeyDigest digest;
  std::int64_t valid_until = never;  ///< unix seconds, exclusive
};

/// A key on its way into a ring. The lists are canonical text: sorted, no repetition, one space between.
struct KeySource {
  KeyId id;
  Environment environment = Environment::live;
  std::string_view name;
  std::string_view subject;  ///< whose key it is
  std::string_view plan;
  std::string_view scopes;   ///< empty: none
  std::string_view allowed;  ///< address blocks; empty: from everywhere
  std::int64_t expires_at = never;
  bool imported = false;  ///< not made here: its clear text may have any form
  std::span<const KeySecret> secrets;
  KeyLive* live = nullptr;
};

enum class KeyVerdict : std::uint8_t {
  good,
  malformed,  ///< has the beginning of our keys, not their form
  unknown,
  replaced,  ///< an old secret after its key was rotated
  revoked,
  expired,
  environment_refused,  ///< a test key at a live gate, or the reverse
  address_refused,      ///< known, and not allowed from this address
  plan_missing,         ///< its plan is not configured (any more): nothing is known of its limits, hence refused
};
[[nodiscard]] std::string_view to_text(KeyVerdict verdict) noexcept;

class KeyRing {
 public:
  struct Key {
    KeyId id;
    std::uint32_t name_at, subject_at;
    std::uint16_t name_size, subject_size;
    std::uint32_t scopes, allowed;  // which list
    std::uint32_t first_secret;
    std::uint16_t plan;  // which plan, or no_plan
    std::uint8_t secrets;
    Environment environment : 4;
    bool imported : 4;
    std::int64_t expires_at;
    KeyLive* live;
  };

  struct Judged {
    KeyVerdict verdict = KeyVerdict::unknown;
    const Key* key = nullptr;  ///< whose key it is, also when refused; none if malformed or unknown
  };

  /// Who presents `text`, and may he? Total, no allocation; the result lives as long as the ring.
  [[nodiscard]] Judged judge(std::string_view text, const http::Address& from, Instant now) const noexcept;
  /// The same when the digest is known already (a cache may keep it).
  [[nodiscard]] Judged judge(const KeyDigest& digest, const http::Address& from, Instant now) const noexcept;

  [[nodiscard]] const Key* find(const KeyId& id) const noexcept;
  /// In order of their ids.
  [[nodiscard]] std::span<const Key> keys() const noexcept { return keys_; }
  [[nodiscard]] std::size_t size() const noexcept { return keys_.size(); }

  [[nodiscard]] std::string_view name(const Key& key) const noexcept { return slice(key.name_at, key.name_size); }
  [[nodiscard]] std::string_view subject(const Key& key) const noexcept { return slice(key.subject_at, key.subject_size); }
  [[nodiscard]] std::span<const std::string_view> scopes(const Key& key) const noexcept { return scope_lists_[key.scopes].words; }
  [[nodiscard]] bool has_scope(const Key& key, std::string_view scope) const noexcept;
  /// The same list as one text, a space between.
  [[nodiscard]] std::string_view scope_text(const Key& key) const noexcept { return scope_lists_[key.scopes].text; }
  [[nodiscard]] std::string_view allowed_text(const Key& key) const noexcept { return allowed_lists_[key.allowed].text; }
  [[nodiscard]] bool allows(const Key& key, const http::Address& address) const noexcept;
  /// Null: the plan is not configured.
  [[nodiscard]] const Plan* plan(const Key& key) const noexcept { return key.plan < plans_->size() ? &(*plans_)[key.plan] : nullptr; }
  [[nodiscard]] std::string_view plan_name(const Key& key) const noexcept { return plan_names_[key.plan]; }
  /// The plans that keys in use at `now` (neither revoked nor expired) name and nobody configured, by name, with the number of those keys.
  [[nodiscard]] std::vector<std::pair<std::string, std::size_t>> missing_plans(Instant now) const;
  [[nodiscard]] std::span<const KeySecret> secrets(const Key& key) const noexcept;
  [[nodiscard]] KeySource source(const Key& key) const noexcept;
  /// Memory of the ring's own, in bytes; with its KeyLives what `size()` keys cost.
  [[nodiscard]] std::size_t bytes() const noexcept;

 private:
  friend class KeyRingBuilder;
  KeyRing() = default;
  struct Slot {
    std::uint32_t tag = 0;     // the upper half of the digest's prefix
    std::uint32_t secret = 0;  // index + 1; 0: free
    std::uint32_t owner = 0;   // whose secret it is: known as soon as the slot is, so that key and digest come from memory together
  };
  struct ScopeList {
    std::string_view text;
    std::span<const std::string_view> words;
  };
  struct AllowedList {
    std::string_view text;
    std::vector<http::AddressBlock> blocks;
  };
  [[nodiscard]] std::string_view slice(std::uint32_t at, std::size_t size) const noexcept { return {text_.data() + at, size}; }

  std::vector<Key> keys_;           // sorted by id
  std::vector<KeySecret> secrets_;  // those of one key lie together
  std::vector<Slot> slots_;         // a power of two, at most half full
  std::string text_;
  std::vector<std::string_view> words_;
  std::vector<ScopeList> scope_lists_;
  std::vector<AllowedList> allowed_lists_;
  std::shared_ptr<const std::vector<Plan>> plans_;
  std::vector<std::string> plan_names_;  // first those of plans_, then those that keys name and nobody configured
  std::optional<Environment> accepts_;   // the only environment that may pass
  bool foreign_ = false;                 // there are keys that do not begin as ours do
};

/// Collects keys and makes the ring. For the writer's thread.
class KeyRingBuilder {
 public:
  /// Keys of another environment than `accepts` are known and refused; nothing: both pass.
  explicit KeyRingBuilder(std::shared_ptr<const std::vector<Plan>> plans, std::optional<Environment> accepts = std::nullopt);
  ~KeyRingBuilder();
  KeyRingBuilder(const KeyRingBuilder&) = delete;
  KeyRingBuilder& operator=(const KeyRingBuilder&) = delete;

  void reserve(std::size_t keys);
  /// Refused: an id or a digest that is there already, lists that are not well-formed, more than 255 secrets, a name over 64 KiB.
  Result<> add(const KeySource& key);
  Result<std::shared_ptr<const KeyRing>> finish();

 private:
  struct Lists;
  std::unique_ptr<KeyRing> ring_;
  std::unique_ptr<Lists> lists_;
};

}  // namespace gatehouse::keys

// The keeper of API keys: makes, imports, lists, revokes and rotates them, durably, and publishes the ring that the request path reads.
// Every change is first in the store, then in memory, then acknowledged; revocation is the other way round: it holds in memory before anything
// can fail. Calls block: pool threads only.
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engines/store/store.hpp"
#include "ground/base/published.hpp"
#include "ground/base/result.hpp"
#include "services/keys/key_ring.hpp"

namespace gatehouse::keys {

/// What one says of a key when it is made or imported. Refused: a name that is empty or over 200 bytes, control characters, scopes that are no
/// scope tokens (RFC 6749 section 3.3), more than 64 scopes or blocks, an expiry that is past.
struct KeySpec {
  std::string name;
  std::string subject{};  ///< whose; empty: the name
  std::string plan = "default";
  std::vector<std::string> scopes{};
  std::vector<http::AddressBlock> allowed{};
  std::optional<Instant> expires_at{};
  Environment environment = Environment::live;
};

/// What is to be otherwise about a key; what is not named stays. Refused as in KeySpec.
struct KeyChange {
  std::optional<std::string> plan{};
  std::optional<std::vector<std::string>> scopes{};
  std::optional<std::vector<http::AddressBlock>> allowed{};
  std::optional<std::optional<Instant>> expires_at{};  ///< nothing within: it does not end
};

/// A key to import: its digest (of a clear text of any form) and what is said of it.
struct ImportedKey {
  KeySpec spec;
  KeyDigest digest;
  std::optional<KeyId> id;  ///< kept where the clear text is of our own form
  std::size_t line = 0;     ///< where it stood, from 1; 0: in no text
};

struct KeyInfo {
  KeyId id;
  KeySpec spec;
  bool imported = false;
  Instant created_at;
  std::optional<Instant> revoked_at;
  std::optional<Instant> old_secret_until;  ///< after a rotation: until when the one before is still taken
};

/// A new secret, to be shown once.
struct IssuedKey {
  KeyId id;
  Secret clear_text;
};

/// Part of a list, in order of the ids. `next`: ask on after this id; nothing: that was all.
struct KeyPage {
  std::vector<KeyInfo> keys;
  std::optional<KeyId> next;
};

inline constexpr std::size_t keys_max = 1'000'000;
inline constexpr std::size_t key_page_max = 1000;  ///< keys of one page of a list

/// Which keys a list holds: all that there ever were, or those that are neither revoked nor expired.
enum class Listed : bool { all, active };

class Keys {
 public:
  struct Options {
    std::vector<Plan> plans;
    std::optional<Environment> accepts;  ///< keys of another environment are refused; nothing: both pass
  };

  /// Brings the tables up to date and loads the ring. `store`, `clock` and `random` outlive the result.
  static Result<std::unique_ptr<Keys>> open(store::Store& store, const Clock& clock, Random& random, Options options);
  ~Keys();

  /// What the request path reads; holds every change that was acknowledged.
  [[nodiscard]] const Published<KeyRing>& ring() const noexcept;

  Result<IssuedKey> create(const KeySpec& spec);
  /// All or none; `conflict` if a key or id is there already. The ids, in the order given.
  Result<std::vector<KeyId>> import(std::span<const ImportedKey> keys);
  /// `limit`: 1 to key_page_max, what is outside is moved to the nearer end. A page is full, however many keys between are left out.
  Result<KeyPage> list(std::optional<KeyId> after, std::size_t limit, Listed listed = Listed::all) const;
  Result<KeyInfo> show(const KeyId& id) const;
  /// From the moment this returns, also with an error, no request passes with this key. An error (`not_found` apart) means: not written down, so
  /// that the key would come back with the next start; ask again. Revoking twice is well.
  Result<> revoke(const KeyId& id);
  /// A new secret under the same id; the one before is taken for `overlap` more (0: ends now), any older one ends now. `conflict` if revoked.
  Result<IssuedKey> rotate(const KeyId& id, Duration overlap);
  /// All of it or none, in force for the next request. `conflict` if revoked.
  Result<> change(const KeyId& id, const KeyChange& change);
  /// After a reload of the configuration. Keys whose plan is gone are refused until it is back; their number is returned.
  Result<std::size_t> configure(Options options);

 private:
  class State;
  explicit Keys(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// How many keys of each plan are neither revoked nor expired, as the store says; for who has no ring of keys, and may only look.
Result<std::vector<std::pair<std::string, std::size_t>>> keys_by_plan(store::Store& store, Instant now);

/// Reads lines "KEY[<tab>field=value]…": KEY a clear text of any form (16 to 512 visible ASCII characters) or sha256:<64 hex digits>; fields name, subject, plan,
/// scopes, allowed (lists with commas), environment, expires (unix seconds). Empty lines and lines that begin with '#' are passed over. What a line does
/// not say is taken from `defaults`; a missing name is "imported". Errors name the line and never show the key.
Result<std::vector<ImportedKey>> parse_import(std::string_view text, const KeySpec& defaults);

}  // namespace gatehouse::keys

// The tables of the keys in the store: every statement about them stands in this pair of files.
#pragma once
#include <functional>

#include "services/keys/key_spec.hpp"

namespace gatehouse::keys {

/// All tables of this room, those of metering included.
Result<> migrate_tables(store::Store& store, const Clock& clock);

[[nodiscard]] store::Statement insert_key(const KeyId& id, const CanonicalSpec& spec, bool imported, Instant now);
[[nodiscard]] store::Statement insert_secret(const KeyId& id, const KeyDigest& digest);
/// Only a key that is not revoked yet.
[[nodiscard]] store::Statement mark_revoked(const KeyId& id, Instant now);
/// The statements that leave `keep` valid until `until` and end every other secret of the key; refused as conflict if the key is revoked.
[[nodiscard]] std::vector<store::Statement> replace_secret(const KeyId& id, const KeyDigest& keep, std::int64_t until, const KeyDigest& next);
enum class Column : std::uint8_t { plan, scopes, allowed };
[[nodiscard]] store::Statement set_column(const KeyId& id, Column column, std::string_view text);
[[nodiscard]] store::Statement set_expiry_column(const KeyId& id, std::int64_t expires_at);

/// Calls `take` with every key in order of the ids, a page at a time. The source's views end with the call; `live` is not set.
Result<> for_each_key(store::Store& store, const std::function<Result<>(const KeySource&, bool revoked)>& take);

/// `active_at`: only keys that are neither revoked nor expired then; nothing: all.
Result<KeyPage> read_page(store::Store& store, std::optional<KeyId> after, std::size_t limit, std::optional<Instant> active_at);
Result<KeyInfo> read_key(store::Store& store, const KeyId& id);

}  // namespace gatehouse::keys

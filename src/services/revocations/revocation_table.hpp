// Revocations in the store.
#pragma once
#include <functional>

#include "engines/store/store.hpp"
#include "services/revocations/revocation.hpp"

namespace gatehouse::revocations {

[[nodiscard]] Result<> migrate_table(store::Store& store, const Clock& clock);
/// Every one that has not lapsed at `now`, in order of the ids. `internal`: a row is damaged.
[[nodiscard]] Result<> for_each_revocation(store::Store& store, Instant now, const std::function<Result<>(Record)>& take);
/// Writes a record in the place of the one for the same tokens, if there is one.
[[nodiscard]] store::Statement put_record(const Record& record);
[[nodiscard]] store::Statement delete_record(const RevocationId& id);
[[nodiscard]] store::Statement delete_lapsed(Instant now);

}  // namespace gatehouse::revocations

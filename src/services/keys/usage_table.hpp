// Usage in the store: every statement about it stands in this pair of files (the tables are made by key_table's migrations).
#pragma once
#include <functional>
#include <optional>
#include <unordered_map>

#include "engines/store/store.hpp"
#include "services/keys/key_format.hpp"

namespace gatehouse::keys {

/// What a journal has counted in one slot and day since the mark.
struct UsageDelta {
  std::uint32_t slot = 0;
  unsigned parity = 0;
  std::uint64_t before = 0, after = 0;  ///< the mark, and the mark to be
  std::string_view key, route, feature;
  std::uint32_t day = 0;
};

/// Adds the difference and moves the mark, or neither: the statement on the mark is refused as a conflict if the store has another one.
void append_fold(std::vector<store::Statement>& batch, std::string_view journal, const UsageDelta& delta);

/// slot * 2 + parity -> mark
using UsageMarks = std::unordered_map<std::uint64_t, std::uint64_t>;
Result<UsageMarks> read_marks(store::Store& store, std::string_view journal);
/// Of every journal but this one: they are folded and gone.
Result<> drop_other_marks(store::Store& store, std::string_view journal);

struct UsageTotal {
  KeyId key;
  std::uint64_t requests = 0;
};
/// The sum of each key over the days from `first` to `last`, both included.
Result<> for_each_total(store::Store& store, std::uint32_t first, std::uint32_t last, const std::function<void(const UsageTotal&)>& take);

struct UsageRow {
  std::string_view key, name, subject;  ///< name and subject are empty if the key is not in the store
  std::string_view route, feature;
  std::uint32_t day = 0;
  std::uint64_t requests = 0;
};
Result<> for_each_usage(store::Store& store, std::uint32_t first, std::uint32_t last, std::optional<KeyId> key,
                        const std::function<Result<>(const UsageRow&)>& take);

/// The last day before `before` that anything was counted on.
Result<std::optional<std::uint32_t>> last_usage_day(store::Store& store, std::uint32_t before);

/// Drops at most `rows` rows (1 or more) of earlier days, the oldest first. True: there may be more of them.
Result<bool> drop_usage_before(store::Store& store, std::uint32_t day, std::int64_t rows);

}  // namespace gatehouse::keys

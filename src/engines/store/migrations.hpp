// The tables of each room, brought up to date step by step. What was done is written in the store itself (table
// gatehouse_migration), in the same transaction as the step: a step is done whole or not at all, also when the machine stops in between.
#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "engines/store/store.hpp"
#include "ground/base/time.hpp"

namespace gatehouse::store {

struct Migration {
  std::string_view name;  ///< says what it brings; once released it never changes, nor does the SQL
  std::vector<Sql> sql;   ///< one statement each
};

/// Brings the tables of `room` to the state after the last of `migrations` (numbered 1, 2 … in order). Refused (`invalid`): a store where
/// more or other steps were done than this program knows, that is one written by a newer program. Several processes may call it at once.
Result<> migrate(Store& store, std::string_view room, std::span<const Migration> migrations, const Clock& clock);

}  // namespace gatehouse::store

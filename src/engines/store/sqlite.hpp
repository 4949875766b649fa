// The embedded driver: SQLite in WAL mode through its C API. One writer, a few readers beside it, prepared statements cached
// per connection. The file is ours alone: mode 0600, marked with our application id.
#pragma once
#include <chrono>
#include <memory>
#include <string>

#include "engines/store/store.hpp"

namespace gatehouse::store {

struct SqliteOptions {
  std::string path;                              ///< created with mode 0600 if absent; its folder must exist
  std::chrono::milliseconds busy_timeout{5000};  ///< how long to wait for another process's lock before `unavailable`
  unsigned readers = 4;                          ///< connections for reading, opened when needed; at least 1
};

/// Opens or makes the file. Refused: a file that others can read or write, a symbolic link, a database of another program or of
/// a newer layout of ours, a damaged head.
Result<std::unique_ptr<Store>> open_sqlite(const SqliteOptions& options);

/// To look at a file, whoever serves by it at the same time: it is neither made nor brought up to date, no file appears beside it, and every write is
/// refused. not_found: there is none; unavailable: it cannot be read by this user, or not without a server that opens it first.
Result<std::unique_ptr<Store>> look_at_sqlite(const std::string& path);

/// In memory, for tests: the same SQL, gone with the object.
Result<std::unique_ptr<Store>> open_sqlite_in_memory();

}  // namespace gatehouse::store

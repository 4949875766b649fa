// One connection to SQLite with its cache of prepared statements. Used by one thread at a time (the store hands it out).
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "engines/store/store.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace gatehouse::store {

struct CloseSqlite {
  void operator()(sqlite3* database) const noexcept;
};
struct FinalizeSqlite {
  void operator()(sqlite3_stmt* statement) const noexcept;
};

class SqliteConnection {
 public:
  /// The file must exist, or `path` be ":memory:".
  static Result<std::unique_ptr<SqliteConnection>> open(const std::string& path, std::chrono::milliseconds busy_timeout);

  /// To look at a file that may be another process's, and at nothing else: whatever is not there is not made, and nothing that is there is changed but the
  /// index of a log that a server left behind. `unavailable`: that would not do.
  static Result<std::unique_ptr<SqliteConnection>> open_to_look(const std::string& path, std::chrono::milliseconds busy_timeout);

  Result<Rows> read(const Statement& statement);
  Result<> write(std::span<const Statement> batch);
  Result<> write(std::size_t count, const std::function<Statement(std::size_t)>& statement);
  /// SQL of our own without values: PRAGMA, BEGIN.
  Result<> run(const char* sql);
  /// The single number that `sql` gives.
  Result<std::int64_t> number(Sql sql);

 private:
  struct Prepared {
    std::unique_ptr<sqlite3_stmt, FinalizeSqlite> handle;
    std::vector<std::size_t> places;  ///< for each of SQLite's parameters, which of the values it takes
    std::size_t values = 0;           ///< how many values the statement needs
    bool reads_only = false;
  };
  explicit SqliteConnection(sqlite3* database) : database_(database) {}
  static Result<std::unique_ptr<SqliteConnection>> open(const std::string& name, const std::string& path, int flags,
                                                        std::chrono::milliseconds busy_timeout);
  Result<> in_transaction(const std::function<Result<>()>& changes);
  Result<Prepared*> prepare(Sql sql);
  Result<> bind(const Prepared& prepared, const Statement& statement);
  Result<> change(const Statement& statement);
  Error error(int code, const std::string& doing) const;

  std::unique_ptr<sqlite3, CloseSqlite> database_;             // declared first: closed after the statements are gone
  std::unordered_map<std::string_view, Prepared> statements_;  // by the text of the literal, which outlives everything
};

}  // namespace gatehouse::store

// The port to durable state. Statements are SQL that SQLite and PostgreSQL both take, with numbered placeholders ($1, $2 …)
// and typed values. Sql can only be made of a literal, so no text from outside can become part of a statement. Calls block: pool threads
// only, never a loop thread.
//
// SQL for every driver: BIGINT for numbers, TEXT, BYTEA for bytes; INSERT … ON CONFLICT … DO UPDATE; `excluded.column`;
// no AUTOINCREMENT, no rowid, no date functions (times are unix seconds), LIMIT with ORDER BY on a key for paging.
// Text compares by its bytes (a PostgreSQL database is made with the collation C).
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engines/store/value.hpp"

namespace gatehouse::store {

/// One SQL statement, a literal of the program.
class Sql {
 public:
  consteval Sql(const char* literal) : text_(literal) {}  // NOLINT(google-explicit-constructor): a literal is what an Sql is made of
  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  /// For messages.
  // NOLINTNEXTLINE(google-explicit-constructor): it is spliced into texts
  operator std::string() const { return std::string(text_); }

 private:
  std::string_view text_;
};

struct Statement {
  Sql sql;  ///< one statement; $1 … $n, each of `values` used at least once
  std::vector<Value> values{};
  /// The number of rows that it must change: how a compare-and-set is written. Another number undoes the whole batch.
  std::optional<std::int64_t> expects{};
};

/// More rows than this are an error (`exhausted`), never an answer cut short: ask in pages.
inline constexpr std::size_t rows_max = 100'000;

/// Thread-safe. Faults: `invalid` the statement is wrong; `conflict` a constraint or `expects` is not met; `unavailable` busy,
/// locked, full, not reachable (later it may work); `internal` the database is damaged or not what it should be.
class Store {
 public:
  virtual ~Store() = default;

  /// A statement that changes nothing; one that would is refused. Sees every write that was acknowledged before.
  virtual Result<Rows> read(const Statement& statement) = 0;

  /// All of the batch or nothing, in order, in one transaction. Once it has returned well, the changes survive the end of
  /// the process and of the machine. After an error other than `conflict` and `invalid` the outcome may be unknown (the disk failed
  /// while the commit was written): who must know reads again.
  virtual Result<> write(std::span<const Statement> batch) = 0;

  /// The same for a batch that would be large in memory: `statement(i)` is asked for each i below `count`, in order, while the transaction is open. Any
  /// error undoes all of it, too.
  virtual Result<> write(std::size_t count, const std::function<Statement(std::size_t)>& statement) {
    std::vector<Statement> batch;
    batch.reserve(count);
    for (std::size_t i = 0; i < count; ++i) batch.push_back(statement(i));
    return write(batch);
  }

  /// A batch of one.
  Result<> write(const Statement& statement) { return write(std::span(&statement, 1)); }
};

}  // namespace gatehouse::store

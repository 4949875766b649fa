#include "engines/store/sqlite_connection.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <limits>

#include "ground/base/text.hpp"

namespace gatehouse::store {

namespace {
// SQL texts are literals of the program, some dozens: a cache that outgrows this starts over.
constexpr std::size_t statements_max = 256;
constexpr int value_bytes_max = 16 * 1024 * 1024;

Fault fault_of(int code) noexcept {
  switch (code & 0xFF) {
    case SQLITE_CONSTRAINT: return Fault::conflict;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL: return Fault::unavailable;
    case SQLITE_TOOBIG:
    case SQLITE_RANGE:
    case SQLITE_ERROR: return Fault::invalid;
    case SQLITE_INTERRUPT: return Fault::unavailable;
    default: break;
  }
  return Fault::internal;  // SQLITE_CORRUPT, SQLITE_NOTADB and what we do not know
}

Value column_value(sqlite3_stmt* statement, int column) {
  // SQLite's order of calls: type, then the value, then its size.
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER: return std::int64_t{sqlite3_column_int64(statement, column)};
    case SQLITE_NULL: return Null{};
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
      return Blob{bytes == nullptr ? std::string() : std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)))};
    }
    default: break;
  }
  // Text; also a floating-point number, which no statement of ours stores: as text it fails where a number is asked for.
  const auto* characters = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  return characters == nullptr ? std::string() : std::string(characters, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
}

std::string percent_encoded(char c) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  return {'%', digits[byte >> 4U], digits[byte & 0xFU]};
}

/// Leaves a statement ready for its next use, with no lock held and no value kept, whatever happened.
class Reset {
 public:
  explicit Reset(sqlite3_stmt* statement) : statement_(statement) {}
  Reset(const Reset&) = delete;
  ~Reset() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }

 private:
  sqlite3_stmt* statement_;
};
}  // namespace

void CloseSqlite::operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }
void FinalizeSqlite::operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }

Error SqliteConnection::error(int code, const std::string& doing) const {
  return fail(fault_of(code), "store: " + doing + ": " + sqlite3_errmsg(database_.get()) + " (" + sqlite3_errstr(code) + ")");
}

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::string& path, std::chrono::milliseconds busy_timeout) {
  // The file was made by us, hence no CREATE.
  return open(path, path, SQLITE_OPEN_READWRITE | (path == ":memory:" ? SQLITE_OPEN_MEMORY : 0), busy_timeout);
}

// A database in WAL mode wants a log and an index beside it, and SQLite makes what is missing even for who only reads: files of another user, whom the
// server may not be able to follow. With both there, a server runs or was killed, and they are used; with no log all is in the file itself, which is
// then read without either (immutable).
Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open_to_look(const std::string& path, std::chrono::milliseconds busy_timeout) {
  struct stat info{};
  const bool has_log = ::stat((path + "-wal").c_str(), &info) == 0;
  const bool log_is_empty = has_log && info.st_size == 0;
  if (has_log && ::stat((path + "-shm").c_str(), &info) == 0) return open(path, path, SQLITE_OPEN_READONLY, busy_timeout);
  if (has_log && !log_is_empty)
    return fail(Fault::unavailable, "store: " + path + " was not closed, and its log has no index: a server must open it first");
  std::string name = "file:";
  for (const char c : path) name += text::is_alnum(c) || c == '/' || c == '.' || c == '-' || c == '_' ? std::string(1, c) : percent_encoded(c);
  return open(name + "?immutable=1", path, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, busy_timeout);
}

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::string& name, const std::string& path, int flags,
                                                                 std::chrono::milliseconds busy_timeout) {
  sqlite3* database = nullptr;
  // Each connection is used by one thread at a time: no mutex of SQLite's own.
  const int code = sqlite3_open_v2(name.c_str(), &database, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(database));
  if (code != SQLITE_OK) return fail(fault_of(code), "store: cannot open " + path + ": " + sqlite3_errstr(code));
  sqlite3_busy_timeout(database, static_cast<int>(std::min<std::int64_t>(busy_timeout.count(), std::numeric_limits<int>::max())));
  sqlite3_limit(database, SQLITE_LIMIT_LENGTH, value_bytes_max);
  sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
  // A file that somebody prepared must not run code or write behind our back: no triggers or views with functions of side
  // effects, no writable schema, and a "word" in double quotes is never silently taken for text.
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
  CHECK_OK(connection->run("PRAGMA temp_store = MEMORY"));  // nothing of ours in a world-readable temporary folder
  CHECK_OK(connection->run("PRAGMA cache_size = -2048"));   // 2 MiB a connection
  return connection;
}

Result<> SqliteConnection::run(const char* sql) {
  if (const int code = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr); code != SQLITE_OK) return error(code, sql);
  return {};
}

Result<std::int64_t> SqliteConnection::number(Sql sql) {
  const auto rows = TRY(read({sql}));
  if (rows.size() != 1) return fail(Fault::internal, "store: " + std::string(sql) + " gave " + std::to_string(rows.size()) + " rows");
  return rows.front().integer(0);
}

Result<SqliteConnection::Prepared*> SqliteConnection::prepare(Sql sql) {
  if (const auto found = statements_.find(sql.text()); found != statements_.end()) return &found->second;
  if (statements_.size() >= statements_max) statements_.clear();

  sqlite3_stmt* handle = nullptr;
  const char* rest = nullptr;
  const int code =
      sqlite3_prepare_v3(database_.get(), sql.text().data(), static_cast<int>(sql.text().size()) + 1, SQLITE_PREPARE_PERSISTENT, &handle, &rest);
  if (code != SQLITE_OK) return error(code, sql);
  Prepared prepared;
  prepared.handle.reset(handle);
  if (handle == nullptr || !text::trim(rest).empty()) return fail(Fault::invalid, "store: exactly one statement is taken: " + std::string(sql));
  // SQLite takes $1 for a name. Its own reader tells placeholders from dollars inside quotes, so that no translation of the text is due.
  std::vector<bool> used;
  for (int i = 1, count = sqlite3_bind_parameter_count(handle); i <= count; ++i) {
    const char* name = sqlite3_bind_parameter_name(handle, i);
    const auto place = name != nullptr && name[0] == '$' ? text::parse_number<std::uint16_t>(name + 1) : std::nullopt;
    if (!place || *place == 0) return fail(Fault::invalid, "store: placeholders are $1, $2 …: " + std::string(sql));
    prepared.places.push_back(*place - 1U);
    if (used.size() < *place) used.resize(*place);
    used[*place - 1U] = true;
  }
  for (const bool each : used)
    if (!each) return fail(Fault::invalid, "store: a placeholder is left out: " + std::string(sql));
  prepared.values = used.size();
  prepared.reads_only = sqlite3_stmt_readonly(handle) != 0;
  return &statements_.emplace(sql.text(), std::move(prepared)).first->second;
}

Result<> SqliteConnection::bind(const Prepared& prepared, const Statement& statement) {
  if (statement.values.size() != prepared.values)
    return fail(Fault::invalid, "store: " + std::to_string(statement.values.size()) + " values for " + std::to_string(prepared.values) +
                                    " placeholders: " + std::string(statement.sql));
  for (std::size_t i = 0; i < prepared.places.size(); ++i) {
    const Value& value = statement.values[prepared.places[i]];
    const int at = static_cast<int>(i) + 1;
    int code = SQLITE_OK;
    // The values outlive the step: SQLITE_STATIC, no copy.
    if (const auto* number = std::get_if<std::int64_t>(&value)) code = sqlite3_bind_int64(prepared.handle.get(), at, *number);
    else if (const auto* characters = std::get_if<std::string>(&value)) {
      if (!text::is_utf8(*characters) || characters->find('\0') != characters->npos)
        return fail(Fault::invalid, "store: text is UTF-8 without NUL: " + std::string(statement.sql));
      code = sqlite3_bind_text64(prepared.handle.get(), at, characters->data(), characters->size(), SQLITE_STATIC, SQLITE_UTF8);
    } else if (const auto* blob = std::get_if<Blob>(&value))
      code = sqlite3_bind_blob64(prepared.handle.get(), at, blob->bytes.data(), blob->bytes.size(), SQLITE_STATIC);
    else code = sqlite3_bind_null(prepared.handle.get(), at);
    if (code != SQLITE_OK) return error(code, statement.sql);
  }
  return {};
}

Result<Rows> SqliteConnection::read(const Statement& statement) {
  const auto* prepared = TRY(prepare(statement.sql));
  if (!prepared->reads_only) return fail(Fault::invalid, "store: a read may not change anything: " + std::string(statement.sql));
  auto* handle = prepared->handle.get();
  const Reset reset(handle);
  CHECK_OK(bind(*prepared, statement));
  Rows rows;
  for (;;) {
    const int code = sqlite3_step(handle);
    if (code == SQLITE_DONE) return rows;
    if (code != SQLITE_ROW) return error(code, statement.sql);
    if (rows.size() == rows_max)
      return fail(Fault::exhausted, "store: more than " + std::to_string(rows_max) + " rows: " + std::string(statement.sql));
    std::vector<Value> values;
    const int columns = sqlite3_column_count(handle);
    values.reserve(static_cast<std::size_t>(columns));
    for (int column = 0; column < columns; ++column) values.push_back(column_value(handle, column));
    rows.emplace_back(std::move(values));
  }
}

Result<> SqliteConnection::change(const Statement& statement) {
  const auto* prepared = TRY(prepare(statement.sql));
  if (sqlite3_column_count(prepared->handle.get()) != 0) return fail(Fault::invalid, "store: a write gives no rows: " + std::string(statement.sql));
  const Reset reset(prepared->handle.get());
  CHECK_OK(bind(*prepared, statement));
  const auto before = sqlite3_total_changes64(database_.get());
  if (const int code = sqlite3_step(prepared->handle.get()); code != SQLITE_DONE) return error(code, statement.sql);
  if (!statement.expects) return {};
  // changes() keeps the figure of the statement before when this one changed nothing; the running total tells the two apart.
  const std::int64_t changed = sqlite3_total_changes64(database_.get()) == before ? 0 : sqlite3_changes64(database_.get());
  if (changed != *statement.expects)
    return fail(Fault::conflict, "store: changed " + std::to_string(changed) + " rows where " + std::to_string(*statement.expects) +
                                     " were expected: " + std::string(statement.sql));
  return {};
}

Result<> SqliteConnection::write(std::span<const Statement> batch) {
  return in_transaction([&]() -> Result<> {
    for (const auto& statement : batch) CHECK_OK(change(statement));
    return {};
  });
}

Result<> SqliteConnection::write(std::size_t count, const std::function<Statement(std::size_t)>& statement) {
  return in_transaction([&]() -> Result<> {
    for (std::size_t i = 0; i < count; ++i) CHECK_OK(change(statement(i)));
    return {};
  });
}

Result<> SqliteConnection::in_transaction(const std::function<Result<>()>& changes) {
  // IMMEDIATE takes the write lock at once: a transaction that read first and is then refused the lock cannot be retried by waiting.
  CHECK_OK(run("BEGIN IMMEDIATE"));
  Result<> done = changes();
  if (done) done = run("COMMIT");
  // Some errors (disk full) have rolled back already; asking again would only hide the first error.
  if (!done && sqlite3_get_autocommit(database_.get()) == 0) static_cast<void>(run("ROLLBACK"));
  return done;
}

}  // namespace gatehouse::store

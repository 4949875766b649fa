#include "engines/store/sqlite.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <condition_variable>
#include <mutex>

#include "engines/store/sqlite_connection.hpp"
#include "ground/base/assert.hpp"

namespace gatehouse::store {

namespace {

constexpr std::int64_t application_id = 0x47415445;  // "GATE"
constexpr std::int64_t layout_version = 1;           // of the file as such; the tables have migrations of their own

/// The one connection of an in-memory database, or the writing one of a file.
class SqliteStore final : public Store {
 public:
  SqliteStore(SqliteOptions options, std::unique_ptr<SqliteConnection> writer, bool in_memory)
      : options_(std::move(options)), in_memory_(in_memory), writer_(std::move(writer)) {}

  using Store::write;

  Result<> write(std::size_t count, const std::function<Statement(std::size_t)>& statement) override {
    const std::lock_guard lock(writing_);
    return writer_->write(count, statement);
  }

  Result<Rows> read(const Statement& statement) override {
    if (in_memory_) {
      const std::lock_guard lock(writing_);
      return writer_->read(statement);
    }
    auto connection = TRY(take_reader());
    auto rows = connection->read(statement);
    give_back(std::move(connection));
    return rows;
  }

  Result<> write(std::span<const Statement> batch) override {
    const std::lock_guard lock(writing_);
    return writer_->write(batch);
  }

 private:
  Result<std::unique_ptr<SqliteConnection>> take_reader() {
    {
      std::unique_lock lock(reading_);
      reader_free_.wait(lock, [&] { return !idle_.empty() || open_ < options_.readers; });
      if (!idle_.empty()) {
        auto connection = std::move(idle_.back());
        idle_.pop_back();
        return connection;
      }
      ++open_;
    }
    auto connection = SqliteConnection::open(options_.path, options_.busy_timeout);
    if (!connection) give_back(nullptr);
    return connection;
  }

  void give_back(std::unique_ptr<SqliteConnection> connection) {
    {
      const std::lock_guard lock(reading_);
      if (connection) idle_.push_back(std::move(connection));
      else --open_;
    }
    reader_free_.notify_one();
  }

  const SqliteOptions options_;
  const bool in_memory_;
  std::mutex writing_;
  std::unique_ptr<SqliteConnection> writer_;  // guarded by writing_
  std::mutex reading_;
  std::condition_variable reader_free_;
  std::vector<std::unique_ptr<SqliteConnection>> idle_;  // guarded by reading_
  unsigned open_ = 0;                                    // guarded by reading_; idle and handed out
};

/// One connection that cannot write.
class LookingStore final : public Store {
 public:
  explicit LookingStore(std::unique_ptr<SqliteConnection> connection) : connection_(std::move(connection)) {}

  using Store::write;

  Result<Rows> read(const Statement& statement) override {
    const std::lock_guard lock(mutex_);
    return connection_->read(statement);
  }
  Result<> write(std::span<const Statement>) override { return fail(Fault::invalid, "store: it was opened to be looked at alone"); }

 private:
  std::mutex mutex_;
  std::unique_ptr<SqliteConnection> connection_;
};

/// Makes the file with mode 0600 before SQLite sees it (which gives its -wal and -shm the same mode), or checks the one there is.
/// The umask can only take bits away from 0600, never add.
Result<> make_private_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return fail(Fault::unavailable, "store: cannot open " + path + ": " + system_text(errno));
  struct stat state{};
  const int known = ::fstat(file, &state);
  ::close(file);
  if (known != 0 || !S_ISREG(state.st_mode)) return fail(Fault::invalid, "store: " + path + " is not a plain file");
  if (state.st_uid != ::geteuid()) return fail(Fault::invalid, "store: " + path + " belongs to another user");
  if ((state.st_mode & 077) != 0) return fail(Fault::invalid, "store: " + path + " can be read or changed by others: chmod 600 " + path);
  return {};
}

/// Whether it is ours; what is another program's, or of a layout that we do not know, is an error. Not ours: empty.
Result<bool> is_ours(SqliteConnection& connection, const std::string& path) {
  const auto application = TRY(connection.number("PRAGMA application_id"));
  const auto version = TRY(connection.number("PRAGMA user_version"));
  if (application == application_id) {
    if (version > layout_version)
      return fail(Fault::invalid, "store: " + path + " was written by a newer program (layout " + std::to_string(version) + ", this one knows " +
                                      std::to_string(layout_version) + ")");
    if (version == layout_version) return true;
    return fail(Fault::internal, "store: " + path + " has the unknown layout " + std::to_string(version));
  }
  if (application != 0 || version != 0 || TRY(connection.number("SELECT count(*) FROM sqlite_schema")) != 0)
    return fail(Fault::invalid, "store: " + path + " is a database of another program");
  return false;
}

/// Ours, or empty and then made ours.
Result<> check_identity(SqliteConnection& connection, const std::string& path) {
  if (TRY(is_ours(connection, path))) return {};
  // Two programs may come here at once: each writes the same two numbers.
  CHECK_OK(connection.run("BEGIN IMMEDIATE"));
  CHECK_OK(connection.run(("PRAGMA application_id = " + std::to_string(application_id)).c_str()));
  CHECK_OK(connection.run(("PRAGMA user_version = " + std::to_string(layout_version)).c_str()));
  return connection.run("COMMIT");
}

Result<std::unique_ptr<SqliteConnection>> open_writer(const SqliteOptions& options) {
  CHECK_OK(make_private_file(options.path));
  auto connection = TRY(SqliteConnection::open(options.path, options.busy_timeout));
  CHECK_OK(check_identity(*connection, options.path));
  CHECK_OK(connection->run("PRAGMA journal_mode = WAL"));
  // FULL, not NORMAL: in WAL mode NORMAL syncs only at checkpoints, so that a power cut takes back acknowledged commits. Here a commit may be
  // the revocation of a stolen key. The price is one fsync a commit, off the loop; what is written each second is one commit.
  CHECK_OK(connection->run("PRAGMA synchronous = FULL"));
  CHECK_OK(connection->run("PRAGMA journal_size_limit = 16777216"));
  return connection;
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite(const SqliteOptions& options) {
  GH_ASSERT(options.readers > 0);
  auto writer = TRY(open_writer(options));
  return std::make_unique<SqliteStore>(options, std::move(writer), false);
}

Result<std::unique_ptr<Store>> look_at_sqlite(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file < 0)
    return fail(errno == ENOENT || errno == ENOTDIR ? Fault::not_found : Fault::unavailable,
                "store: cannot open " + path + ": " + system_text(errno));
  struct stat state{};
  const bool plain = ::fstat(file, &state) == 0 && S_ISREG(state.st_mode);
  ::close(file);
  if (!plain) return fail(Fault::invalid, "store: " + path + " is not a plain file");
  auto connection = TRY(SqliteConnection::open_to_look(path, SqliteOptions{.path = path}.busy_timeout));
  if (!TRY(is_ours(*connection, path))) return fail(Fault::invalid, "store: " + path + " is empty");
  return std::make_unique<LookingStore>(std::move(connection));
}

Result<std::unique_ptr<Store>> open_sqlite_in_memory() {
  auto connection = TRY(SqliteConnection::open(":memory:", std::chrono::milliseconds(0)));
  return std::make_unique<SqliteStore>(SqliteOptions{.path = ":memory:"}, std::move(connection), true);
}

}  // namespace gatehouse::store

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <algorithm>
#include <cstring>
#include <fstream>
#include <set>

#include "engines/store/sqlite.hpp"
#include "engines/store/sqlite_connection.hpp"
#include "ground/base/testing.hpp"

using namespace gatehouse;
using namespace gatehouse::store;
using gatehouse::testing::Child;
using gatehouse::testing::TemporaryFolder;

namespace {
mode_t mode_of(const std::string& path) {
  struct stat state{};
  return ::stat(path.c_str(), &state) == 0 ? state.st_mode & 07777 : 0;
}
Fault refusal(const SqliteOptions& options) {
  auto opened = open_sqlite(options);
  REQUIRE_FALSE(opened.has_value());
  return opened.error().fault;
}
/// Walks the whole file.
bool is_whole(const SqliteOptions& options) {
  const auto store = open_sqlite(options);
  if (!store) return false;
  const auto verdict = (*store)->read({"PRAGMA integrity_check(1)"});
  const auto orphans = (*store)->read({"PRAGMA foreign_key_check"});
  return verdict && verdict->size() == 1 && verdict->front().text(0).value() == "ok" && orphans && orphans->empty();
}
constexpr Sql add_event = "INSERT INTO event (id) VALUES ($1)";
}  // namespace

TEST_CASE("the file and its companions are for their owner only, whatever the umask") {
  const TemporaryFolder folder;
  const auto before = ::umask(0);
  const auto store = open_sqlite({.path = folder.file("store.db")}).value();
  CHECK(store->write(Statement{"CREATE TABLE event (id BIGINT PRIMARY KEY)"}));
  ::umask(before);
  CHECK(mode_of(folder.file("store.db")) == 0600);
  CHECK(mode_of(folder.file("store.db-wal")) == 0600);
  CHECK(mode_of(folder.file("store.db-shm")) == 0600);
}

TEST_CASE("what was written is there when the file is opened again") {
  const TemporaryFolder folder;
  const SqliteOptions options{.path = folder.file("store.db")};
  CHECK(open_sqlite(options).value()->write(Statement{"CREATE TABLE event (id BIGINT PRIMARY KEY)"}));
  CHECK(open_sqlite(options).value()->write(Statement{add_event, {value(1)}, 1}));
  CHECK(open_sqlite(options).value()->read({"SELECT id FROM event"}).value().size() == 1);
  CHECK(is_whole(options));
}

TEST_CASE("a file that others can read, a link, a folder, an absent folder are refused") {
  const TemporaryFolder folder;
  const SqliteOptions options{.path = folder.file("store.db")};
  CHECK(open_sqlite(options));
  ::chmod(options.path.c_str(), 0640);
  CHECK(refusal(options) == Fault::invalid);
  ::chmod(options.path.c_str(), 0600);
  CHECK(open_sqlite(options));
  CHECK(::symlink(options.path.c_str(), folder.file("link.db").c_str()) == 0);
  CHECK(refusal({.path = folder.file("link.db")}) == Fault::unavailable);
  CHECK(refusal({.path = folder.path()}) == Fault::unavailable);
  CHECK(refusal({.path = folder.file("nowhere/store.db")}) == Fault::unavailable);
}

TEST_CASE("a file that is no database, one of another program and one of a newer layout are refused and left alone") {
  const TemporaryFolder folder;
  std::ofstream(folder.file("text")) << std::string(5000, 'x');
  ::chmod(folder.file("text").c_str(), 0600);
  CHECK(refusal({.path = folder.file("text")}) == Fault::internal);
  CHECK(std::filesystem::file_size(folder.file("text")) == 5000);

  const SqliteOptions options{.path = folder.file("store.db")};
  CHECK(open_sqlite(options));
  const auto patch = [&](std::streamoff at, char byte) {  // of the database's header: fields are big-endian
    std::fstream file(options.path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(at);
    file.put(byte);
  };
  patch(63, 2);  // user_version
  CHECK(refusal(options) == Fault::invalid);
  patch(63, 0);
  CHECK(refusal(options) == Fault::internal);
  patch(63, 1);
  CHECK(open_sqlite(options));
  patch(68, 'X');  // application_id
  CHECK(refusal(options) == Fault::invalid);
}

TEST_CASE("damage inside the file is told as an error") {
  const TemporaryFolder folder;
  const SqliteOptions options{.path = folder.file("store.db")};
  {
    const auto store = open_sqlite(options).value();
    CHECK(store->write(Statement{"CREATE TABLE event (id BIGINT PRIMARY KEY, text TEXT)"}));
    for (int i = 0; i < 200; ++i)
      CHECK(store->write(Statement{"INSERT INTO event (id, text) VALUES ($1, $2)", {value(i), value(std::string(100, 'a'))}}));
  }
  CHECK(is_whole(options));
  {
    std::fstream file(options.path, std::ios::in | std::ios::out | std::ios::binary);
    for (int page = 2; page < 6; ++page) {
      file.seekp(page * 4096);
      file << std::string(64, '\x7f');
    }
  }
  CHECK_FALSE(is_whole(options));
  const auto store = open_sqlite(options).value();
  CHECK(store->read({"SELECT text FROM event"}).error().fault == Fault::internal);
}

TEST_CASE("a lock that another process holds too long is unavailable, not waited for without end; reading goes on") {
  const TemporaryFolder folder;
  const SqliteOptions options{.path = folder.file("store.db"), .busy_timeout = std::chrono::milliseconds(0)};
  const auto store = open_sqlite(options).value();
  CHECK(store->write(Statement{"CREATE TABLE event (id BIGINT PRIMARY KEY)"}));
  const auto other = SqliteConnection::open(options.path, std::chrono::milliseconds(0)).value();  // as another process has
  CHECK(other->run("BEGIN IMMEDIATE"));
  const auto refused = store->write(Statement{add_event, {value(1)}, 1});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().fault == Fault::unavailable);
  CHECK(store->read({"SELECT id FROM event"}).value().empty());
  CHECK(other->run("ROLLBACK"));
  CHECK(store->write(Statement{add_event, {value(1)}, 1}));
}

TEST_CASE("a store is looked at without a file being made or changed, whether a server has it open, closed it, or was killed") {
  const TemporaryFolder folder;
  const SqliteOptions options{.path = folder.file("a store?#%.db")};
  const auto files = [&] {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) names.insert(entry.path().filename());
    return names;
  };
  const auto content = [&] {
    std::ifstream file(options.path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const auto ids = [&] { return look_at_sqlite(options.path).value()->read({"SELECT id FROM event"}).value().size(); };
  CHECK(look_at_sqlite(options.path).error().fault == Fault::not_found);
  CHECK(look_at_sqlite(folder.file("nowhere/store.db")).error().fault == Fault::not_found);
  CHECK(files().empty());
  {
    const auto server = open_sqlite(options).value();
    CHECK(server->write(Statement{"CREATE TABLE event (id BIGINT PRIMARY KEY)"}));
    CHECK(server->write(Statement{add_event, {value(1)}, 1}));
    const auto beside = files();
    CHECK(beside.size() == 3);
    CHECK(ids() == 1);
    CHECK(server->write(Statement{add_event, {value(2)}, 1}));  // goes on as before
    CHECK(ids() == 2);
    CHECK(files() == beside);
    const auto looked = look_at_sqlite(options.path).value();
    CHECK(looked->write(Statement{add_event, {value(3)}, 1}).error().fault == Fault::invalid);
    CHECK_FALSE(looked->write(1, [](std::size_t) { return Statement{add_event, {value(3)}, 1}; }));
    std::filesystem::copy_file(options.path, folder.file("copy"));
    std::filesystem::copy_file(options.path + "-wal", folder.file("copy-wal"));
  }
  CHECK(look_at_sqlite(folder.file("copy")).error().fault == Fault::unavailable);  // as the backup of a server that was killed
  CHECK_FALSE(files().contains("copy-shm"));
  for (const auto* name : {"copy", "copy-wal"}) std::filesystem::remove(folder.file(name));
  CHECK(files().size() == 1);
  const auto before = content();
  CHECK(ids() == 2);
  CHECK(files().size() == 1);
  CHECK(content() == before);
}

TEST_CASE("what is no store of ours is not looked at") {
  const TemporaryFolder folder;
  std::ofstream(folder.file("text")) << std::string(5000, 'x');
  std::ofstream(folder.file("empty")) << "";
  CHECK(look_at_sqlite(folder.file("text")).error().fault == Fault::internal);
  CHECK(look_at_sqlite(folder.file("empty")).error().fault == Fault::invalid);
  CHECK(look_at_sqlite(folder.path()).error().fault == Fault::invalid);
  CHECK(::symlink(folder.file("text").c_str(), folder.file("link").c_str()) == 0);
  CHECK(look_at_sqlite(folder.file("link")).error().fault == Fault::unavailable);
}

// Writes events and reports each once it is acknowledged.
static const gatehouse::testing::ChildProgram writing_child("writing", [](const std::string& folder, int pipe) {
  const auto store = open_sqlite({.path = folder + "/store.db"}).value();
  for (std::int64_t id = store->read({"SELECT coalesce(max(id), -1) FROM event"}).value()[0].integer(0).value() + 1;; ++id) {
    if (!store->write(Statement{add_event, {value(id)}, 1})) return;
    if (::write(pipe, &id, sizeof id) != sizeof id) return;
  }
});

TEST_CASE("a writer killed at any instant loses nothing that it acknowledged, and the file stays whole") {
  const TemporaryFolder folder;
  const SqliteOptions options{.path = folder.file("store.db")};
  CHECK(open_sqlite(options).value()->write(Statement{"CREATE TABLE event (id BIGINT PRIMARY KEY)"}));
  std::set<std::int64_t> acknowledged;
  for (std::size_t round = 0; round < 20; ++round) {
    Child child(writing_child, folder.path());
    std::string reports;
    while (reports.size() < (round * 7 % 23 + 1) * sizeof(std::int64_t)) {
      const auto more = child.receive(sizeof(std::int64_t));
      REQUIRE_FALSE(more.empty());
      reports += more;
    }
    child.kill();
    for (auto rest = child.receive(4096); !rest.empty(); rest = child.receive(4096)) reports += rest;
    for (std::size_t at = 0; at + sizeof(std::int64_t) <= reports.size(); at += sizeof(std::int64_t)) {
      std::int64_t id = 0;
      std::memcpy(&id, reports.data() + at, sizeof id);
      CHECK(acknowledged.insert(id).second);
    }
  }
  CHECK(is_whole(options));
  std::set<std::int64_t> found;
  const auto store = open_sqlite(options).value();
  const auto rows = store->read({"SELECT id FROM event"}).value();
  for (const auto& row : rows) found.insert(row.integer(0).value());
  CHECK(std::includes(found.begin(), found.end(), acknowledged.begin(), acknowledged.end()));
  CHECK(found.size() <= acknowledged.size() + 20);  // a commit that was not reported any more, at most one a kill
}

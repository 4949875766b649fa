#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "ground/base/testing.hpp"
#include "services/audit/json_line.hpp"
#include "services/audit/log.hpp"
#include "services/audit/ring.hpp"

using namespace gatehouse;
using namespace gatehouse::audit;
namespace files = std::filesystem;

namespace {

struct LogFolder : gatehouse::testing::TemporaryFolder {
  [[nodiscard]] std::string file(const std::string& name = "audit.jsonl") const { return TemporaryFolder::file(name); }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : files::directory_iterator(path())) names.push_back(entry.path().filename());
    std::ranges::sort(names);
    return names;
  }
};

std::string content_of(const std::string& path) {
  std::stringstream content;
  content << std::ifstream(path).rdbuf();
  return content.str();
}

std::size_t lines_of(const std::string& text) { return static_cast<std::size_t>(std::ranges::count(text, '\n')); }

Record refusal(std::string_view path) {
  Record record;
  record.outcome = Outcome::refused;
  record.status = 401;
  record.problem = http::ProblemKind::credential_missing;
  record.path = path;
  return record;
}

Log::Options pumped(std::string path, unsigned threads = 1) {
  Log::Options options;
  options.file.path = std::move(path);
  options.threads = threads;
  options.ring_bytes = 64 * 1024;
  options.own_thread = false;
  return options;
}

/// A pipe in the file system with a reader that reads only when asked.
class SlowDisk {
 public:
  explicit SlowDisk(std::string path) : path_(std::move(path)) {
    REQUIRE(::mkfifo(path_.c_str(), 0600) == 0);
    reader_ = ::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    REQUIRE(reader_ >= 0);
  }
  ~SlowDisk() { ::close(reader_); }
  [[nodiscard]] const std::string& path() const { return path_; }
  std::string read_all() const {
    std::string all;
    char piece[4096];
    for (ssize_t got; (got = ::read(reader_, piece, sizeof piece)) > 0;) all.append(piece, static_cast<std::size_t>(got));
    return all;
  }

 private:
  std::string path_;
  int reader_;
};

/// A disk whose syncs are counted by the file that they meant, and fail while it is told to.
struct CountedDisk {
  std::vector<std::pair<ino_t, bool>> synced;  ///< which file, and whether that worked
  bool fails = false;
  [[nodiscard]] SyncCall call() {
    return [this](int descriptor) {
      struct stat status;
      REQUIRE(::fstat(descriptor, &status) == 0);
      synced.emplace_back(status.st_ino, !fails);
      errno = EIO;
      return fails ? -1 : 0;
    };
  }
};

ino_t file_number(const std::string& path) {
  struct stat status;
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_ino;
}

/// Lets other threads go on until that holds; far beyond what any machine needs, it is given up.
bool comes_true(const auto& holds) {
  for (const auto end = std::chrono::steady_clock::now() + 60s; std::chrono::steady_clock::now() < end; std::this_thread::yield())
    if (holds()) return true;
  return false;
}

}  // namespace

TEST_CASE("what goes through the ring comes out the same, across its end too") {
  auto ring = Ring::create(64 * 1024).value();
  std::string in, out;
  for (std::size_t round = 0; round < 500; ++round) {
    const std::string piece(1 + round * 37 % 4000, static_cast<char>('a' + round % 26));
    auto room = ring->reserve(piece.size());
    if (room.empty()) {
      out += ring->readable();
      ring->release(ring->readable().size());
      room = ring->reserve(piece.size());
    }
    REQUIRE(room.size() == piece.size());
    std::ranges::copy(piece, room.begin());
    ring->commit(piece.size());
    in += piece;
  }
  out += ring->readable();
  CHECK(in == out);
  CHECK_FALSE(Ring::create(65'000));
  CHECK_FALSE(Ring::create(1024));
}

TEST_CASE("a full ring refuses, and one thread writes while another reads") {
  auto ring = Ring::create(64 * 1024).value();
  CHECK(ring->reserve(64 * 1024 + 1).empty());
  constexpr std::uint64_t numbers = 200'000;
  std::jthread writer([&] {
    for (std::uint64_t i = 0; i < numbers;) {
      const auto room = ring->reserve(sizeof i);
      if (room.empty()) {
        std::this_thread::yield();
        continue;
      }
      std::memcpy(room.data(), &i, sizeof i);
      ring->commit(sizeof i);
      ++i;
    }
  });
  std::uint64_t expected = 0;
  bool same = true;
  while (expected < numbers) {
    const auto data = ring->readable();
    for (std::size_t at = 0; at < data.size(); at += 8, ++expected) {
      std::uint64_t number = 0;
      std::memcpy(&number, data.data() + at, 8);
      same = same && number == expected;
    }
    ring->release(data.size());
    if (data.empty()) std::this_thread::yield();
  }
  CHECK(same);
}

TEST_CASE("lines of all threads reach the file, each whole, and stopping writes the rest") {
  const LogFolder folder;
  const SystemClock clock;
  Log::Options options;
  options.file.path = folder.file();
  options.threads = 3;
  options.ring_bytes = 4 * 1024 * 1024;
  auto log = Log::open(options, clock).value();
  std::vector<std::jthread> threads;
  for (unsigned t = 0; t < 3; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 3000; ++i) log->write(t, refusal("/thread-" + std::to_string(t)));
    });
  threads.clear();
  CHECK(log->stop(30s));
  CHECK(log->counts().dropped == 0);
  const auto content = content_of(folder.file());
  CHECK(lines_of(content) == 9000);
  std::istringstream lines(content);
  for (std::string line; std::getline(lines, line);) REQUIRE((line.starts_with("{\"time\":") && line.ends_with("}")));
}

TEST_CASE("the file is readable by its group and nobody else") {
  const LogFolder folder;
  const ManualClock clock;
  auto log = Log::open(pumped(folder.file()), clock).value();
  struct stat status;
  REQUIRE(::stat(folder.file().c_str(), &status) == 0);
  CHECK((status.st_mode & 0137) == 0);
}

TEST_CASE("an unwritable place is refused at the start") {
  const ManualClock clock;
  CHECK_FALSE(Log::open(pumped("/nonexistent/folder/audit.jsonl"), clock));
  CHECK_FALSE(Log::open(pumped(""), clock));
  const LogFolder folder;
  CHECK_FALSE(Log::open(pumped(folder.file(), 0), clock));
}

TEST_CASE("a disk that takes nothing never blocks: lines are dropped and counted, and it is told when it recovers") {
  const LogFolder folder;
  const SlowDisk disk(folder.file("pipe"));
  const ManualClock clock;
  auto log = Log::open(pumped(disk.path()), clock).value();
  std::uint64_t sent = 0, refused = 0;
  for (; refused < 100; ++sent) {  // the pipe, then the ring, fill up
    if (!log->write(0, refusal("/x"))) ++refused;
    if (sent % 50 == 0) (void)log->pump();
    REQUIRE(sent < 100'000);
  }
  CHECK(log->counts().dropped == 100);
  CHECK_FALSE(log->pump());
  std::string all;
  for (int i = 0; i < 100; ++i) {
    all += disk.read_all();
    if (log->pump()) break;
  }
  log->write(0, refusal("/after"));
  CHECK(log->pump());
  all += disk.read_all();
  CHECK(lines_of(all) == sent - refused + 2);
  CHECK(all.find(R"("event":"lines-dropped","count":100})") != std::string::npos);
  CHECK(all.find("/after") != std::string::npos);
  std::istringstream lines(all);
  for (std::string line; std::getline(lines, line);) REQUIRE((line.starts_with("{\"time\":") && line.ends_with("}")));
}

TEST_CASE("stopping waits for a disk that takes nothing no longer than it was told to") {
  const LogFolder folder;
  const SlowDisk disk(folder.file("pipe"));
  const SystemClock clock;
  Log::Options options;
  options.file.path = disk.path();
  options.ring_bytes = 1024 * 1024;
  auto log = Log::open(options, clock).value();
  for (int i = 0; i < 2000; ++i) log->write(0, refusal("/x"));
  CHECK_FALSE(log->stop(20ms));
}

TEST_CASE("a pipe whose reader has gone does not end the process: it is a failure that is counted") {
  const LogFolder folder;
  const SystemClock clock;
  Log::Options options;
  options.file.path = folder.file("pipe");
  auto disk = std::make_unique<SlowDisk>(options.file.path);
  auto log = Log::open(options, clock).value();
  disk.reset();
  log->write(0, refusal("/x"));
  CHECK_FALSE(log->stop(50ms));
  CHECK(log->counts().failures > 0);
  CHECK_FALSE(log->counts().healthy);
}

TEST_CASE("a full disk is said with its reason, lines wait for it as long as there is room, and are written when it has some again") {
  const LogFolder folder;
  const ManualClock clock;
  files::create_symlink("/dev/full", folder.file());
  auto log = Log::open(pumped(folder.file()), clock).value();
  CHECK(log->last_failure().empty());
  log->write(0, refusal("/waits"));
  CHECK_FALSE(log->pump());
  CHECK_FALSE(log->counts().healthy);
  CHECK(log->last_failure() == "cannot write the audit log " + folder.file() + ": No space left on device");
  CHECK(log->counts().dropped == 0);
  files::remove(folder.file());
  log->reopen();
  CHECK(log->pump());
  CHECK(log->counts().healthy);
  CHECK(content_of(folder.file()).contains("/waits"));
}

TEST_CASE("a file that grew too large is put aside, and lines are never split over two files") {
  const LogFolder folder;
  ManualClock clock;
  auto options = pumped(folder.file());
  options.file.rotate_bytes = 2000;
  auto log = Log::open(options, clock).value();
  for (int i = 0; i < 30; ++i) {
    log->write(0, refusal("/x"));
    CHECK(log->pump());
    CHECK(log->sync());
    clock.advance(1s);
  }
  const auto names = folder.names();
  CHECK(names.size() > 2);
  std::size_t lines = 0;
  for (const auto& name : names) {
    const auto content = content_of(folder.file(name));
    CHECK(content.size() <= 2000);
    CHECK(content.ends_with("}\n"));
    lines += lines_of(content);
  }
  CHECK(lines == 30);
  CHECK(log->counts().rotations == names.size() - 1);
}

TEST_CASE("files put aside in the same second do not overwrite each other") {
  const LogFolder folder;
  const ManualClock clock;
  auto options = pumped(folder.file());
  options.file.rotate_bytes = 1;
  auto log = Log::open(options, clock).value();
  for (int i = 0; i < 5; ++i) {
    log->write(0, refusal("/x"));
    CHECK(log->pump());
    CHECK(log->sync());
  }
  CHECK(folder.names().size() == 5);
}

TEST_CASE("an old file is put aside, and what is older than the retention is deleted, but never another's file") {
  const LogFolder folder;
  ManualClock clock(Instant{1'769'850'000s});
  for (const auto* name : {"audit.jsonl.20250101T000000Z.gz", "audit.jsonl.notes", "audit.jsonl.20251301T000000Z", "other.jsonl.20250101T000000Z",
                           "audit.jsonl.20250101T000000Z-x"})
    std::ofstream(folder.file(name)) << "mine\n";
  std::ofstream(folder.file("audit.jsonl.20250101T000000Z")) << "old\n";
  std::ofstream(folder.file("audit.jsonl.20260130T000000Z-2")) << "recent\n";
  auto options = pumped(folder.file());
  options.file.rotate_age = 1h;
  options.file.keep_age = 24h * 10;
  auto log = Log::open(options, clock).value();
  CHECK(folder.names().size() == 7);  // only the old one is gone
  CHECK_FALSE(files::exists(folder.file("audit.jsonl.20250101T000000Z")));
  log->write(0, refusal("/1"));
  CHECK(log->pump());
  clock.advance(59min);
  log->write(0, refusal("/2"));
  CHECK(log->pump());
  CHECK(folder.names().size() == 7);
  clock.advance(1min);
  log->write(0, refusal("/3"));
  CHECK(log->pump());
  CHECK(files::exists(folder.file("audit.jsonl.20260131T100000Z")));
  CHECK(lines_of(content_of(folder.file())) == 1);
  clock.advance(24h * 11);
  log->write(0, refusal("/4"));
  CHECK(log->pump());
  CHECK(files::exists(folder.file("audit.jsonl.20260131T100000Z")));  // the writer waits for no disk
  CHECK(log->sync());
  CHECK_FALSE(files::exists(folder.file("audit.jsonl.20260131T100000Z")));
  CHECK_FALSE(files::exists(folder.file("audit.jsonl.20260130T000000Z-2")));
}

TEST_CASE("a log to which nothing is written is put aside and deleted by age all the same, and an empty one is left in peace") {
  const LogFolder folder;
  ManualClock clock(Instant{1'769'850'000s});
  auto options = pumped(folder.file());
  options.file.rotate_age = 1h;
  options.file.keep_age = 24h;
  auto log = Log::open(options, clock).value();
  log->write(0, refusal("/patient"));
  CHECK(log->pump());
  clock.advance(59min);
  CHECK(log->pump());
  CHECK(folder.names().size() == 1);
  clock.advance(1min);
  CHECK(log->pump());
  CHECK(folder.names() == std::vector<std::string>{"audit.jsonl", "audit.jsonl.20260131T100000Z"});
  CHECK(log->counts().rotations == 1);
  clock.advance(24h);
  CHECK(log->pump());
  CHECK(log->sync());
  CHECK(folder.names().size() == 2);  // not older than the retention, and nothing new to put aside
  clock.advance(1min);
  CHECK(log->pump());
  CHECK(log->sync());
  CHECK(folder.names() == std::vector<std::string>{"audit.jsonl"});
}

TEST_CASE("a clock that was set forward by mistake deletes no file put aside, with or without new lines, until a day later") {
  const LogFolder folder;
  ManualClock clock(Instant{1'769'850'000s});
  auto options = pumped(folder.file());
  options.file.rotate_age = 1h;
  options.file.keep_age = 24h * 30;
  auto log = Log::open(options, clock).value();
  log->write(0, refusal("/1"));
  CHECK(log->pump());
  clock.advance(1h);
  CHECK(log->pump());
  const auto aside = folder.file("audit.jsonl.20260131T100000Z");
  CHECK(files::exists(aside));
  clock.set(clock.now() + 24h * 365);
  clock.advance(1min);
  CHECK(log->pump());
  CHECK(log->sync());
  CHECK(files::exists(aside));
  log->write(0, refusal("/2"));
  clock.advance(1h);
  log->write(0, refusal("/3"));
  CHECK(log->pump());
  CHECK(log->sync());
  CHECK(files::exists(aside));
  clock.advance(24h);
  CHECK(log->pump());
  CHECK(log->sync());
  CHECK_FALSE(files::exists(aside));
}

namespace {
/// A clock by which a thread writes a line whenever the log looks at it, as one does that is as fast as the disk.
class FeedingClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const noexcept override {
    if (log != nullptr && lines_left > 0 && log->write(0, refusal("/fast"))) --lines_left;
    return Instant{1'769'850'000s};
  }
  [[nodiscard]] Ticks ticks() const noexcept override { return Ticks{1h}; }
  Log* log = nullptr;
  mutable int lines_left = 0;
};
}  // namespace

TEST_CASE("a thread that writes as fast as the disk keeps no line of another from it") {
  const LogFolder folder;
  FeedingClock clock;
  auto log = Log::open(pumped(folder.file(), 3), clock).value();
  log->write(0, refusal("/fast"));
  log->write(1, refusal("/second"));
  log->write(2, refusal("/third"));
  clock.log = log.get();
  clock.lines_left = 1000;
  CHECK_FALSE(log->pump());  // there is more
  const auto first_turn = content_of(folder.file());
  CHECK(first_turn.contains("/second"));
  CHECK(first_turn.contains("/third"));
  CHECK(lines_of(first_turn) == 4);  // and one of the fast ones that came before its ring was looked at
  int turns = 1;
  while (!log->pump()) REQUIRE(++turns < 2000);
  CHECK(lines_of(content_of(folder.file())) == 1003);  // none is lost
  clock.log = nullptr;
}

TEST_CASE("of the files put aside only so many bytes are kept, the newest") {
  const LogFolder folder;
  ManualClock clock;
  auto options = pumped(folder.file());
  options.file.rotate_bytes = 1;
  options.file.keep_bytes = 700;
  auto log = Log::open(options, clock).value();
  for (int i = 0; i < 20; ++i) {
    log->write(0, refusal("/" + std::to_string(i)));
    CHECK(log->pump());
    CHECK(log->sync());
    clock.advance(1s);
  }
  std::string kept;
  for (const auto& name : folder.names()) kept += content_of(folder.file(name));
  CHECK(kept.find("/18\"") != std::string::npos);
  CHECK(kept.find("/19\"") != std::string::npos);
  CHECK(kept.find("/10\"") == std::string::npos);
  CHECK(kept.size() <= 1000);
}

TEST_CASE("after another program renamed the file, reopening goes on in a new one") {
  const LogFolder folder;
  const ManualClock clock;
  auto log = Log::open(pumped(folder.file()), clock).value();
  log->write(0, refusal("/before"));
  CHECK(log->pump());
  files::rename(folder.file(), folder.file("moved"));
  log->write(0, refusal("/still-old"));
  CHECK(log->pump());
  log->reopen();
  log->write(0, refusal("/after"));
  CHECK(log->pump());
  CHECK(lines_of(content_of(folder.file("moved"))) == 2);
  CHECK(lines_of(content_of(folder.file())) == 1);
}

TEST_CASE("a folder that vanished keeps the old file in use and is counted as a failure") {
  const LogFolder folder;
  const ManualClock clock;
  files::create_directory(folder.file("sub"));
  auto log = Log::open(pumped(folder.file("sub/audit.jsonl")), clock).value();
  files::remove_all(folder.file("sub"));
  log->reopen();
  log->write(0, refusal("/x"));
  CHECK(log->pump());
  CHECK(log->counts().failures == 1);
  CHECK(log->counts().bytes > 0);
}

TEST_CASE("lines are appended to what was there") {
  const LogFolder folder;
  const ManualClock clock;
  for (int i = 0; i < 3; ++i) {
    auto log = Log::open(pumped(folder.file()), clock).value();
    log->write(0, refusal("/x"));
    CHECK(log->stop(1s));
  }
  CHECK(lines_of(content_of(folder.file())) == 3);
}

TEST_CASE("who empties the rings never syncs: files are put aside and reopened without it, and the older lines are synced first") {
  const LogFolder folder;
  ManualClock clock;
  CountedDisk disk;
  auto options = pumped(folder.file());
  options.file.rotate_bytes = 1;
  options.sync_call = disk.call();
  auto log = Log::open(options, clock).value();
  log->write(0, refusal("/old"));
  CHECK(log->pump());
  CHECK(log->sync());
  disk.synced.clear();  // whatever was asked for at the start
  log->write(0, refusal("/new"));
  clock.advance(1s);  // both kinds are due
  CHECK(log->pump());
  REQUIRE(folder.names().size() == 2);
  const auto old_file = file_number(folder.file(folder.names().at(1)));
  log->write(0, refusal("/newer"));
  CHECK(log->pump());
  log->reopen();
  CHECK(log->pump());
  CHECK(disk.synced.empty());
  CHECK(log->sync());
  REQUIRE_FALSE(disk.synced.empty());
  CHECK(disk.synced.back().first != old_file);
  CHECK(log->stop(1s));
  CHECK(disk.synced.back().first == file_number(folder.file()));
  CHECK(log->counts().failures == 0);
}

TEST_CASE("while syncing is behind, files are not put aside but grow: few wait to be synced, and no line is lost") {
  const LogFolder folder;
  ManualClock clock;
  CountedDisk disk;
  auto options = pumped(folder.file());
  options.file.rotate_bytes = 2000;
  options.sync_call = disk.call();
  auto log = Log::open(options, clock).value();
  for (int i = 0; i < 500; ++i) {  // more than the ring holds
    log->write(0, refusal("/x"));
    CHECK(log->pump());
  }
  CHECK(disk.synced.empty());
  CHECK(log->counts().dropped == 0);
  CHECK(folder.names().size() == 3);  // one is handed over, one waits for that, one is written
  files::rename(folder.file(), folder.file("moved"));
  log->reopen();
  log->write(0, refusal("/late"));
  CHECK(log->pump());
  CHECK_FALSE(files::exists(folder.file()));  // opening anew waits, too
  CHECK(log->sync());
  CHECK(log->pump());
  CHECK(log->sync());
  log->write(0, refusal("/later"));
  CHECK(log->pump());
  CHECK(files::exists(folder.file()));
  CHECK(log->stop(1s));
  std::size_t lines = 0;
  for (const auto& name : folder.names()) {
    lines += lines_of(content_of(folder.file(name)));
    const auto number = file_number(folder.file(name));
    CHECK(std::ranges::any_of(disk.synced, [&](const auto& each) { return each.first == number; }));
  }
  CHECK(lines == 502);
}

TEST_CASE("a sync that fails is a failure that is counted, is tried again, and makes the end unclean as long as it fails") {
  const LogFolder folder;
  ManualClock clock;
  CountedDisk disk;
  auto options = pumped(folder.file());
  options.sync_call = disk.call();
  auto log = Log::open(options, clock).value();
  disk.fails = true;
  log->write(0, refusal("/x"));
  clock.advance(1s);
  CHECK(log->pump());
  CHECK_FALSE(log->sync());
  CHECK(log->counts().failures == 1);
  CHECK_FALSE(log->counts().healthy);
  CHECK(log->last_failure() == "cannot sync the audit log " + folder.file() + ": Input/output error");
  clock.advance(1s);
  CHECK(log->pump());
  disk.fails = false;
  CHECK(log->sync());
  CHECK(disk.synced.size() == 2);
  log->write(0, refusal("/y"));
  CHECK(log->pump());
  disk.fails = true;
  CHECK_FALSE(log->stop(1s));
}

TEST_CASE("a burst while a sync stands still loses no line over several files, and everything is synced at the end") {
  const LogFolder folder;
  const ManualClock clock;  // lines of one length
  std::atomic<bool> lets_go{false}, entered{false};
  std::atomic<int> syncs{0};
  Log::Options options;
  options.file.path = folder.file();
  options.file.rotate_bytes = 16 * 1024;
  options.ring_bytes = 64 * 1024;
  options.turn = 1ms;
  options.sync_call = [&](int descriptor) {
    entered = true;
    lets_go.wait(false);
    ++syncs;
    return ::fdatasync(descriptor);
  };
  auto log = Log::open(options, clock).value();
  const auto written = [&] { return log->counts().bytes; };
  log->write(0, refusal("/first"));
  REQUIRE(comes_true([&] { return written() > 0; }));
  const auto line_bytes = written();
  std::uint64_t sent = 1;
  bool keeps_up = true;
  for (int round = 0; round < 100 && keeps_up; ++round) {
    for (int i = 0; i < 50; ++i, ++sent) log->write(0, refusal("/first"));
    keeps_up = comes_true([&] { return written() == sent * line_bytes; });
  }
  CHECK(keeps_up);
  CHECK(comes_true([&] { return entered.load(); }));
  CHECK(syncs == 0);
  CHECK(log->counts().dropped == 0);
  CHECK(log->counts().rotations > 0);
  lets_go = true;
  lets_go.notify_all();
  CHECK(log->stop(60s));
  CHECK(syncs > 1);
  std::size_t found = 0;
  for (const auto& name : folder.names()) found += lines_of(content_of(folder.file(name)));
  CHECK(found == sent);
}

TEST_CASE("stopping waits for a sync that stands still no longer than it was told to, and says so") {
  const LogFolder folder;
  const SystemClock clock;
  const auto lets_go = std::make_shared<std::atomic<bool>>(false);
  Log::Options options;
  options.file.path = folder.file();
  options.sync_call = [lets_go](int) {
    lets_go->wait(false);
    return 0;
  };
  auto log = Log::open(options, clock).value();
  log->write(0, refusal("/x"));
  CHECK_FALSE(log->stop(20ms));
  log.reset();
  lets_go->store(true);
  lets_go->notify_all();
}

#include "services/audit/act.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "ground/base/testing.hpp"
#include "ground/base/text.hpp"
#include "ground/json/document.hpp"
#include "services/audit/json_line.hpp"
#include "services/audit/log.hpp"

using namespace gatehouse;
using namespace gatehouse::audit;

namespace {

constexpr auto morning = Instant(std::chrono::seconds(1'769'850'000));  // 2026-01-31T09:00:00Z

std::string line_of(const Act& act) {
  std::array<char, line_bytes_max> room;
  return {room.data(), write_act_line(act, room)};
}

Act revocation() {
  return {.time = morning,
          .what = "keys.revoke",
          .way = Way::socket,
          .who = {.user = 0, .process = 4711, .name = "root"},
          .about = {{"key", "eQmYH2MQ7zI0"}, {"name", "desk"}}};
}

std::string read_log(const std::string& path) {
  std::stringstream content;
  content << std::ifstream(path).rdbuf();
  return content.str();
}

Log::Options acting(std::string path, bool own_thread) {
  Log::Options options;
  options.file.path = std::move(path);
  options.ring_bytes = 64 * 1024;
  options.own_thread = own_thread;
  return options;
}

Record unwanted_request() {
  Record record;
  record.outcome = Outcome::refused;
  record.status = 401;
  record.facts = std::string_view("x");
  return record;
}

}  // namespace

TEST_CASE("an act is one line of JSON: when, what, how it ended, on which way, who, and about what") {
  CHECK(line_of(revocation()) ==
        R"({"time":"2026-01-31T09:00:00.000000Z","event":"act","act":"keys.revoke","outcome":"done","way":"socket","uid":0,"pid":4711,"user":"root",)"
        R"("key":"eQmYH2MQ7zI0","name":"desk"})"
        "\n");
  CHECK(line_of({.time = morning, .what = "drain", .way = Way::signal}) ==
        "{\"time\":\"2026-01-31T09:00:00.000000Z\",\"event\":\"act\",\"act\":\"drain\",\"outcome\":\"done\",\"way\":\"signal\"}\n");
}

TEST_CASE("an act that was wrong is refused, one that could not be done failed, and both say why") {
  auto act = revocation();
  for (const auto fault : {Fault::invalid, Fault::unauthenticated, Fault::forbidden, Fault::not_found, Fault::conflict, Fault::exhausted})
    CHECK(outcome_of(fault) == ActOutcome::refused);
  CHECK(outcome_of(Fault::unavailable) == ActOutcome::failed);
  CHECK(outcome_of(Fault::internal) == ActOutcome::failed);
  act.outcome = ActOutcome::failed;
  act.error = "the disk is full";
  CHECK(line_of(act).ends_with("\"name\":\"desk\",\"error\":\"the disk is full\"}\n"));
  CHECK(line_of(act).contains(R"("outcome":"failed")"));
}

TEST_CASE("whatever stands in the texts of an act, its line is one line of JSON and shows no credential") {
  auto act = revocation();
  act.about = {{"name", "a\nb\"c\\\x01"},
               {"subject",
                "\xff\xE2\x80\xAE"
                "desk"},
               {"note", "ghk_live_eQmYH2MQ7zI0_0123456789abcdefghij"}};
  act.error = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl is no key";
  act.who.name = "ro\rot";
  const auto line = line_of(act);
  CHECK(std::ranges::count(line, '\n') == 1);
  CHECK(text::is_utf8(line));
  CHECK_FALSE(line.contains("0123456789abcdefghij"));
  CHECK_FALSE(line.contains("c2lnbmF0dXJl"));
  const auto document = json::parse(line);
  REQUIRE(document);
  CHECK(document->root().string("name") == "a\nb\"c\\\x01");
  CHECK(document->root().string("note") == "ghk_live_eQmYH2MQ7zI0_***");
  CHECK(document->root().string("user") == "ro\rot");
}

TEST_CASE("an act with as much in it as can be has its place in a line, cut and still JSON") {
  Act act{.time = morning,
          .what = std::string(5000, 'w'),
          .way = Way::signal,
          .who = {.user = ~0U, .process = -2147483647 - 1, .name = std::string(5000, 'u')}};
  for (std::size_t i = 0; i < Act::about_max; ++i) act.about.emplace_back("a_name_of_twenty_six_bytes", std::string(5000, '\x01'));
  act.about.front().first = "only_this_one_is_different";
  act.error = std::string(5000, '"');
  const auto line = line_of(act);
  CHECK(line.size() <= line_bytes_max);
  CHECK(line.contains("\xE2\x80\xA6\",\"error\""));
  act.about.resize(1);  // names twice are ours alone to avoid
  CHECK(json::parse(line_of(act)));
}

TEST_CASE("an act is in the file when write_act() says so") {
  const gatehouse::testing::TemporaryFolder folder;
  const SystemClock clock;
  const auto log = Log::open(acting(folder.file("audit.jsonl"), true), clock).value();
  for (int i = 1; i <= 20; ++i) {
    REQUIRE(log->write_act(revocation(), 60s));
    CHECK(std::ranges::count(read_log(folder.file("audit.jsonl")), '\n') == i);
  }
}

TEST_CASE("requests that fill their rings keep no act from the log") {
  const gatehouse::testing::TemporaryFolder folder;
  const ManualClock clock{morning};
  const auto log = Log::open(acting(folder.file("audit.jsonl"), false), clock).value();
  while (log->write(0, unwanted_request())) {
  }
  CHECK(log->counts().dropped == 1);
  REQUIRE(log->write_act(revocation(), 0s));
  CHECK(log->counts().dropped == 1);
  while (!log->pump()) {
  }
  CHECK(read_log(folder.file("audit.jsonl")).contains(R"("act":"keys.revoke")"));
}

TEST_CASE("acts that a disk does not take wait for it, those beyond their ring are counted, and a line says how many are missing") {
  const gatehouse::testing::TemporaryFolder folder;
  const auto path = folder.file("audit.jsonl");
  std::filesystem::create_symlink("/dev/full", path);
  ManualClock clock{morning};
  const auto log = Log::open(acting(path, false), clock).value();
  int taken = 0;
  while (log->write_act(revocation(), 0s)) ++taken;
  CHECK(taken > 100);
  CHECK_FALSE(log->write_act(revocation(), 0s));
  CHECK(log->counts().dropped == 2);
  CHECK_FALSE(log->pump());
  CHECK_FALSE(log->counts().healthy);
  std::filesystem::remove(path);
  log->reopen();
  while (!log->pump()) {
  }
  const auto text = read_log(path);
  CHECK(text.contains(R"("event":"lines-dropped","count":2)"));
  CHECK(std::ranges::count(text, '\n') == taken + 1);
}

TEST_CASE("who acts on the store waits no longer for a disk that takes nothing than it was told to") {
  const gatehouse::testing::TemporaryFolder folder;
  const auto path = folder.file("audit.jsonl");
  std::filesystem::create_symlink("/dev/full", path);
  const SystemClock clock;
  const auto log = Log::open(acting(path, true), clock).value();
  CHECK_FALSE(log->write_act(revocation(), 1ms));
  CHECK(log->counts().dropped == 0);  // it waits
}

TEST_CASE("without a gate an act is appended to what the gate wrote, and the gate goes on behind it") {
  const gatehouse::testing::TemporaryFolder folder;
  const auto path = folder.file("audit.jsonl");
  const ManualClock clock{morning};
  for (int i = 0; i < 2; ++i) {
    {
      const auto log = Log::open(acting(path, false), clock).value();
      REQUIRE(log->write(0, unwanted_request()));
      REQUIRE(log->stop(1s));
    }
    auto direct = ActLog::open({.path = path}, clock.now());
    REQUIRE(direct);
    CHECK(direct->write(revocation(), clock.now()));
  }
  const auto text = read_log(path);
  std::vector<bool> acts;
  for (const auto line : text::split(std::string_view(text).substr(0, text.size() - 1), '\n')) {
    REQUIRE(json::parse(line));
    acts.push_back(line.contains(R"("event":"act")"));
  }
  CHECK(acts == std::vector{false, true, false, true});
  struct stat info{};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0640U);
}

TEST_CASE("acts without a gate keep the rules of the file: put aside when it is full, deleted when there is too much") {
  const gatehouse::testing::TemporaryFolder folder;
  const auto path = folder.file("audit.jsonl");
  ManualClock clock{morning};
  const LogFileOptions options{.path = path, .rotate_bytes = 300, .keep_bytes = 700};
  for (int i = 0; i < 20; ++i) {
    auto direct = ActLog::open(options, clock.now());
    REQUIRE(direct);
    REQUIRE(direct->write(revocation(), clock.now()));
    clock.advance(1s);
  }
  std::size_t files = 0, bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    ++files;
    const auto text = read_log(entry.path());
    bytes += text.size();
    CHECK(text.size() <= 300);
    CHECK(text.ends_with("}\n"));
  }
  CHECK(files >= 2);
  CHECK(bytes <= 700 + 300);
}

TEST_CASE("a log that cannot be opened is known before an act, one that cannot be written after it") {
  const gatehouse::testing::TemporaryFolder folder;
  CHECK(ActLog::open({.path = folder.file("no/such/folder/audit.jsonl")}, morning).error().fault == Fault::unavailable);
  const auto pipe = folder.file("pipe");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_FALSE(ActLog::open({.path = pipe}, morning));  // nobody reads it
  auto full = ActLog::open({.path = "/dev/full"}, morning);
  REQUIRE(full);
  const auto written = full->write(revocation(), morning);
  REQUIRE_FALSE(written);
  CHECK(to_text(written.error()).contains("cannot write the audit log /dev/full"));
}

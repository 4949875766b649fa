#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <thread>
#include <vector>

#include "engines/store/sqlite.hpp"
#include "ground/base/counted_heap.hpp"
#include "ground/base/testing.hpp"
#include "services/keys/keys.hpp"
#include "services/keys/meter.hpp"
#include "services/keys/usage_export.hpp"
#include "services/keys/usage_retention.hpp"

using namespace gatehouse;
using namespace gatehouse::keys;
using gatehouse::testing::Child;
using gatehouse::testing::TemporaryFolder;

namespace {
const auto key_one = KeyId::parse("AAAAAAAAAAAA").value(), key_two = KeyId::parse("BBBBBBBBBBBB").value();
constexpr Instant noon = std::chrono::sys_days(std::chrono::year(2025) / 6 / 30) + 12h;

/// A store whose next commit goes through while its answer is an error.
class ForgetfulStore final : public store::Store {
 public:
  explicit ForgetfulStore(std::unique_ptr<store::Store> real) : real_(std::move(real)) {}
  using Store::write;
  Result<store::Rows> read(const store::Statement& statement) override { return real_->read(statement); }
  Result<> write(std::span<const store::Statement> batch) override {
    if (refuses) return fail(Fault::unavailable, "disk full");
    auto written = real_->write(batch);
    if (!std::exchange(forgets, false)) return written;
    return fail(Fault::unavailable, "the answer to the commit was lost");
  }
  bool refuses = false, forgets = false;

 private:
  std::unique_ptr<store::Store> real_;
};

struct Counting {
  TemporaryFolder folder;
  ManualClock clock{noon};
  SeededRandom random{31};
  ForgetfulStore store{store::open_sqlite_in_memory().value()};
  std::unique_ptr<Keys> keys = Keys::open(store, clock, random, {.plans = {{"default", {}}}, .accepts = std::nullopt}).value();
  std::unique_ptr<Meter> meter = open(64);

  std::unique_ptr<Meter> open(std::uint32_t slots) {
    return Meter::open(store, random, {.folder = folder.path(), .slots = slots, .banks = 3}).value();
  }
  void restart(std::uint32_t slots = 64) {
    meter.reset();
    meter = open(slots);
  }
  /// "day key route feature" -> requests, as the store has it.
  std::map<std::string, std::uint64_t> usage() {
    std::map<std::string, std::uint64_t> found;
    REQUIRE(for_each_usage(store, 0, 100'000, std::nullopt, [&](const UsageRow& row) -> Result<> {
      found[day_text(row.day) + " " + std::string(row.key) + " " + std::string(row.route) + " " + std::string(row.feature)] = row.requests;
      return {};
    }));
    return found;
  }
};
using Usage = std::map<std::string, std::uint64_t>;

std::uint64_t requests_counted(store::Store& store) {
  std::uint64_t sum = 0;
  REQUIRE(for_each_usage(store, 0, 100'000, std::nullopt, [&](const UsageRow& row) -> Result<> {
    sum += row.requests;
    return {};
  }));
  return sum;
}
}  // namespace

TEST_CASE("each count is in the store after the next fold, under its key, route, feature and day, and once only") {
  Counting counting;
  const auto orders = counting.meter->label("GET /orders").value(), exporting = counting.meter->label("export").value();
  CHECK(counting.meter->label("GET /orders").value() == orders);
  auto bank = counting.meter->bank().value();
  for (int i = 0; i < 5; ++i) bank.count(key_one, orders, Label::none, noon);
  bank.count(key_one, orders, exporting, noon);
  bank.count(key_two, orders, Label::none, noon);
  CHECK(counting.usage().empty());
  for (int i = 0; i < 3; ++i) {
    CHECK(counting.meter->fold());
    CHECK(counting.usage() == Usage{{"2025-06-30 AAAAAAAAAAAA GET /orders ", 5},
                                    {"2025-06-30 AAAAAAAAAAAA GET /orders export", 1},
                                    {"2025-06-30 BBBBBBBBBBBB GET /orders ", 1}});
  }
  bank.count(key_one, orders, Label::none, noon);
  CHECK(counting.meter->fold());
  CHECK(counting.usage()["2025-06-30 AAAAAAAAAAAA GET /orders "] == 6);
}

TEST_CASE("what was not folded before the end is folded by the next start, once") {
  Counting counting;
  {
    auto bank = counting.meter->bank().value();
    const auto orders = counting.meter->label("orders").value();
    bank.count(key_one, orders, Label::none, noon);
    CHECK(counting.meter->fold());
    bank.count(key_one, orders, Label::none, noon);
    bank.count(key_one, orders, Label::none, noon);
  }
  for (int i = 0; i < 3; ++i) {
    counting.restart();
    CHECK(counting.usage() == Usage{{"2025-06-30 AAAAAAAAAAAA orders ", 3}});
  }
  CHECK(counting.meter->slots_used() == 1);  // a start begins with free slots
}

TEST_CASE("counts on both sides of midnight go to their own days, also when the process ends in between") {
  Counting counting;
  const auto midnight = next_day(noon);
  {
    auto early = counting.meter->bank().value(), late = counting.meter->bank().value();
    early.count(key_one, Label::none, Label::none, midnight - 1ns);
    late.count(key_one, Label::none, Label::none, midnight);
    late.count(key_one, Label::none, Label::none, midnight);
    early.count(key_one, Label::none, Label::none, midnight - 1ns);  // its clock is a little slow
  }
  SUBCASE("folded by the same process") { CHECK(counting.meter->fold()); }
  SUBCASE("folded by the next one") { counting.restart(); }
  CHECK(counting.usage() == Usage{{"2025-06-30 AAAAAAAAAAAA  ", 2}, {"2025-07-01 AAAAAAAAAAAA  ", 2}});
}

TEST_CASE("when all slots are taken, further requests are counted together, and none is lost") {
  Counting counting;
  counting.restart(4);  // three for use
  {
    auto bank = counting.meter->bank().value();
    for (int round = 0; round < 2; ++round)
      for (int i = 0; i < 10; ++i) bank.count(KeyId::parse("AAAAAAAAAAA" + std::to_string(i)).value(), Label::none, Label::none, noon);
    CHECK(counting.meter->overflowed() == 14);
    CHECK(counting.meter->slots_used() == 4);
  }
  CHECK(counting.meter->fold());
  auto usage = counting.usage();
  CHECK(usage.size() == 4);
  CHECK(usage["2025-06-30 AAAAAAAAAAA0  "] == 2);
  CHECK(usage["2025-06-30 -  "] == 14);
  counting.restart(4);
  CHECK(counting.meter->overflowed() == 0);
  CHECK(requests_counted(counting.store) == 20);
}

TEST_CASE("a store that is away delays the counts and loses none; one that forgot to answer is not given them twice") {
  Counting counting;
  auto bank = counting.meter->bank().value();
  bank.count(key_one, Label::none, Label::none, noon);
  counting.store.refuses = true;
  CHECK(counting.meter->fold().error().fault == Fault::unavailable);
  bank.count(key_one, Label::none, Label::none, noon);
  counting.store.refuses = false;
  counting.store.forgets = true;
  CHECK(counting.meter->fold().error().fault == Fault::unavailable);
  CHECK(requests_counted(counting.store) == 2);
  bank.count(key_one, Label::none, Label::none, noon);
  CHECK(counting.meter->fold());
  CHECK(requests_counted(counting.store) == 3);
  bank.count(key_one, Label::none, Label::none, noon);
  counting.store.forgets = true;
  CHECK_FALSE(counting.meter->fold());
  bank.count(key_one, Label::none, Label::none, noon);
  CHECK(counting.meter->fold());
  CHECK(requests_counted(counting.store) == 5);
}

TEST_CASE("one folder has one counting process, and as many counting threads as banks") {
  Counting counting;
  CHECK(Meter::open(counting.store, counting.random, {.folder = counting.folder.path(), .slots = 64, .banks = 3}).error().fault == Fault::conflict);
  std::vector<Meter::Bank> banks;
  for (int i = 0; i < 3; ++i) banks.push_back(counting.meter->bank().value());
  CHECK(counting.meter->bank().error().fault == Fault::exhausted);
  banks.pop_back();
  CHECK(counting.meter->bank().has_value());
}

TEST_CASE("a file that is no journal stops the start instead of being counted or thrown away") {
  Counting counting;
  counting.meter.reset();
  const auto path = counting.folder.file("usage.journal");
  const auto refused = [&] {
    const auto opened = Meter::open(counting.store, counting.random, {.folder = counting.folder.path(), .slots = 64, .banks = 3});
    return !opened && opened.error().fault == Fault::internal;
  };
  const auto patch = [&](std::streamoff at, unsigned char byte) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(at);
    const auto before = static_cast<unsigned char>(file.get());
    file.seekp(at);
    file.put(static_cast<char>(byte));
    return before;
  };
  for (const std::streamoff at : {0, 8, 12, 16, 28}) {  // magic, version, slots, banks, name
    CAPTURE(at);
    const auto before = patch(at, 0xFF);
    CHECK(refused());
    patch(at, before);
  }
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 8);
  CHECK(refused());
  std::filesystem::resize_file(path, 0);
  CHECK(refused());
  std::filesystem::remove(path);
  CHECK_FALSE(refused());
}

TEST_CASE("names are counted under up to their full length, and only so many of them") {
  Counting counting;
  CHECK(counting.meter->label(std::string(127, 'x')).error().fault == Fault::invalid);
  const std::string longest(126, 'x');
  const auto label = counting.meter->label(longest).value();
  {
    auto bank = counting.meter->bank().value();
    bank.count(key_one, label, Label::none, noon);
  }
  counting.restart();
  CHECK(counting.usage() == Usage{{"2025-06-30 AAAAAAAAAAAA " + longest + " ", 1}});
  CHECK(counting.meter->label("").value() == Label::none);
  for (int i = 1; i < 4096; ++i) REQUIRE(counting.meter->label(std::to_string(i)).has_value());
  CHECK(counting.meter->label("one more").error().fault == Fault::exhausted);
  CHECK(counting.meter->label("17").has_value());
}

TEST_CASE("counting takes nothing from the heap") {
  Counting counting;
  auto bank = counting.meter->bank().value();
  const auto before = gatehouse::testing::heap_allocations;
  for (int i = 0; i < 100; ++i) bank.count(key_one, Label::none, static_cast<Label>(i), noon);
  CHECK(gatehouse::testing::heap_allocations == before);
}

TEST_CASE("threads that count the same and different things while the store is folded lose nothing") {
  Counting counting;
  counting.restart(1000);
  constexpr int rounds = 5000;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 3; ++thread)
    threads.emplace_back([&counting] {
      auto bank = counting.meter->bank().value();
      for (int i = 0; i < rounds; ++i) bank.count(key_one, static_cast<Label>(i % 300), Label::none, noon);
    });
  for (int i = 0; i < 5; ++i) CHECK(counting.meter->fold());
  for (auto& thread : threads) thread.join();
  CHECK(counting.meter->fold());
  CHECK(requests_counted(counting.store) == 3 * rounds);
  CHECK(counting.meter->slots_used() <= 301 + 3);  // a lost race leaves at most one spare a thread
  CHECK(counting.meter->overflowed() == 0);
}

TEST_CASE("quotas go on after a restart where they were") {
  Counting counting;
  const auto issued = counting.keys->create({.name = "shop"}).value();
  const QuotaOptions quota{.day = 10, .month = 20};
  {
    auto bank = counting.meter->bank().value();
    for (int i = 0; i < 4; ++i) bank.count(issued.id, Label::none, Label::none, noon - 24h);
    for (int i = 0; i < 3; ++i) bank.count(issued.id, Label::none, Label::none, noon);
    for (int i = 0; i < 7; ++i) bank.count(issued.id, Label::none, Label::none, noon);
  }
  counting.restart();
  counting.keys = Keys::open(counting.store, counting.clock, counting.random, {.plans = {{"default", {}}}, .accepts = std::nullopt}).value();
  const auto ring = counting.keys->ring().get();
  CHECK(restore_quotas(counting.store, *ring, noon));
  auto& live = *ring->find(issued.id)->live;
  CHECK(live.left(quota, noon).day == 0);
  CHECK(live.left(quota, noon).month == 6);
  CHECK(live.take(quota, noon) == QuotaVerdict::day_used_up);
  CHECK(live.left(quota, noon + 24h).month == 20);  // the first of July
}

TEST_CASE("usage is exported as CSV and JSON; a name that is a formula or breaks lines is made harmless") {
  Counting counting;
  const auto harmless = counting.keys->create({.name = "shop \"north\", 1"}).value(),
             hostile = counting.keys->create({.name = "=HYPERLINK(1)"}).value();
  const auto orders = counting.meter->label("orders").value();
  {
    auto bank = counting.meter->bank().value();
    bank.count(harmless.id, orders, Label::none, noon);
    bank.count(hostile.id, orders, Label::none, noon + 24h);
  }
  CHECK(counting.meter->fold());
  const auto exported = [&](UsageFormat format, std::uint32_t first, std::uint32_t last, std::optional<KeyId> key = std::nullopt) {
    std::string text;
    CHECK(export_usage(counting.store, {first, last, key}, format, [&](std::string_view piece) -> Result<> {
      text += piece;
      return {};
    }));
    return text;
  };
  const auto day = day_number(noon);
  const std::string one(harmless.id.text()), two(hostile.id.text());
  const std::string head = "day,key,name,subject,route,feature,requests\r\n";
  CHECK(exported(UsageFormat::csv, day, day) == head + "2025-06-30," + one + ",\"shop \"\"north\"\", 1\",\"shop \"\"north\"\", 1\",orders,,1\r\n");
  CHECK(exported(UsageFormat::csv, day + 1, day + 1) == head + "2025-07-01," + two + ",\"'=HYPERLINK(1)\",\"'=HYPERLINK(1)\",orders,,1\r\n");
  CHECK(exported(UsageFormat::csv, day + 2, day + 9) == head);
  CHECK(exported(UsageFormat::csv, 0, day + 9, hostile.id) == exported(UsageFormat::csv, day + 1, day + 1));
  CHECK(exported(UsageFormat::json, 0, day - 1) == "[\n]\n");
  CHECK(exported(UsageFormat::json, day, day) ==
        "[\n{\"day\":\"2025-06-30\",\"key\":\"" + one +
            "\",\"name\":\"shop \\\"north\\\", 1\",\"subject\":\"shop \\\"north\\\", 1\",\"route\":\"orders\",\"feature\":\"\",\"requests\":1}\n]\n");
}

TEST_CASE("usage is kept for the days that were asked for and no longer, and the running quotas lose nothing") {
  Counting counting;
  const auto key = counting.keys->create({.name = "shop"}).value();
  const auto orders = counting.meter->label("orders").value();
  const auto count_one = [&] {
    auto bank = counting.meter->bank().value();
    bank.count(key.id, orders, Label::none, counting.clock.now());
    CHECK(counting.meter->fold());
  };
  const auto days = [&] {
    std::vector<std::uint32_t> all;
    CHECK(for_each_usage(counting.store, 0, 100'000, std::nullopt, [&](const UsageRow& row) -> Result<> {
      all.push_back(row.day - day_number(noon));
      return {};
    }));
    return all;
  };
  UsageRetention retention(counting.store);
  const auto tend = [&](Duration kept) { return retention.tend(counting.clock.now(), counting.clock.ticks(), kept).has_value(); };
  constexpr Duration kept = 24h * 62;
  count_one();
  CHECK(tend(kept));
  counting.clock.advance(24h);
  count_one();
  counting.clock.advance(24h * 61);
  count_one();
  CHECK(tend(kept));
  CHECK(days() == std::vector<std::uint32_t>{0, 1, 62});  // the first day is the last that is kept
  counting.clock.advance(11h + 59min);
  CHECK(tend(kept));
  CHECK(days().size() == 3);
  counting.clock.advance(1min);  // midnight
  CHECK(tend(24h * 63));
  CHECK(days().size() == 3);
  CHECK(tend(kept));
  CHECK(days() == std::vector<std::uint32_t>{1, 62});
  counting.clock.advance(24h);
  counting.store.refuses = true;
  CHECK_FALSE(tend(kept));
  counting.store.refuses = false;
  CHECK(days().size() == 2);
  CHECK(tend(kept));  // what failed is tried again
  CHECK(days() == std::vector<std::uint32_t>{62});
  CHECK(tend(24h * 400));
  CHECK(days() == std::vector<std::uint32_t>{62});
}

TEST_CASE("many old rows are dropped a part at a time, the oldest first, and none of a day that is kept") {
  Counting counting;
  const auto today = day_number(counting.clock.now());
  const auto put = [&](std::uint32_t day, std::int64_t rows) {
    CHECK(counting.store.write(store::Statement{
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2) INSERT INTO usage_count (key_id, route, feature, "
        "day, requests) SELECT 'AAAAAAAAAAAA', CAST(i AS TEXT), '', $1, 1 FROM n",
        {store::value(std::int64_t{day}), store::value(rows)}}));
  };
  put(today - 400, 3);
  put(today - 402, UsageRetention::rows_at_once);
  put(today - 401, 2);
  put(today - 1, 1);
  put(today - 2, 1);
  const auto left = [&] {
    std::map<std::uint32_t, std::int64_t> all;
    CHECK(for_each_usage(counting.store, 0, today, std::nullopt, [&](const UsageRow& row) -> Result<> {
      ++all[today - row.day];
      return {};
    }));
    return all;
  };
  UsageRetention retention(counting.store);
  CHECK(retention.tend(counting.clock.now(), counting.clock.ticks(), 24h * 400));
  CHECK(left() == std::map<std::uint32_t, std::int64_t>{{401, 2}, {400, 3}, {2, 1}, {1, 1}});
  CHECK(retention.tend(counting.clock.now(), counting.clock.ticks(), 24h * 400));
  CHECK(left() == std::map<std::uint32_t, std::int64_t>{{400, 3}, {2, 1}, {1, 1}});
  CHECK(retention.tend(counting.clock.now(), counting.clock.ticks(), 24h * 400));
  CHECK(left() == std::map<std::uint32_t, std::int64_t>{{400, 3}, {2, 1}, {1, 1}});
}

TEST_CASE("a clock that was set forward by mistake deletes no usage, neither while the gate runs nor after a restart") {
  Counting counting;
  const auto today = day_number(counting.clock.now());
  const auto put = [&](std::uint32_t day) {
    CHECK(counting.store.write(
        store::Statement{"INSERT INTO usage_count (key_id, route, feature, day, requests) VALUES ('AAAAAAAAAAAA', 'r', '', $1, 1)",
                         {store::value(std::int64_t{day})}}));
  };
  for (const std::uint32_t days_ago : {61U, 2U, 1U, 0U}) put(today - days_ago);
  const auto rows = [&] {
    int count = 0;
    CHECK(for_each_usage(counting.store, 0, 1'000'000, std::nullopt, [&](const UsageRow&) -> Result<> {
      ++count;
      return {};
    }));
    return count;
  };
  const auto tend = [&](UsageRetention& retention) { return retention.tend(counting.clock.now(), counting.clock.ticks(), 24h * 62).has_value(); };
  UsageRetention retention(counting.store);
  CHECK(tend(retention));
  CHECK_FALSE(retention.waits());
  const auto right = counting.clock.now();
  counting.clock.set(right + 24h * 3650);
  put(day_number(counting.clock.now()));  // what is counted meanwhile has the wrong day, and proves nothing
  CHECK(tend(retention));
  CHECK(retention.waits());
  counting.clock.advance(23h);
  CHECK(tend(retention));
  UsageRetention restarted(counting.store);
  CHECK(tend(restarted));
  CHECK(restarted.waits());
  CHECK(rows() == 5);
  counting.clock.set(right + 24h);
  CHECK(tend(retention));
  CHECK_FALSE(retention.waits());
  CHECK(rows() == 5);  // 62 days are kept
  counting.clock.advance(24h);
  CHECK(tend(retention));
  CHECK(rows() == 4);
  counting.clock.set(counting.clock.now() + 24h * 100);  // and a clock that was wrong before, and is right now, is believed in the end
  CHECK(tend(retention));
  CHECK(rows() == 4);
  counting.clock.advance(24h);
  CHECK(tend(retention));
  CHECK(rows() == 1);
}

TEST_CASE("dates are those of the calendar") {
  CHECK(day_text(0) == "1970-01-01");
  CHECK(parse_day("2024-02-29") == day_number(std::chrono::sys_days(std::chrono::year(2024) / 2 / 29)));
  CHECK(day_text(*parse_day("2024-02-29")) == "2024-02-29");
  for (const auto* wrong :
       {"2023-02-29", "2024-13-01", "2024-00-01", "24-01-01", "2024/01/01", "2024-1-01", "+024-01-01", "1969-12-31", "2201-01-01", ""})
    CHECK_FALSE(parse_day(wrong));
  CHECK(day_text(*parse_day("2200-12-31")) == "2200-12-31");
}

// Counts and answers on two threads and folds without a pause.
static const gatehouse::testing::ChildProgram counting_child("counting", [](const std::string& folder, int pipe) {
  if (::write(pipe, "s", 1) != 1) return;  // about to start
  const auto store = store::open_sqlite({.path = folder + "/store.db"}).value();
  SystemRandom random;
  const auto meter = Meter::open(*store, random, {.folder = folder, .slots = 128, .banks = 2}).value();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 2; ++thread)
    threads.emplace_back([&] {
      auto bank = meter->bank().value();
      for (unsigned i = 0;; ++i) {
        // Over days and slots, so that a fold has much to do and is often met by the kill.
        bank.count(i % 3 == 0 ? key_one : key_two, static_cast<Label>(i % 20), Label::none, noon + (i / 1000 % 2) * 24h);
        if (::write(pipe, "a", 1) != 1) return;  // answered
      }
    });
  while (meter->fold()) {
  }
  for (auto& thread : threads) thread.join();
});

TEST_CASE("killed 200 times at any instant: answered <= counted <= answered + in flight") {
  const TemporaryFolder folder;
  const ManualClock clock{noon};
  SeededRandom random(77);
  const store::SqliteOptions options{.path = folder.file("store.db")};
  {
    CHECK(Keys::open(*store::open_sqlite(options).value(), clock, random, {.plans = {}, .accepts = std::nullopt}).has_value());
  }
  constexpr std::uint64_t kills = 200, in_flight = 2;
  std::uint64_t answered = 0, counted = 0, killed_while_starting = 0;
  for (std::uint64_t kill = 1; kill <= kills; ++kill) {
    std::uint8_t chance[2];
    random.fill(chance);
    // One in four while the child starts (and folds what the one before left), the others after some thousand answers.
    const std::size_t wanted = chance[0] % 4 == 0 ? 1 : 1 + chance[1] * 20U;
    Child child(counting_child, folder.path());
    std::size_t seen = 0;
    std::string all;
    while (seen < wanted) {
      const auto more = child.receive(4096);
      REQUIRE_FALSE(more.empty());
      seen += more.size();
      all += more;
    }
    if (wanted == 1) static_cast<void>(encoding::crc32(std::string(chance[1] * 50'000U, 'x')));  // passes the time, 0 to some 30 ms
    child.kill();
    for (auto rest = child.receive(4096); !rest.empty(); rest = child.receive(4096)) all += rest;
    const auto answers = static_cast<std::uint64_t>(std::ranges::count(all, 'a'));
    if (answers == 0) ++killed_while_starting;
    answered += answers;
    if (kill % 10 != 0) continue;  // the next child recovers what this one left; now and then we do, and look
    const auto store = store::open_sqlite(options).value();
    REQUIRE(Meter::open(*store, random, {.folder = folder.path(), .slots = 128, .banks = 2}).has_value());
    counted = requests_counted(*store);
    CHECK(answered <= counted);
    CHECK(counted <= answered + in_flight * kill);
  }
  MESSAGE("kills " << kills << " (" << killed_while_starting << " while starting), answered " << answered << ", counted " << counted
                   << ", allowed above " << in_flight * kills);
  CHECK(answered > 10'000);
  const auto store = store::open_sqlite(options).value();
  CHECK(store->read({"PRAGMA integrity_check(1)"}).value().front().text(0).value() == "ok");
}

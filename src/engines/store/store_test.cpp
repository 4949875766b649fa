// The one suite that every driver passes. A new driver is one more line in drivers().
#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "engines/store/migrations.hpp"
#include "engines/store/sqlite.hpp"
#include "ground/base/testing.hpp"

using namespace gatehouse;
using namespace gatehouse::store;

namespace {
/// An empty store of each kind, with what it needs to live.
struct Driver {
  std::string name;
  std::unique_ptr<gatehouse::testing::TemporaryFolder> folder;
  std::unique_ptr<Store> store;
};

std::vector<Driver> drivers() {
  std::vector<Driver> all;
  all.push_back({"sqlite in memory", nullptr, open_sqlite_in_memory().value()});
  auto folder = std::make_unique<gatehouse::testing::TemporaryFolder>();
  auto file = open_sqlite({.path = folder->file("store.db")}).value();
  all.push_back({"sqlite file", std::move(folder), std::move(file)});
  return all;
}

void each_driver(const std::function<void(Store&)>& test) {
  for (auto& driver : drivers()) {
    CAPTURE(driver.name);
    CHECK(driver.store->write(Statement{"CREATE TABLE item (id BIGINT PRIMARY KEY, name TEXT UNIQUE, bytes BYTEA)"}).has_value());
    CHECK(driver.store->write(Statement{"CREATE TABLE part (id BIGINT PRIMARY KEY, item BIGINT NOT NULL REFERENCES item(id))"}).has_value());
    test(*driver.store);
  }
}

Statement add(std::int64_t id, std::string_view name) { return {"INSERT INTO item (id, name) VALUES ($1, $2)", {value(id), value(name)}, 1}; }
std::int64_t count(Store& store) { return store.read({"SELECT count(*) FROM item"}).value().at(0).integer(0).value(); }
Fault fault(const Result<>& result) { return result ? Fault::internal : result.error().fault; }
}  // namespace

TEST_CASE("every kind of value comes back as it went in") {
  each_driver([](Store& store) {
    const std::string bytes("\0\xff\x80 bytes", 9);
    for (const auto number : {std::int64_t{0}, std::int64_t{-1}, INT64_MIN, INT64_MAX}) {
      const std::string name = "gr\xc3\xbc\xc3\x9f'; DROP TABLE item; --" + std::to_string(number);
      CHECK(store.write(Statement{"INSERT INTO item (id, name, bytes) VALUES ($1, $2, $3)", {value(number), value(name), Blob{bytes}}, 1}));
      const auto rows = store.read({"SELECT id, name, bytes, NULL FROM item WHERE id = $1", {value(number)}}).value();
      REQUIRE(rows.size() == 1);
      CHECK(rows[0].integer(0).value() == number);
      CHECK(rows[0].text(1).value() == name);
      CHECK(rows[0].blob(2).value() == bytes);
      CHECK(rows[0].is_null(3));
      CHECK_FALSE(rows[0].optional_integer(3).value().has_value());
    }
    CHECK(store.write(Statement{"UPDATE item SET bytes = $1 WHERE id = 0", {Blob{}}, 1}));
    CHECK(store.read({"SELECT bytes FROM item WHERE id = 0"}).value()[0].blob(0).value().empty());
    CHECK(store.write(Statement{"UPDATE item SET name = $1 WHERE id = 0", {value("")}, 1}));
    CHECK(store.read({"SELECT name FROM item WHERE id = 0"}).value()[0].text(0).value().empty());
  });
}

TEST_CASE("a column that is absent, null or of another type is an error, not a guess") {
  each_driver([](Store& store) {
    CHECK(store.write(add(1, "17")));
    const auto rows = store.read({"SELECT id, name, bytes FROM item"}).value();
    CHECK(rows[0].integer(1).error().fault == Fault::internal);
    CHECK(rows[0].text(0).error().fault == Fault::internal);
    CHECK(rows[0].text(2).error().fault == Fault::internal);
    CHECK(rows[0].integer(3).error().fault == Fault::internal);
    CHECK(rows[0].optional_integer(1).error().fault == Fault::internal);
  });
}

TEST_CASE("placeholders take their values by number, also twice and out of order; a dollar inside quotes is text") {
  each_driver([](Store& store) {
    const auto rows = store.read({"SELECT $2, $1, $2, '$3', '?'", {value("one"), value(2)}}).value();
    CHECK(rows[0].integer(0).value() == 2);
    CHECK(rows[0].text(1).value() == "one");
    CHECK(rows[0].integer(2).value() == 2);
    CHECK(rows[0].text(3).value() == "$3");
    CHECK(rows[0].text(4).value() == "?");
  });
}

TEST_CASE("a statement that does not fit its values is refused") {
  each_driver([](Store& store) {
    CHECK(store.read({"SELECT $1", {}}).error().fault == Fault::invalid);
    CHECK(store.read({"SELECT $1", {value(1), value(2)}}).error().fault == Fault::invalid);
    CHECK(store.read({"SELECT $1, $3", {value(1), value(2), value(3)}}).error().fault == Fault::invalid);
    CHECK(store.read({"SELECT name FROM nowhere"}).error().fault == Fault::invalid);
    CHECK(store.read({"SELEKT"}).error().fault == Fault::invalid);
    CHECK(store.read({""}).error().fault == Fault::invalid);
    CHECK(store.read({"SELECT 1; SELECT 2"}).error().fault == Fault::invalid);
    CHECK(store.read({"SELECT $1", {value(std::string_view("\xff"))}}).error().fault == Fault::invalid);
    CHECK(store.read({"SELECT $1", {value(std::string_view("a\0b", 3))}}).error().fault == Fault::invalid);
    CHECK(store.read({"SELECT 1;"}).has_value());
  });
}

TEST_CASE("a read cannot change anything") {
  each_driver([](Store& store) {
    CHECK(store.write(add(1, "a")));
    CHECK(store.read({"DELETE FROM item"}).error().fault == Fault::invalid);
    CHECK(store.read({"DELETE FROM item RETURNING id"}).error().fault == Fault::invalid);
    CHECK(count(store) == 1);
  });
}

TEST_CASE("a batch whose statements are made one by one is done whole, or not at all, and each is made when its turn comes") {
  each_driver([](Store& store) {
    std::vector<std::size_t> asked;
    const auto numbered = [&](std::int64_t first) {
      return [&asked, first](std::size_t i) {
        asked.push_back(i);
        const auto id = first + static_cast<std::int64_t>(i);
        return add(id, "item " + std::to_string(id));
      };
    };
    CHECK(store.write(3, numbered(1)));
    CHECK(asked == std::vector<std::size_t>{0, 1, 2});
    CHECK(count(store) == 3);
    const auto refused = store.write(5, numbered(0));  // 0 is new, 1 is there
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().fault == Fault::conflict);
    CHECK(count(store) == 3);
    CHECK(store.write(0, numbered(10)));
    CHECK(store.write(add(10, "y")));  // the store can be written to as before
    CHECK(count(store) == 4);
  });
}

TEST_CASE("a batch is done whole") {
  each_driver([](Store& store) {
    const std::vector<Statement> batch{add(1, "a"), add(2, "b"), {"DELETE FROM item WHERE id = 1", {}, 1}};
    CHECK(store.write(batch));
    CHECK(count(store) == 1);
    CHECK(store.write(std::span<const Statement>()));
  });
}

TEST_CASE("a batch whose last statement fails leaves nothing behind") {
  each_driver([](Store& store) {
    const std::vector<Statement> repeated{add(1, "a"), add(2, "b"), add(3, "a")};
    CHECK(fault(store.write(repeated)) == Fault::conflict);
    const std::vector<Statement> wrong{add(1, "a"), {"INSERT INTO nowhere VALUES (1)"}};
    CHECK(fault(store.write(wrong)) == Fault::invalid);
    const std::vector<Statement> ends_it{add(1, "a"), {"COMMIT"}, {"INSERT INTO nowhere VALUES (1)"}};
    CHECK_FALSE(store.write(ends_it).has_value());
    const std::vector<Statement> asks{add(4, "d"), {"SELECT 1"}};
    CHECK(fault(store.write(asks)) == Fault::invalid);
    CHECK(store.write(add(9, "after the failures")));
    CHECK(store.read({"SELECT id FROM item WHERE id IN (2, 3, 4)"}).value().empty());
  });
}

TEST_CASE("expects makes a compare-and-set: the loser changes nothing") {
  each_driver([](Store& store) {
    CHECK(store.write(add(1, "old")));
    const Statement set{"UPDATE item SET name = $1 WHERE id = $2 AND name = $3", {value("new"), value(1), value("old")}, 1};
    CHECK(store.write(set));
    const std::vector<Statement> again{add(2, "beside"), set};
    CHECK(fault(store.write(again)) == Fault::conflict);
    CHECK(count(store) == 1);
    // A statement that changes nothing after one that changed a row: the old figure must not be taken for its own.
    const std::vector<Statement> stale{add(3, "c"), {"DELETE FROM item WHERE id = 77", {}, 1}};
    CHECK(fault(store.write(stale)) == Fault::conflict);
    CHECK(store.write(Statement{"DELETE FROM item WHERE id = 77", {}, 0}));
    CHECK(store.write(Statement{"DELETE FROM item WHERE id = 77"}));
  });
}

TEST_CASE("an upsert adds to the row that is there, and counts as one changed row either way") {
  each_driver([](Store& store) {
    const Statement upsert{
        "INSERT INTO part (id, item) VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET item = part.item + excluded.item - 1", {value(5)}, 1};
    CHECK(store.write(add(1, "a")));
    CHECK(store.write(upsert));
    CHECK(store.write(upsert));
    CHECK(store.read({"SELECT item FROM part WHERE id = 5"}).value()[0].integer(0).value() == 1);
  });
}

TEST_CASE("a row that refers to nothing is refused") {
  each_driver([](Store& store) {
    CHECK(fault(store.write(Statement{"INSERT INTO part (id, item) VALUES (1, 42)"})) == Fault::conflict);
    CHECK(store.write(add(42, "there")));
    CHECK(store.write(Statement{"INSERT INTO part (id, item) VALUES (1, 42)"}));
    CHECK(fault(store.write(Statement{"DELETE FROM item WHERE id = 42"})) == Fault::conflict);
  });
}

TEST_CASE("an answer of too many rows is an error, never cut short") {
  each_driver([](Store& store) {
    constexpr Sql numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT i FROM n";
    CHECK(store.read({numbers, {value(static_cast<std::int64_t>(rows_max))}}).value().size() == rows_max);
    CHECK(store.read({numbers, {value(static_cast<std::int64_t>(rows_max) + 1)}}).error().fault == Fault::exhausted);
  });
}

TEST_CASE("threads that read and write at once see whole batches only") {
  each_driver([](Store& store) {
    std::atomic<bool> torn{false}, failed{false}, done{false};
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i)
      threads.emplace_back([&] {
        while (!done) {
          const auto rows = store.read({"SELECT count(*) FROM item"});
          if (!rows) failed = true;
          else if (rows->at(0).integer(0).value() % 2 != 0) torn = true;
        }
      });
    for (int writer = 0; writer < 2; ++writer)
      threads.emplace_back([&, writer] {
        for (std::int64_t i = 0; i < 50; ++i) {
          const std::int64_t id = (i * 2 + writer) * 2;
          const std::vector<Statement> pair{add(id, "n" + std::to_string(id)), add(id + 1, "n" + std::to_string(id + 1))};
          if (!store.write(pair)) failed = true;
        }
      });
    threads[2].join();
    threads[3].join();
    done = true;
    threads[0].join();
    threads[1].join();
    CHECK_FALSE(torn);
    CHECK_FALSE(failed);
    CHECK(count(store) == 200);
  });
}

TEST_CASE("migrations are taken once, in order, each whole") {
  const ManualClock clock;
  each_driver([&](Store& store) {
    const std::vector<Migration> first{{"people", {"CREATE TABLE person (id BIGINT PRIMARY KEY)"}}};
    CHECK(migrate(store, "people", first, clock));
    CHECK(migrate(store, "people", first, clock));
    auto more = first;
    more.push_back({"names", {"ALTER TABLE person ADD COLUMN name TEXT", "INSERT INTO person (id, name) VALUES (1, 'first')"}});
    CHECK(migrate(store, "people", more, clock));
    CHECK(migrate(store, "people", more, clock));
    CHECK(store.read({"SELECT name FROM person"}).value().size() == 1);
    // Another room counts for itself.
    CHECK(migrate(store, "things", std::vector<Migration>{{"things", {"CREATE TABLE thing (id BIGINT PRIMARY KEY)"}}}, clock));

    auto broken = more;
    broken.push_back({"half", {"INSERT INTO person (id, name) VALUES (2, 'second')", "INSERT INTO nowhere VALUES (1)"}});
    CHECK_FALSE(migrate(store, "people", broken, clock));
    CHECK(store.read({"SELECT name FROM person"}).value().size() == 1);
    broken.back().sql.pop_back();
    CHECK(migrate(store, "people", broken, clock));
    CHECK(store.read({"SELECT name FROM person"}).value().size() == 2);
  });
}

TEST_CASE("a store that a newer program has migrated is refused") {
  const ManualClock clock;
  each_driver([&](Store& store) {
    const std::vector<Migration> newer{{"one", {"CREATE TABLE one (id BIGINT)"}}, {"two", {"CREATE TABLE two (id BIGINT)"}}};
    CHECK(migrate(store, "room", newer, clock));
    CHECK(fault(migrate(store, "room", std::span(newer).first(1), clock)) == Fault::invalid);
    const std::vector<Migration> other{newer[0], {"another two", {"CREATE TABLE three (id BIGINT)"}}};
    CHECK(fault(migrate(store, "room", other, clock)) == Fault::invalid);
    CHECK(migrate(store, "room", newer, clock));
  });
}

TEST_CASE("several threads may migrate one store at once") {
  const ManualClock clock;
  each_driver([&](Store& store) {
    const std::vector<Migration> steps{
        {"one", {"CREATE TABLE one (id BIGINT)"}}, {"two", {"CREATE TABLE two (id BIGINT)"}}, {"three", {"CREATE TABLE three (id BIGINT)"}}};
    std::atomic<int> well{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i)
      threads.emplace_back([&] {
        if (migrate(store, "room", steps, clock)) ++well;
      });
    for (auto& thread : threads) thread.join();
    CHECK(well == 3);
  });
}

#include "engines/store/migrations.hpp"

namespace gatehouse::store {

namespace {

/// How many steps are done. Each must be one that this program knows under the same name.
Result<std::size_t> steps_done(Store& store, std::string_view room, std::span<const Migration> migrations) {
  const auto rows = TRY(store.read({"SELECT number, name FROM gatehouse_migration WHERE room = $1 ORDER BY number", {value(room)}}));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto number = TRY(rows[i].integer(0));
    const auto name = TRY(rows[i].text(1));
    if (i >= migrations.size() || number != static_cast<std::int64_t>(i) + 1 || name != migrations[i].name)
      return fail(Fault::invalid, "store: the tables of " + std::string(room) + " were changed by another, probably newer program (step " +
                                      std::to_string(number) + ", " + std::string(name) + ")");
  }
  return rows.size();
}

Result<> take_step(Store& store, std::string_view room, const Migration& migration, std::size_t number, Instant now) {
  std::vector<Statement> batch;
  // The mark first: of two processes at once, one fails here and has changed nothing.
  batch.push_back({"INSERT INTO gatehouse_migration (room, number, name, done_at) VALUES ($1, $2, $3, $4)",
                   {value(room), value(static_cast<std::int64_t>(number)), value(migration.name), value(unix_seconds(now))},
                   1});
  for (const auto sql : migration.sql) batch.push_back({sql});
  return store.write(batch);
}

}  // namespace

Result<> migrate(Store& store, std::string_view room, std::span<const Migration> migrations, const Clock& clock) {
  CHECK_OK(
      store.write(Statement{"CREATE TABLE IF NOT EXISTS gatehouse_migration (room TEXT NOT NULL, number BIGINT NOT NULL, name TEXT NOT NULL, "
                            "done_at BIGINT NOT NULL, PRIMARY KEY (room, number))"}));
  for (;;) {
    const auto done = TRY(steps_done(store, room, migrations));
    if (done == migrations.size()) return {};
    auto step = take_step(store, room, migrations[done], done + 1, clock.now());
    if (step) continue;
    // Lost to another process that took the same step: then there is one more done than before. Else the step itself is at fault.
    if (step.error().fault != Fault::conflict || TRY(steps_done(store, room, migrations)) == done) return step;
  }
}

}  // namespace gatehouse::store

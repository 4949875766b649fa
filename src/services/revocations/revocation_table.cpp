#include "services/revocations/revocation_table.hpp"

#include "engines/store/migrations.hpp"

namespace gatehouse::revocations {

using store::Statement;
using store::value;

namespace {
constexpr std::int64_t page_rows = 5000;

Error damaged(std::string_view what) { return fail(Fault::internal, "store: table token_revocation has a wrong " + std::string(what)); }

Result<Record> record_of(const store::Row& row) {
  Record record;
  const auto id = RevocationId::parse(TRY(row.text(0)));
  if (!id) return damaged("id");
  record.id = *id;
  const auto kind = parse_kind(TRY(row.text(1)));
  if (!kind) return damaged("kind");
  record.what.kind = *kind;
  record.what.issuer = TRY(row.text(2));
  record.what.name = TRY(row.blob(3));
  record.what.issued_before = TRY(row.integer(4));
  record.what.lapses_at = TRY(row.integer(5));
  record.made_at = TRY(row.integer(6));
  if (record.what.name.size() > text_bytes_max) return damaged("name");
  return record;
}
}  // namespace

Result<> migrate_table(store::Store& store, const Clock& clock) {
  // A jti is any text of JSON, also with a NUL in it, which no database takes in a TEXT: hence bytes.
  const std::vector<store::Migration> steps{
      {"token revocations",
       {"CREATE TABLE token_revocation (id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, issuer TEXT NOT NULL, name BYTEA NOT NULL, "
        "issued_before BIGINT NOT NULL, lapses_at BIGINT NOT NULL, made_at BIGINT NOT NULL, PRIMARY KEY (kind, issuer, name))",
        "CREATE INDEX token_revocation_lapses ON token_revocation (lapses_at)"}},
  };
  return store::migrate(store, "revocations", steps, clock);
}

Result<> for_each_revocation(store::Store& store, Instant now, const std::function<Result<>(Record)>& take) {
  std::string after;
  while (true) {
    const auto rows =
        TRY(store.read({"SELECT id, kind, issuer, name, issued_before, lapses_at, made_at FROM token_revocation "
                        "WHERE id > $1 AND lapses_at > $2 ORDER BY id LIMIT $3",
                        {value(after), value(unix_seconds(now)), value(page_rows)}}));
    for (const auto& row : rows) {
      auto record = TRY(record_of(row));
      after = record.id.text();
      CHECK_OK(take(std::move(record)));
    }
    if (rows.size() < static_cast<std::size_t>(page_rows)) return {};
  }
}

Statement put_record(const Record& record) {
  const auto& what = record.what;
  return {
      "INSERT INTO token_revocation (id, kind, issuer, name, issued_before, lapses_at, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7) "
      "ON CONFLICT (kind, issuer, name) DO UPDATE SET id = excluded.id, issued_before = excluded.issued_before, lapses_at = excluded.lapses_at, "
      "made_at = excluded.made_at",
      {value(record.id.text()), value(to_text(what.kind)), value(what.issuer), value(as_bytes(what.name)), value(what.issued_before),
       value(what.lapses_at), value(record.made_at)},
      1};
}

Statement delete_record(const RevocationId& id) { return {"DELETE FROM token_revocation WHERE id = $1", {value(id.text())}}; }

Statement delete_lapsed(Instant now) { return {"DELETE FROM token_revocation WHERE lapses_at <= $1", {value(unix_seconds(now))}}; }

}  // namespace gatehouse::revocations

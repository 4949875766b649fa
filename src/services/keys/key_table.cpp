#include "services/keys/key_table.hpp"

#include "engines/store/migrations.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::keys {

using store::Row;
using store::Statement;
using store::value;

namespace {
constexpr std::int64_t page_rows = 5000;

std::int64_t count_of(std::size_t size) { return static_cast<std::int64_t>(size); }
store::Value expiry_value(std::int64_t at) { return at == never ? store::Value(store::Null{}) : value(at); }
Instant instant(std::int64_t seconds) { return Instant(std::chrono::seconds(seconds)); }

Error damaged(std::string_view what) { return fail(Fault::internal, "store: table api_key has a wrong " + std::string(what)); }
Result<KeyId> id_of(const Row& row, std::size_t column) {
  const auto id = KeyId::parse(TRY(row.text(column)));
  if (!id) return damaged("id");
  return *id;
}

Result<KeyInfo> info_of(const Row& row) {
  KeyInfo info;
  info.id = TRY(id_of(row, 0));
  const auto environment = parse_environment(TRY(row.text(1)));
  if (!environment) return damaged("environment");
  info.spec.environment = *environment;
  info.spec.name = TRY(row.text(2));
  info.spec.subject = TRY(row.text(3));
  info.spec.plan = TRY(row.text(4));
  if (const auto scopes = TRY(row.text(5)); !scopes.empty())
    for (const auto scope : text::split(scopes, ' ')) info.spec.scopes.emplace_back(scope);
  if (const auto allowed = TRY(row.text(6)); !allowed.empty())
    for (const auto word : text::split(allowed, ' ')) {
      const auto block = http::AddressBlock::parse(word);
      if (!block) return damaged("address block");
      info.spec.allowed.push_back(*block);
    }
  if (const auto at = TRY(row.optional_integer(7))) info.spec.expires_at = instant(*at);
  info.imported = TRY(row.integer(8)) != 0;
  info.created_at = instant(TRY(row.integer(9)));
  if (const auto at = TRY(row.optional_integer(10))) info.revoked_at = instant(*at);
  const auto old_until = TRY(row.optional_integer(11));
  if (old_until && !info.revoked_at) info.old_secret_until = instant(*old_until);  // of a revoked key no secret is taken any more
  return info;
}
}  // namespace

Result<> migrate_tables(store::Store& store, const Clock& clock) {
  const std::vector<store::Migration> steps{
      {"keys",
       {"CREATE TABLE api_key (id TEXT PRIMARY KEY, environment TEXT NOT NULL, name TEXT NOT NULL, subject TEXT NOT NULL, plan TEXT NOT NULL, "
        "scopes TEXT NOT NULL, allowed TEXT NOT NULL, expires_at BIGINT, imported BIGINT NOT NULL, created_at BIGINT NOT NULL, revoked_at BIGINT)",
        "CREATE TABLE api_key_secret (digest BYTEA PRIMARY KEY, key_id TEXT NOT NULL REFERENCES api_key (id), valid_until BIGINT)",
        "CREATE INDEX api_key_secret_key ON api_key_secret (key_id, digest)"}},
      {"usage",
       {"CREATE TABLE usage_count (key_id TEXT NOT NULL, route TEXT NOT NULL, feature TEXT NOT NULL, day BIGINT NOT NULL, requests BIGINT NOT NULL, "
        "PRIMARY KEY (day, key_id, route, feature))",
        "CREATE TABLE usage_mark (journal TEXT NOT NULL, slot BIGINT NOT NULL, parity BIGINT NOT NULL, folded BIGINT NOT NULL, "
        "PRIMARY KEY (journal, slot, parity))"}},
  };
  return store::migrate(store, "keys", steps, clock);
}

Statement insert_key(const KeyId& id, const CanonicalSpec& spec, bool imported, Instant now) {
  return {
      "INSERT INTO api_key (id, environment, name, subject, plan, scopes, allowed, expires_at, imported, created_at) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      {value(id.text()), value(to_text(spec.environment)), value(spec.name), value(spec.subject), value(spec.plan), value(spec.scopes),
       value(spec.allowed), expiry_value(spec.expires_at), value(std::int64_t{imported}), value(unix_seconds(now))},
      1};
}

Statement insert_secret(const KeyId& id, const KeyDigest& digest) {
  return {"INSERT INTO api_key_secret (digest, key_id) VALUES ($1, $2)", {value(Bytes(digest.bytes())), value(id.text())}, 1};
}

Statement mark_revoked(const KeyId& id, Instant now) {
  return {"UPDATE api_key SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL", {value(unix_seconds(now)), value(id.text())}, 1};
}

std::vector<Statement> replace_secret(const KeyId& id, const KeyDigest& keep, std::int64_t until, const KeyDigest& next) {
  return {{"UPDATE api_key SET name = name WHERE id = $1 AND revoked_at IS NULL",
           {value(id.text())},
           1},  // holds the row, and asks that it is not revoked
          {"DELETE FROM api_key_secret WHERE key_id = $1 AND digest <> $2", {value(id.text()), value(Bytes(keep.bytes()))}},
          {"UPDATE api_key_secret SET valid_until = $1 WHERE key_id = $2 AND digest = $3 AND valid_until IS NULL",
           {value(until), value(id.text()), value(Bytes(keep.bytes()))},
           1},
          insert_secret(id, next)};
}

Statement set_column(const KeyId& id, Column column, std::string_view text) {
  const std::vector<store::Value> values{value(text), value(id.text())};
  switch (column) {
    case Column::plan: return {"UPDATE api_key SET plan = $1 WHERE id = $2", values, 1};
    case Column::scopes: return {"UPDATE api_key SET scopes = $1 WHERE id = $2", values, 1};
    case Column::allowed: break;
  }
  return {"UPDATE api_key SET allowed = $1 WHERE id = $2", values, 1};
}

Statement set_expiry_column(const KeyId& id, std::int64_t expires_at) {
  return {"UPDATE api_key SET expires_at = $1 WHERE id = $2", {expiry_value(expires_at), value(id.text())}, 1};
}

Result<> for_each_key(store::Store& store, const std::function<Result<>(const KeySource&, bool)>& take) {
  // Paged along the index on (key_id, digest), so that no page is sorted; a key's secrets follow each other, also across two pages.
  std::string after_id;
  std::string after_digest;
  std::optional<Row> head;  // the key being collected
  std::vector<KeySecret> secrets;
  const auto hand_over = [&]() -> Result<> {
    if (!head) return {};
    KeySource source;
    source.id = TRY(id_of(*head, 0));
    const auto environment = parse_environment(TRY(head->text(1)));
    if (!environment) return damaged("environment");
    source.environment = *environment;
    source.name = TRY(head->text(2));
    source.subject = TRY(head->text(3));
    source.plan = TRY(head->text(4));
    source.scopes = TRY(head->text(5));
    source.allowed = TRY(head->text(6));
    source.expires_at = TRY(head->optional_integer(7)).value_or(never);
    source.imported = TRY(head->integer(8)) != 0;
    source.secrets = secrets;
    CHECK_OK(take(source, !head->is_null(9)));
    head.reset();
    secrets.clear();
    return {};
  };
  for (;;) {
    auto rows = TRY(store.read(
        {"SELECT k.id, k.environment, k.name, k.subject, k.plan, k.scopes, k.allowed, k.expires_at, k.imported, k.revoked_at, s.digest, s.valid_until "
         "FROM api_key_secret s JOIN api_key k ON k.id = s.key_id WHERE (s.key_id, s.digest) > ($1, $2) ORDER BY s.key_id, s.digest LIMIT $3",
         {value(after_id), store::Blob{after_digest}, value(page_rows)}}));
    const bool last = rows.size() < static_cast<std::size_t>(page_rows);
    for (auto& row : rows) {
      const auto id = TRY(row.text(0));
      if (head && TRY(head->text(0)) != id) CHECK_OK(hand_over());
      const auto digest = KeyDigest::from_bytes(TRY(row.blob(10)));
      if (!digest) return damaged("digest");
      secrets.push_back({*digest, TRY(row.optional_integer(11)).value_or(never)});
      after_id = id;
      after_digest = TRY(row.blob(10));
      if (!head) head = std::move(row);
    }
    if (last) return hand_over();
  }
}

Result<std::vector<std::pair<std::string, std::size_t>>> keys_by_plan(store::Store& store, Instant now) {
  const auto rows =
      TRY(store.read({"SELECT plan, count(*) FROM api_key WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $1) "
                      "GROUP BY plan ORDER BY plan",
                      {value(std::int64_t{unix_seconds(now)})}}));
  std::vector<std::pair<std::string, std::size_t>> plans;
  for (const auto& row : rows) {
    const auto plan = TRY(row.text(0));
    plans.emplace_back(plan, static_cast<std::size_t>(TRY(row.integer(1))));
  }
  return plans;
}

Result<KeyPage> read_page(store::Store& store, std::optional<KeyId> after, std::size_t limit, std::optional<Instant> active_at) {
  const auto rows =
      TRY(store.read({"SELECT id, environment, name, subject, plan, scopes, allowed, expires_at, imported, created_at, revoked_at, "
                      "(SELECT max(valid_until) FROM api_key_secret WHERE key_id = api_key.id) FROM api_key WHERE id > $1 "
                      "AND ($3 IS NULL OR (revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3))) ORDER BY id LIMIT $2",
                      {value(after ? after->text() : std::string_view()), value(count_of(limit) + 1),
                       active_at ? value(std::int64_t{unix_seconds(*active_at)}) : store::Value()}}));
  KeyPage page;
  for (const auto& row : rows) {
    if (page.keys.size() == limit) {
      page.next = page.keys.back().id;
      break;
    }
    page.keys.push_back(TRY(info_of(row)));
  }
  return page;
}

Result<KeyInfo> read_key(store::Store& store, const KeyId& id) {
  const auto rows =
      TRY(store.read({"SELECT id, environment, name, subject, plan, scopes, allowed, expires_at, imported, created_at, revoked_at, "
                      "(SELECT max(valid_until) FROM api_key_secret WHERE key_id = api_key.id) FROM api_key WHERE id = $1",
                      {value(id.text())}}));
  if (rows.empty()) return refuse(Fault::not_found, "no key with the id " + std::string(id.text()));
  return info_of(rows.front());
}

}  // namespace gatehouse::keys

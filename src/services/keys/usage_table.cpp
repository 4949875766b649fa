#include "services/keys/usage_table.hpp"

namespace gatehouse::keys {

using store::value;

namespace {
constexpr std::int64_t usage_page_rows = 5000;
std::int64_t signed_of(std::uint64_t number) { return static_cast<std::int64_t>(number); }
}  // namespace

void append_fold(std::vector<store::Statement>& batch, std::string_view journal, const UsageDelta& delta) {
  const auto slot = std::int64_t{delta.slot};
  const auto parity = std::int64_t{delta.parity};
  if (delta.before == 0)
    batch.push_back({"INSERT INTO usage_mark (journal, slot, parity, folded) VALUES ($1, $2, $3, $4)",
                     {value(journal), value(slot), value(parity), value(signed_of(delta.after))},
                     1});
  else
    batch.push_back({"UPDATE usage_mark SET folded = $4 WHERE journal = $1 AND slot = $2 AND parity = $3 AND folded = $5",
                     {value(journal), value(slot), value(parity), value(signed_of(delta.after)), value(signed_of(delta.before))},
                     1});
  batch.push_back(
      {"INSERT INTO usage_count (key_id, route, feature, day, requests) VALUES ($1, $2, $3, $4, $5) "
       "ON CONFLICT (day, key_id, route, feature) DO UPDATE SET requests = usage_count.requests + excluded.requests",
       {value(delta.key), value(delta.route), value(delta.feature), value(std::int64_t{delta.day}), value(signed_of(delta.after - delta.before))},
       1});
}

Result<UsageMarks> read_marks(store::Store& store, std::string_view journal) {
  UsageMarks marks;
  std::int64_t slot = -1, parity = 0;
  for (;;) {
    const auto rows = TRY(store.read(
        {"SELECT slot, parity, folded FROM usage_mark WHERE journal = $1 AND slot >= $2 AND (slot > $2 OR parity > $3) ORDER BY slot, parity LIMIT $4",
         {value(journal), value(slot), value(parity), value(usage_page_rows)}}));
    for (const auto& row : rows) {
      slot = TRY(row.integer(0));
      parity = TRY(row.integer(1));
      marks[static_cast<std::uint64_t>(slot) * 2 + static_cast<std::uint64_t>(parity)] = static_cast<std::uint64_t>(TRY(row.integer(2)));
    }
    if (rows.size() < static_cast<std::size_t>(usage_page_rows)) return marks;
  }
}

Result<> drop_other_marks(store::Store& store, std::string_view journal) {
  return store.write(store::Statement{"DELETE FROM usage_mark WHERE journal <> $1", {value(journal)}});
}

Result<> for_each_total(store::Store& store, std::uint32_t first, std::uint32_t last, const std::function<void(const UsageTotal&)>& take) {
  std::string after;
  for (;;) {
    const auto rows = TRY(store.read(
        {"SELECT key_id, CAST(sum(requests) AS BIGINT) FROM usage_count WHERE day >= $1 AND day <= $2 AND key_id > $3 GROUP BY key_id ORDER BY key_id LIMIT $4",
         {value(std::int64_t{first}), value(std::int64_t{last}), value(after), value(usage_page_rows)}}));
    for (const auto& row : rows) {
      after = TRY(row.text(0));
      // What was counted past the last slot has no key: it is in the export, and in nobody's quota.
      if (const auto id = KeyId::parse(after)) take({*id, static_cast<std::uint64_t>(TRY(row.integer(1)))});
    }
    if (rows.size() < static_cast<std::size_t>(usage_page_rows)) return {};
  }
}

Result<> for_each_usage(store::Store& store, std::uint32_t first, std::uint32_t last, std::optional<KeyId> key,
                        const std::function<Result<>(const UsageRow&)>& take) {
  std::int64_t day = first;
  std::string after_key, after_route, after_feature;
  for (;;) {
    const auto rows =
        TRY(store.read({"SELECT u.day, u.key_id, u.route, u.feature, u.requests, coalesce(k.name, ''), coalesce(k.subject, '') FROM usage_count u "
                        "LEFT JOIN api_key k ON k.id = u.key_id WHERE (u.day, u.key_id, u.route, u.feature) > ($1, $2, $3, $4) AND u.day <= $5 "
                        "AND ($6 = '' OR u.key_id = $6) ORDER BY u.day, u.key_id, u.route, u.feature LIMIT $7",
                        {value(day), value(after_key), value(after_route), value(after_feature), value(std::int64_t{last}),
                         value(key ? key->text() : std::string_view()), value(usage_page_rows)}}));
    for (const auto& row : rows) {
      day = TRY(row.integer(0));
      after_key = TRY(row.text(1));
      after_route = TRY(row.text(2));
      after_feature = TRY(row.text(3));
      const auto requests = static_cast<std::uint64_t>(TRY(row.integer(4)));
      CHECK_OK(take({after_key, TRY(row.text(5)), TRY(row.text(6)), after_route, after_feature, static_cast<std::uint32_t>(day), requests}));
    }
    if (rows.size() < static_cast<std::size_t>(usage_page_rows)) return {};
  }
}

Result<std::optional<std::uint32_t>> last_usage_day(store::Store& store, std::uint32_t before) {
  const auto rows = TRY(store.read({"SELECT day FROM usage_count WHERE day < $1 ORDER BY day DESC LIMIT 1", {value(std::int64_t{before})}}));
  if (rows.empty()) return std::optional<std::uint32_t>{};
  return std::optional(static_cast<std::uint32_t>(TRY(rows.front().integer(0))));
}

Result<bool> drop_usage_before(store::Store& store, std::uint32_t day, std::int64_t rows) {
  const std::vector values{value(std::int64_t{day}), value(rows)};
  const auto old = TRY(store.read({"SELECT count(*) FROM (SELECT day FROM usage_count WHERE day < $1 ORDER BY day LIMIT $2) AS old", values}));
  const auto count = TRY(old.front().integer(0));
  if (count == 0) return false;
  CHECK_OK(
      store.write(store::Statement{"DELETE FROM usage_count WHERE (day, key_id, route, feature) IN (SELECT day, key_id, route, feature "
                                   "FROM usage_count WHERE day < $1 ORDER BY day, key_id, route, feature LIMIT $2)",
                                   values}));
  return count == rows;
}

}  // namespace gatehouse::keys

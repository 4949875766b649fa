#include "app/main/admin/administration.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/main/admin/acts.hpp"
#include "app/main/admin/asked.hpp"
#include "app/main/admin/protocol.hpp"
#include "app/main/running/learned_answer.hpp"
#include "ground/base/time.hpp"
#include "ground/json/writer.hpp"
#include "services/keys/usage_export.hpp"

namespace gatehouse::main {
namespace {

constexpr std::int64_t overlap_seconds_max = 366 * 86'400;

Result<std::vector<std::string>> texts(const json::Value& arguments, std::string_view name) {
  std::vector<std::string> all;
  const auto member = arguments.get(name);
  if (!member) return all;
  if (!member->is_array()) return wrong(name, "a list of texts");
  for (const auto item : member->elements()) {
    const auto text = item.string();
    if (!text) return wrong(name, "a list of texts");
    all.emplace_back(*text);
  }
  return all;
}

/// null: it does not end.
Result<std::optional<Instant>> read_expiry(const json::Value& value) {
  if (value.is_null()) return std::optional<Instant>();
  const auto seconds = value.integer();
  if (!seconds || *seconds < 0 || *seconds > 7'258'118'400) return wrong("expires", "a time before the year 2200, in seconds since 1970, or null");
  return std::optional(Instant(std::chrono::seconds(*seconds)));
}

Result<std::vector<http::AddressBlock>> read_blocks(const json::Value& arguments) {
  std::vector<http::AddressBlock> blocks;
  const auto given = TRY(texts(arguments, "addresses"));
  for (const auto& text : given) blocks.push_back(TRY(read_block(text)));
  return blocks;
}

/// What `create` and `import` say of a key, but for its name.
Result<keys::KeySpec> read_spec(const json::Value& arguments, keys::Environment environment_of_new_keys) {
  keys::KeySpec spec;
  spec.environment = environment_of_new_keys;
  if (arguments.get("plan")) spec.plan = TRY(required_text(arguments, "plan"));
  if (arguments.get("subject")) spec.subject = TRY(required_text(arguments, "subject"));
  if (arguments.get("environment")) {
    const auto environment = keys::parse_environment(TRY(required_text(arguments, "environment")));
    if (!environment) return wrong("environment", "'live' or 'test'");
    spec.environment = *environment;
  }
  if (const auto expires = arguments.get("expires")) spec.expires_at = TRY(read_expiry(*expires));
  spec.scopes = TRY(texts(arguments, "scopes"));
  spec.allowed = TRY(read_blocks(arguments));
  return spec;
}

Result<keys::KeyId> read_id(const json::Value& arguments, std::string_view name = "id") {
  const auto text = TRY(required_text(arguments, name));
  return key_named(text);
}

std::string_view state_of(const keys::KeyInfo& key, Instant now) noexcept {
  if (key.revoked_at) return "revoked";
  if (key.spec.expires_at && *key.spec.expires_at <= now) return "expired";
  return "active";
}

void write_key(json::Writer& writer, const keys::KeyInfo& key, Instant now) {
  writer.begin_object().member("id", key.id.text()).member("name", key.spec.name).member("subject", key.spec.subject).member("plan", key.spec.plan);
  writer.member("environment", keys::to_text(key.spec.environment)).member("state", state_of(key, now)).member("imported", key.imported);
  writer.key("scopes").begin_array();
  for (const auto& scope : key.spec.scopes) writer.value(scope);
  writer.end().key("addresses").begin_array();
  for (const auto& block : key.spec.allowed) writer.value(block.to_text());
  writer.end().member("created", unix_seconds(key.created_at));
  if (key.spec.expires_at) writer.member("expires", unix_seconds(*key.spec.expires_at));
  if (key.revoked_at) writer.member("revoked", unix_seconds(*key.revoked_at));
  if (key.old_secret_until && *key.old_secret_until > now) writer.member("old_secret_until", unix_seconds(*key.old_secret_until));
  writer.end();
}

/// The one answer that holds a key's clear text.
Result<std::string> issued(const keys::Keys& keys, const keys::IssuedKey& key, Instant now) {
  const auto info = TRY(keys.show(key.id));
  std::string out;
  json::Writer writer(out);
  writer.begin_object().member("secret", key.clear_text.reveal()).key("key");
  write_key(writer, info, now);
  writer.end();
  return out;
}

Result<std::string> one_key(const keys::KeyInfo& key, Instant now) {
  std::string out;
  json::Writer writer(out);
  write_key(writer, key, now);
  return out;
}

}  // namespace

const Administration::Operation Administration::operations[] = {
    {"keys.create", &Administration::create_key, true},
    {"keys.import", &Administration::import_keys, true},
    {"keys.list", &Administration::list_keys},
    {"keys.show", &Administration::show_key},
    {"keys.revoke", &Administration::revoke_key, true},
    {"keys.rotate", &Administration::rotate_key, true},
    {"usage", &Administration::show_usage},
    {"why", &Administration::explain},
    {"status", &Administration::show_status},
    {"routes", &Administration::show_routes},
    {"selftest", &Administration::run_selftest},
    {"keys.set", &Administration::change_key, true},
    {"contract.learned", &Administration::show_learned},
    {"contract.forget", &Administration::forget_learned, true},
    {"contract.shadow", &Administration::show_shadow},
    {"bans.list", &Administration::list_bans},
    {"bans.lift", &Administration::lift_ban, true},
    {"tokens.revoke", &Administration::revoke_tokens, true},
    {"tokens.list", &Administration::list_revocations},
    {"tokens.restore", &Administration::restore_tokens, true},
};

bool Administration::changes(std::string_view what) noexcept {
  return std::ranges::any_of(operations, [&](const Operation& operation) { return operation.name == what && operation.changes; });
}

Result<std::string> Administration::perform(std::string_view what, const json::Value& arguments, const audit::Actor& who) {
  for (const auto& operation : operations) {
    if (operation.name != what) continue;
    auto outcome = (this->*operation.perform)(arguments);
    if (operation.changes && services_.record) {
      auto act = act_of(what, arguments, outcome);
      act.who = who;
      services_.record(act);
    }
    return outcome;
  }
  return refuse(Fault::invalid, fmt::format("there is no operation '{}'", what));
}

Result<std::string> Administration::create_key(const json::Value& arguments) {
  CHECK_OK(take_only(arguments, {"name", "subject", "plan", "environment", "expires", "scopes", "addresses"}));
  auto spec = TRY(read_spec(arguments, services_.environment));
  spec.name = TRY(required_text(arguments, "name"));
  const auto key = TRY(services_.keys.create(spec));
  return issued(services_.keys, key, services_.clock.now());
}

Result<std::string> Administration::import_keys(const json::Value& arguments) {
  CHECK_OK(take_only(arguments, {"lines", "subject", "plan", "environment", "expires", "scopes", "addresses"}));
  const auto defaults = TRY(read_spec(arguments, services_.environment));
  const auto lines = arguments.string("lines");
  if (!lines) return wrong("lines", "a text");
  const auto imported = TRY(keys::parse_import(*lines, defaults));
  const auto ids = TRY(services_.keys.import(imported));
  std::string out;
  json::Writer(out).begin_object().member("imported", ids.size()).end();
  return out;
}

Result<std::string> Administration::list_keys(const json::Value& arguments) {
  CHECK_OK(take_only(arguments, {"all", "after", "limit"}));
  const auto all = arguments.get("all");
  const auto limit = arguments.get("limit");
  const std::size_t count = limit ? limit->natural().value_or(0) : 100;
  if (count < 1 || count > keys::key_page_max) return wrong("limit", fmt::format("a number from 1 to {}", keys::key_page_max));
  std::optional<keys::KeyId> after;
  if (arguments.get("after")) after = TRY(read_id(arguments, "after"));
  const bool ended_too = all && all->boolean().value_or(false);
  const auto page = TRY(services_.keys.list(after, count, ended_too ? keys::Listed::all : keys::Listed::active));
  const auto now = services_.clock.now();
  std::string out;
  json::Writer writer(out);
  writer.begin_object().key("keys").begin_array();
  for (const auto& key : page.keys) write_key(writer, key, now);
  writer.end();
  if (page.next) writer.member("more", page.next->text());
  writer.end();
  return out;
}

Result<std::string> Administration::show_key(const json::Value& arguments) {
  CHECK_OK(take_only(arguments, {"id"}));
  const auto id = TRY(read_id(arguments));
  return one_key(TRY(services_.keys.show(id)), services_.clock.now());
}

Result<std::string> Administration::revoke_key(const json::Value& arguments) {
  CHECK_OK(take_only(arguments, {"id"}));
  const auto id = TRY(read_id(arguments));
  CHECK_OK(services_.keys.revoke(id));
  return one_key(TRY(services_.keys.show(id)), services_.clock.now());
}

Result<std::string> Administration::rotate_key(const json::Value& arguments) {
  CHECK_OK(take_only(arguments, {"id", "overlap"}));
  const auto id = TRY(read_id(arguments));
  const auto overlap = arguments.get("overlap");
  const auto seconds = overlap ? overlap->integer().value_or(-1) : 0;
  if (seconds < 0 || seconds > overlap_seconds_max) return wrong("overlap", "a number of seconds, at most a year");
  const auto key = TRY(services_.keys.rotate(id, std::chrono::seconds(seconds)));
  return issued(services_.keys, key, services_.clock.now());
}

Result<std::string> Administration::change_key(const json::Value& arguments) {
  CHECK_OK(take_only(arguments, {"id", "plan", "expires", "scopes", "addresses"}));
  const auto id = TRY(read_id(arguments));
  keys::KeyChange change;
  if (arguments.get("plan")) change.plan = TRY(required_text(arguments, "plan"));
  if (const auto expires = arguments.get("expires")) change.expires_at = TRY(read_expiry(*expires));
  if (arguments.get("scopes")) change.scopes = TRY(texts(arguments, "scopes"));
  if (arguments.get("addresses")) change.allowed = TRY(read_blocks(arguments));
  if (!change.plan && !change.expires_at && !change.scopes && !change.allowed) return refuse(Fault::invalid, "nothing is to be changed");
  CHECK_OK(services_.keys.change(id, change));
  return one_key(TRY(services_.keys.show(id)), services_.clock.now());
}

Result<std::string> Administration::list_bans(const json::Value& arguments) {
  CHECK_OK(take_only(arguments, {}));
  if (!services_.bans) return refuse(Fault::unavailable, "bans are kept by the running server, and none runs on this data directory");
  return services_.bans();
}

Result<std::string> Administration::lift_ban(const json::Value& arguments) {
  CHECK_OK(take_only(arguments, {"who"}));
  const auto who = TRY(required_text(arguments, "who"));
  if (!services_.lift_ban) return refuse(Fault::unavailable, "bans are kept by the running server, and none runs on this data directory");
  return services_.lift_ban(who);
}

Result<std::string> Administration::show_usage(const json::Value& arguments) {
  CHECK_OK(take_only(arguments, {"from", "to", "key", "format"}));
  const auto from = keys::parse_day(TRY(required_text(arguments, "from"))), to = keys::parse_day(TRY(required_text(arguments, "to")));
  if (!from || !to || *from > *to) return wrong("from", "a day such as 2026-11-30, not later than 'to'");
  keys::UsageQuestion question{.first_day = *from, .last_day = *to, .key = {}};
  if (arguments.get("key")) question.key = TRY(read_id(arguments, "key"));
  const bool csv = arguments.string("format") == "csv";
  if (services_.fold_usage) CHECK_OK(services_.fold_usage());
  std::string rows;
  CHECK_OK(
      keys::export_usage(services_.store, question, csv ? keys::UsageFormat::csv : keys::UsageFormat::json, [&](std::string_view part) -> Result<> {
        if (rows.size() + part.size() > admin_bytes_max / 2)
          return refuse(Fault::exhausted, "this is too much for one answer; ask for fewer days or one key");
        rows += part;
        return {};
      }));
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  if (csv) {
    writer.member("csv", rows);
  } else {
    const auto document = TRY(json::parse(rows, admin_limits));  // written again, because an answer is one line
    writer.member("usage", document.root());
  }
  writer.end();
  return out;
}

Result<std::string> Administration::explain(const json::Value& arguments) {
  CHECK_OK(take_only(arguments, {"id"}));
  const auto id = TRY(required_text(arguments, "id"));
  if (!services_.why) return refuse(Fault::unavailable, "decisions are kept by the running server, and none runs on this data directory");
  return services_.why(id);
}

Result<std::string> Administration::show_status(const json::Value& arguments) {
  CHECK_OK(take_only(arguments, {}));
  if (!services_.status) return refuse(Fault::unavailable, "no server runs on this data directory");
  return services_.status();
}

Result<std::string> Administration::show_routes(const json::Value& arguments) {
  CHECK_OK(take_only(arguments, {}));
  if (!services_.routes) return refuse(Fault::unavailable, "no server runs on this data directory");
  return services_.routes();
}

Result<std::string> Administration::run_selftest(const json::Value& arguments) {
  CHECK_OK(take_only(arguments, {}));
  if (!services_.selftest) return refuse(Fault::unavailable, "no server runs on this data directory");
  return services_.selftest();
}

Result<std::string> Administration::show_learned(const json::Value& arguments) {
  if (!services_.learned) return refuse(Fault::unavailable, "nothing is learned here");
  const auto learned = TRY(services_.learned());
  auto answer = TRY(learned_answer(learned, arguments));
  if (answer.size() > admin_bytes_max / 2)
    return refuse(Fault::exhausted, "the document is too large to be handed over; --min-seen leaves out what is seldom called");
  return answer;
}

Result<std::string> Administration::show_shadow(const json::Value& arguments) {
  CHECK_OK(take_only(arguments, {}));
  if (!services_.shadow) return refuse(Fault::unavailable, "this is kept by the running server, and none runs on this data directory");
  return services_.shadow();
}

Result<std::string> Administration::forget_learned(const json::Value& arguments) {
  CHECK_OK(take_only(arguments, {}));
  if (!services_.forget_learned) return refuse(Fault::unavailable, "nothing is learned here");
  CHECK_OK(services_.forget_learned());
  return std::string(R"({"forgotten":true})");
}

}  // namespace gatehouse::main

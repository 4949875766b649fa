#include "app/main/admin/acts.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "app/main/admin/asked.hpp"
#include "app/main/admin/protocol.hpp"
#include "ground/json/writer.hpp"
#include "services/audit/json_line.hpp"

namespace gatehouse::main {
namespace {

/// A member of the protocol, and its name in the line.
struct Told {
  std::string_view member, name;
};

// Of a key, as an answer shows it; of one that was changed, and of what an import gives to each of its keys, what was asked for.
constexpr std::array told_of_key{Told{"id", "key"}, Told{"name", "name"}, Told{"subject", "subject"}};
constexpr std::array told_of_grant{Told{"plan", "plan"}, Told{"environment", "environment"}, Told{"scopes", "scopes"}, Told{"addresses", "addresses"},
                                   Told{"expires", "expires"}};
constexpr std::array told_of_revocation{Told{"id", "revocation"}, Told{"kind", "kind"},       Told{"issuer", "issuer"}, Told{"jti", "jti"},
                                        Told{"digest", "digest"}, Told{"subject", "subject"}, Told{"before", "before"}, Told{"until", "until"}};

constexpr std::int64_t seconds_of_times_max = 9'000'000'000;  // an Instant counts nanoseconds

std::string act_text(std::string_view name, const json::Value& value) {
  constexpr std::array<std::string_view, 3> times{"expires", "before", "until"};
  if (std::ranges::find(times, name) != times.end()) {
    if (value.is_null()) return "never";
    if (const auto seconds = value.integer(); seconds && *seconds >= 0 && *seconds <= seconds_of_times_max) {
      std::array<char, audit::timestamp_length> text;
      audit::write_timestamp(Instant(std::chrono::seconds(*seconds)), text.data());
      return {text.data(), text.size()};
    }
  }
  if (const auto text = value.string()) return std::string(*text);
  if (!value.is_array()) return value.is_object() ? std::string() : json::to_json(value);
  std::string all;
  for (const auto item : value.elements()) all += (all.empty() ? "" : " ") + std::string(item.string().value_or(""));
  return all.empty() ? std::string("none") : all;
}

void tell(audit::Act& act, const json::Value& object, std::span<const Told> members) {
  for (const auto& [member, name] : members) {
    const auto value = object.get(member);
    if (!value) continue;
    if (std::ranges::find(act.about, name, [](const auto& one) { return one.first; }) != act.about.end()) continue;
    if (auto text = act_text(member, *value); !text.empty()) act.about.emplace_back(name, std::move(text));
  }
}

/// The key that was asked for, by its id. What names none may be a secret.
void tell_id(audit::Act& act, const json::Value& arguments) {
  const auto asked = arguments.string("id");
  if (!asked || std::ranges::find(act.about, "key", [](const auto& one) { return one.first; }) != act.about.end()) return;
  if (const auto id = key_named(*asked)) act.about.emplace_back("key", std::string(id->text()));
}

void tell_key(audit::Act& act, const json::Value& arguments, const std::optional<json::Value>& answer) {
  const auto inner = answer ? answer->get("key") : std::nullopt;  // with a new secret beside it, which is none of ours
  if (inner) tell(act, *inner, told_of_key);
  else if (answer) tell(act, *answer, told_of_key);
  tell_id(act, arguments);
  tell(act, arguments, std::span(told_of_key).subspan(1));
  if (act.what == "keys.create" && inner) tell(act, *inner, told_of_grant);
  else tell(act, arguments, told_of_grant);
  constexpr std::array overlap{Told{"overlap", "overlap"}};
  tell(act, arguments, overlap);
  constexpr std::array count{Told{"imported", "count"}};
  if (act.what == "keys.import" && answer) tell(act, *answer, count);
}

}  // namespace

audit::Act act_of(std::string_view operation, const json::Value& arguments, const Result<std::string>& outcome) {
  audit::Act act{.what = std::string(operation)};
  if (!outcome) {
    act.outcome = audit::outcome_of(outcome.error().fault);
    act.error = to_text(outcome.error());
  }
  const auto document = outcome ? json::parse(*outcome, admin_limits) : Result<json::Document>(refuse(Fault::not_found, {}));
  const auto answer = document ? std::optional(document->root()) : std::nullopt;
  if (operation.starts_with("keys.")) {
    tell_key(act, arguments, answer);
  } else if (operation.starts_with("tokens.")) {
    if (answer) tell(act, *answer, told_of_revocation);
    else tell(act, arguments, told_of_revocation);
  } else if (operation.starts_with("bans.")) {
    constexpr std::array who{Told{"lifted", "who"}, Told{"who", "who"}};
    if (answer) tell(act, *answer, who);
    tell(act, arguments, who);
  }
  return act;
}

}  // namespace gatehouse::main

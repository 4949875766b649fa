#include "doors/gateway/redact_options.hpp"

#include <algorithm>
#include <utility>

#include "ground/settings/block.hpp"
#include "ground/settings/value.hpp"

namespace gatehouse::gateway {

using redaction::LeakAction;

redaction::LeakActions LeakOptions::actions() const noexcept {
  redaction::LeakActions out{};
  using enum redaction::LeakGroup;
  for (const auto& [group, action] : {std::pair{stack_trace, stack_traces}, {sql_error, sql_errors}, {secret, secrets}, {token, tokens}})
    out[static_cast<std::size_t>(group)] = action;
  return out;
}

bool LeakOptions::has(LeakAction action) const noexcept { return std::ranges::count(actions(), action) > 0; }

namespace redact_options {
namespace {
settings::TypeOf<LeakOptions> leak_settings() {
  const auto action =
      settings::words<LeakAction>({{"refuse", LeakAction::refuse, "the caller gets 502 instead; of an answer that streams the rest is broken off"},
                                   {"mask", LeakAction::mask, "its letters and digits become stars"},
                                   {"log", LeakAction::log, "it passes, is counted and told in the log"},
                                   {"off", LeakAction::off, "it is not looked for"}});
  settings::TypeOf<LeakOptions> block =
      settings::Block<LeakOptions>("leaks",
                                   "What becomes of texts that no answer should show, known by their form. They are told by their name alone.")
          .field("stack_traces", &LeakOptions::stack_traces, action, "Frames of Java, Python, .NET, Node, PHP, Go, Ruby and Rust.", "refuse")
          .field("sql_errors", &LeakOptions::sql_errors, action,
                 "Errors of MySQL, PostgreSQL, Oracle, SQL Server, SQLite, DB2 and of libraries for them.", "refuse")
          .field("secrets", &LeakOptions::secrets, action,
                 "Private keys, API keys of this gate, keys and tokens of clouds and well-known services, passwords in URLs of databases.", "mask")
          .field("tokens", &LeakOptions::tokens, action, "JSON Web Tokens: not for routes that are there to give them out.", "log");
  const auto word = [&](std::string_view name, LeakAction meaning, std::string_view purpose) {
    block = settings::or_word(std::move(block), name, LeakOptions{.stack_traces = meaning, .sql_errors = meaning, .secrets = meaning}, purpose);
  };
  word("refuse", LeakAction::refuse, "all but tokens are refused");
  word("mask", LeakAction::mask, "all but tokens are masked");
  word("log", LeakAction::log, "all but tokens are told");
  word("off", LeakAction::off, "nothing is looked for");
  return block;
}
}  // namespace
}  // namespace redact_options

settings::TypeOf<RedactOptions> redact_settings() {
  using redaction::Action;
  constexpr std::size_t fields_max = 256;
  const auto action = settings::words<Action>(
      {{"remove", Action::remove, "it is not there"},
       {"mask", Action::mask, "a constant of its type stands there: \"***\", 0, false, {} or []; null stays"},
       {"last_four", Action::last_four, "as `mask`, but a text of at least eight characters keeps its last four: \"***1111\""}});
  const auto kind = settings::words<redaction::NumberKind>(
      {{"card", redaction::NumberKind::card, "payment cards of the known networks whose check digit is right"},
       {"iban", redaction::NumberKind::iban, "bank accounts of the length of their country whose check digits are right"}});
  return settings::Block<RedactOptions>("redact", "What of answers is taken out or masked, whoever asks and whatever a contract says of it.")
      .field("fields", &RedactOptions::fields, settings::map_of(action, settings::Names::any, fields_max),
             "Members of JSON: a JSON Pointer with `*` for any member or element, or a name for all members of that name.",
             "{ \"/patients/*/ssn\": remove, card_number: last_four }")
      .field("numbers", &RedactOptions::numbers, settings::list_of(kind, 1),
             "Numbers that are masked but for their last four characters, wherever they stand in JSON, XML, HTML or any other text.", "[card, iban]")
      .field("leaks", &RedactOptions::leaks, redact_options::leak_settings(),
             "What becomes of stack traces, errors of databases and secrets in an answer.", "refuse")
      .check({.values = {"fields"}}, [](settings::Reader& reader, const settings::Node& node, const RedactOptions& options) {
        bool right = true;
        for (const auto& [path, what] : options.fields)
          if (const auto wrong = redaction::wrong_path(path); !wrong.empty()) {
            reader.note_in(node, "fields", std::string("'").append(path).append("' ").append(wrong));
            right = false;
          }
        if (!right) return;
        if (const auto made = field_rules_of(options); !made) reader.note_in(node, "fields", made.error().told);
      });
}

Result<std::shared_ptr<const redaction::FieldRules>> field_rules_of(const RedactOptions& options) {
  if (options.fields.empty()) return std::shared_ptr<const redaction::FieldRules>();
  std::vector<redaction::FieldPattern> patterns;
  for (const auto& [path, action] : options.fields) patterns.push_back({path, action});
  return std::make_shared<const redaction::FieldRules>(TRY(redaction::compile(patterns)));
}

}  // namespace gatehouse::gateway

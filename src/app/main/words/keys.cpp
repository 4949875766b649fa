// The words about API keys. Each makes a JSON object of its options and asks whoever holds the store.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/main/admin/asked.hpp"
#include "app/main/admin/protocol.hpp"
#include "app/main/words/answer.hpp"
#include "app/main/words/input.hpp"
#include "app/main/words/time_text.hpp"
#include "app/main/words/words.hpp"
#include "ground/base/text.hpp"
#include "ground/json/writer.hpp"
#include "services/keys/key_spec.hpp"

namespace gatehouse::main {
namespace {

constexpr std::size_t import_bytes_max = 48U << 20U;  // fits in one request with its JSON around it, but for one that is full of characters to escape
constexpr std::string_view how_to_import_more = "; split it: each part is taken as a whole or not at all";

void write_texts(json::Writer& writer, std::string_view name, const std::vector<std::string_view>& texts) {
  if (texts.empty()) return;
  writer.key(name).begin_array();
  for (const auto text : texts) writer.value(text);
  writer.end();
}

/// Whether a key could be made of these values, which the command line alone shows: what nobody has to be asked, nobody is asked.
Result<> check_form(const Arguments& arguments, std::string_view name, std::optional<Instant> expires, Instant now) {
  keys::KeySpec spec{.name = std::string(name)};
  spec.subject = arguments.value("--subject").value_or("");
  spec.plan = arguments.value("--plan").value_or(spec.plan);
  for (const auto scope : arguments.values("--scope")) spec.scopes.emplace_back(scope);
  for (const auto address : arguments.values("--address")) spec.allowed.push_back(TRY(read_block(address)));
  spec.expires_at = expires;
  (void)TRY(keys::canonical(spec, now));
  return {};
}

/// The options that `create`, `import` and `set` share. `key_name`: of the new key, where the word says one.
Result<> write_key_options(json::Writer& writer, const Arguments& arguments, std::string_view key_name = "a name") {
  const auto now = SystemClock().now();
  for (const auto& [option, name] : {std::pair{"--plan", "plan"}, {"--environment", "environment"}, {"--subject", "subject"}}) {
    if (const auto value = arguments.value(option)) writer.member(name, *value);
  }
  std::optional<Instant> expires;
  if (const auto when = arguments.value("--expires"); when && *when == "never") {
    writer.key("expires").value(nullptr);
  } else if (when) {
    const auto instant = parse_when(*when, now);
    if (!instant) return refuse(Fault::invalid, fmt::format("--expires: '{}' is no time; write 2027-01-31, 2027-01-31T12:00:00Z or 90d", *when));
    if (*instant <= now) return refuse(Fault::invalid, "--expires: that time has passed");
    writer.member("expires", unix_seconds(*instant));
    expires = instant;
  }
  write_texts(writer, "scopes", arguments.values("--scope"));
  write_texts(writer, "addresses", arguments.values("--address"));
  return check_form(arguments, key_name, expires, now);
}

std::string time_member(const json::Value& object, std::string_view name) {
  const auto member = object.get(name);
  const auto seconds = member ? member->integer() : std::nullopt;
  return seconds ? to_text(Instant(std::chrono::seconds(*seconds))) : std::string("-");
}

std::string text_member(const json::Value& object, std::string_view name) { return std::string(object.string(name).value_or("-")); }

/// A new key with what its holder must know, the key itself first: it is never shown again.
std::string show_new_key(const json::Value& answer, const Terminal& terminal) {
  std::string out = fmt::format("{}\n", terminal.bold(answer.string("secret").value_or("")));
  out += "This key is shown only now.\n\n";
  if (const auto key = answer.get("key")) out += show_object(*key, terminal);
  return out;
}

std::string show_keys(const json::Value& answer, const Terminal& terminal) {
  constexpr std::array<std::string_view, 6> heading{"ID", "NAME", "PLAN", "STATE", "CREATED", "EXPIRES"};
  std::vector<std::vector<std::string>> rows;
  const auto keys = answer.get("keys");
  if (!keys) return {};
  for (const auto key : keys->elements()) {
    rows.push_back({text_member(key, "id"), text_member(key, "name"), text_member(key, "plan"), text_member(key, "state"),
                    time_member(key, "created"), time_member(key, "expires")});
  }
  auto out = terminal.table(heading, rows);
  if (const auto more = answer.string("more")) out += fmt::format("there are more: gatehouse keys list --after {}\n", printable(*more));
  return out;
}

ExitCode run_on_id(const Arguments& arguments, Terminal& terminal, std::string_view what) {
  const auto id = key_named(*arguments.operand(0));  // here: of a whole key the secret goes no further
  if (!id) return terminal.misuse(id.error());
  std::string request;
  json::Writer(request).begin_object().member("id", id->text()).end();
  return ask_and_show(arguments, terminal, what, request, show_object);
}

}  // namespace

ExitCode run_keys_create(const Arguments& arguments, Terminal& terminal) {
  std::string request;
  json::Writer writer(request);
  const auto name = *arguments.operand(0);
  writer.begin_object().member("name", name);
  if (const auto written = write_key_options(writer, arguments, name); !written) return terminal.misuse(written.error());
  writer.end();
  return ask_and_show(arguments, terminal, "keys.create", request, show_new_key);
}

ExitCode run_keys_set(const Arguments& arguments, Terminal& terminal) {
  constexpr std::array changing{"--plan", "--scope", "--no-scopes", "--address", "--no-addresses", "--expires"};
  if (std::ranges::none_of(changing, [&](const char* option) { return arguments.has(option); }))
    return terminal.misuse(refuse(Fault::invalid, "nothing is to be changed; `gatehouse keys set --help` lists what can be"));
  std::string request;
  json::Writer writer(request);
  writer.begin_object();
  if (const auto written = write_key_options(writer, arguments); !written) return terminal.misuse(written.error());
  for (const auto& [none, some, name] : {std::tuple{"--no-scopes", "--scope", "scopes"}, {"--no-addresses", "--address", "addresses"}}) {
    if (!arguments.has(none)) continue;
    if (!arguments.values(some).empty()) return terminal.misuse(refuse(Fault::invalid, fmt::format("{} and {} exclude each other", none, some)));
    writer.key(name).begin_array().end();
  }
  const auto id = key_named(*arguments.operand(0));
  if (!id) return terminal.misuse(id.error());
  writer.member("id", id->text()).end();
  return ask_and_show(arguments, terminal, "keys.set", request, show_object);
}

ExitCode run_keys_import(const Arguments& arguments, Terminal& terminal) {
  std::string request;
  json::Writer writer(request);
  writer.begin_object();
  if (const auto written = write_key_options(writer, arguments); !written) return terminal.misuse(written.error());
  const auto content = read_input(*arguments.operand(0), import_bytes_max, how_to_import_more);
  if (!content) return terminal.fail(content.error());
  writer.member("lines", *content).end();
  constexpr std::size_t around_it = 4096;  // of the request, with a credential
  if (request.size() > admin_request_bytes_max - around_it)
    return terminal.fail(refuse(Fault::invalid, fmt::format("{} is too large for one request{}", *arguments.operand(0), how_to_import_more)));
  const auto from = *arguments.operand(0) == "-" ? std::string("standard input") : printable(*arguments.operand(0));
  const auto doing = fmt::format("importing {}, {} lines", from, std::ranges::count(*content, '\n'));
  return ask_and_show(arguments, terminal, "keys.import", request, show_object, doing);
}

ExitCode run_keys_list(const Arguments& arguments, Terminal& terminal) {
  std::string request;
  json::Writer writer(request);
  writer.begin_object().member("all", arguments.has("--all"));
  if (const auto after = arguments.value("--after")) {
    const auto id = key_named(*after);
    if (!id) return terminal.misuse(id.error());
    writer.member("after", id->text());
  }
  if (const auto limit = arguments.value("--limit")) {
    const auto number = text::parse_number<std::uint32_t>(*limit);
    if (!number || *number < 1 || *number > keys::key_page_max)
      return terminal.misuse(refuse(Fault::invalid, fmt::format("--limit is a number from 1 to {}", keys::key_page_max)));
    writer.member("limit", *number);
  }
  writer.end();
  return ask_and_show(arguments, terminal, "keys.list", request, show_keys);
}

ExitCode run_keys_show(const Arguments& arguments, Terminal& terminal) { return run_on_id(arguments, terminal, "keys.show"); }
ExitCode run_keys_revoke(const Arguments& arguments, Terminal& terminal) { return run_on_id(arguments, terminal, "keys.revoke"); }

ExitCode run_keys_rotate(const Arguments& arguments, Terminal& terminal) {
  const auto overlap = parse_span(arguments.value("--overlap").value_or("0s"));
  if (!overlap) return terminal.misuse(refuse(Fault::invalid, "--overlap is a duration such as 30m, 24h or 7d"));
  const auto id = key_named(*arguments.operand(0));
  if (!id) return terminal.misuse(id.error());
  std::string request;
  json::Writer(request).begin_object().member("id", id->text()).member("overlap", overlap->count()).end();
  return ask_and_show(arguments, terminal, "keys.rotate", request, show_new_key);
}

}  // namespace gatehouse::main

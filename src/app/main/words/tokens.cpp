// The words about tokens that are taken back before they expire. A token itself is read from a file or standard input and never shown.
#include <fmt/format.h>

#include <array>
#include <optional>

#include "app/main/words/answer.hpp"
#include "app/main/words/input.hpp"
#include "app/main/words/time_text.hpp"
#include "app/main/words/words.hpp"
#include "engines/token/jws.hpp"
#include "ground/base/text.hpp"
#include "ground/json/writer.hpp"
#include "services/keys/key_format.hpp"

namespace gatehouse::main {
namespace tokens {  // the names below belong to this file
namespace {

/// The token of --token, without the white space around it. No message repeats anything of it, nor the name of the file: it may be the token.
Result<std::string> read_token(std::string_view path) {
  const auto content = read_input(path, 2 * token::compact_bytes_max);
  if (!content)
    return refuse(content.error().fault,
                  "--token: that file cannot be read; name a file with one token in it, or - for standard input, never the token itself");
  constexpr std::string_view space = " \t\r\n";
  const auto first = content->find_first_not_of(space);
  if (first == std::string::npos) return refuse(Fault::invalid, "--token: there is no token");
  auto text = content->substr(first, content->find_last_not_of(space) - first + 1);
  if (text.starts_with(keys::key_prefix)) return refuse(Fault::invalid, "--token: that is an API key; `gatehouse keys revoke ID` ends it");
  return text;
}

Result<> write_time(json::Writer& writer, const Arguments& arguments, std::string_view option, std::string_view name) {
  const auto when = arguments.value(option);
  if (!when) return {};
  const auto instant = parse_when(*when, SystemClock().now());
  if (!instant) return refuse(Fault::invalid, fmt::format("{}: '{}' is no time; write 2027-01-31, 2027-01-31T12:00:00Z or 90d", option, *when));
  writer.member(name, unix_seconds(*instant));
  return {};
}

/// Exactly one thing is revoked, and what is said of it fits it.
Result<> check_choice(const Arguments& arguments) {
  const auto given = [&](std::string_view option) { return int{arguments.has(option)}; };
  if (given("--token") + given("--jti") + given("--subject") + given("--all") != 1)
    return refuse(Fault::invalid, "one of these says what is revoked: --token, --jti, --subject, --all");
  if (arguments.has("--token")) {
    for (const auto* const option : {"--issuer", "--before", "--until"})
      if (arguments.has(option)) return refuse(Fault::invalid, fmt::format("{} is not for --token: the token says it", option));
    return {};
  }
  if (!arguments.has("--issuer"))
    return refuse(Fault::invalid, "--issuer is missing: a jti and a subject mean something only together with their issuer");
  if (arguments.has("--jti") && arguments.has("--before")) return refuse(Fault::invalid, "--before is for --subject and --all");
  return {};
}

/// `token`: what --token named, if it was given.
Result<std::string> revoke_request(const Arguments& arguments, const std::optional<std::string>& token) {
  std::string request;
  json::Writer writer(request);
  writer.begin_object();
  if (token) writer.member("token", *token);
  for (const auto& [option, name] : {std::pair{"--issuer", "issuer"}, {"--jti", "jti"}, {"--subject", "subject"}}) {
    const auto value = arguments.value(option);
    if (!value) continue;
    if (!text::is_utf8(*value)) return refuse(Fault::invalid, fmt::format("{} is not UTF-8", option));
    writer.member(name, *value);
  }
  if (arguments.has("--all")) writer.member("all", true);
  CHECK_OK(write_time(writer, arguments, "--before", "before"));
  CHECK_OK(write_time(writer, arguments, "--until", "until"));
  writer.end();
  return request;
}

std::string text_of(const json::Value& object, std::string_view name) { return std::string(object.string(name).value_or("")); }

std::string time_of(const json::Value& object, std::string_view name) {
  const auto member = object.get(name);
  const auto seconds = member ? member->integer() : std::nullopt;
  return seconds ? to_text(Instant(std::chrono::seconds(*seconds))) : std::string("-");
}

std::string show_revocations(const json::Value& answer, const Terminal& terminal) {
  constexpr std::array<std::string_view, 7> heading{"ID", "KIND", "ISSUER", "WHAT", "BEFORE", "REVOKED", "UNTIL"};
  std::vector<std::vector<std::string>> rows;
  const auto all = answer.get("revocations");
  if (!all) return {};
  for (const auto each : all->elements()) {
    auto what = text_of(each, "jti") + text_of(each, "subject") + text_of(each, "digest");
    rows.push_back({text_of(each, "id"), text_of(each, "kind"), text_of(each, "issuer"), what.empty() ? "all" : std::move(what),
                    time_of(each, "before"), time_of(each, "revoked"), time_of(each, "until")});
  }
  auto out = terminal.table(heading, rows);
  if (const auto more = answer.string("more")) out += fmt::format("there are more: gatehouse tokens list --after {}\n", printable(*more));
  return out;
}

}  // namespace
}  // namespace tokens

ExitCode run_tokens_revoke(const Arguments& arguments, Terminal& terminal) {
  if (const auto fits = tokens::check_choice(arguments); !fits) return terminal.misuse(fits.error());
  std::optional<std::string> token;
  if (const auto path = arguments.value("--token")) {
    auto read = tokens::read_token(*path);
    if (!read) return terminal.fail(read.error());
    token = std::move(*read);
  }
  const auto request = tokens::revoke_request(arguments, token);
  if (!request) return terminal.misuse(request.error());
  return ask_and_show(arguments, terminal, "tokens.revoke", *request, show_object);
}

ExitCode run_tokens_list(const Arguments& arguments, Terminal& terminal) {
  std::string request;
  json::Writer writer(request);
  writer.begin_object();
  if (const auto issuer = arguments.value("--issuer")) writer.member("issuer", *issuer);
  if (const auto after = arguments.value("--after")) writer.member("after", *after);
  if (const auto limit = arguments.value("--limit")) {
    const auto number = text::parse_number<std::uint32_t>(*limit);
    if (!number || *number < 1 || *number > 1000) return terminal.misuse(refuse(Fault::invalid, "--limit is a number from 1 to 1000"));
    writer.member("limit", *number);
  }
  writer.end();
  return ask_and_show(arguments, terminal, "tokens.list", request, tokens::show_revocations);
}

ExitCode run_tokens_restore(const Arguments& arguments, Terminal& terminal) {
  std::string request;
  json::Writer(request).begin_object().member("id", *arguments.operand(0)).end();
  return ask_and_show(arguments, terminal, "tokens.restore", request, show_object);
}

}  // namespace gatehouse::main

// `gatehouse contract learn`: a document proposed from what the gate has watched, or what an existing one does not describe of it.
#include <fmt/format.h>

#include <array>

#include "app/main/place/file.hpp"
#include "app/main/words/answer.hpp"
#include "app/main/words/contract_file.hpp"
#include "app/main/words/time_text.hpp"
#include "app/main/words/words.hpp"
#include "ground/base/text.hpp"
#include "ground/http/path.hpp"
#include "ground/json/writer.hpp"

namespace gatehouse::main {

namespace contract_learn {
namespace {

/// A path of a contract, taken apart: what is no plain text is a value.
void write_described(json::Writer& writer, const contract::OperationRules& operation, const std::string& base) {
  Arena memory;
  writer.begin_object().member("method", operation.method_token()).member("path", base + operation.path()).key("segments").begin_array();
  if (!base.empty())
    for (const auto segment : text::split(std::string_view(base).substr(1), '/')) writer.value(http::NormalPath::decode(segment, memory));
  for (const auto& segment : operation.path_template().segments())
    if (!segment.is_literal()) writer.value(nullptr);
    else writer.value(segment.pieces.empty() ? std::string_view{} : http::NormalPath::decode(segment.pieces[0].literal, memory));
  writer.end().end();
}

void write_against(json::Writer& writer, const contract::Contract& contract) {
  writer.key("against").begin_array();
  for (const auto& operation : contract.operations())
    for (const auto& base : operation.base_paths().empty() ? contract.base_paths() : operation.base_paths()) write_described(writer, operation, base);
  writer.end();
}

std::string time_of(const json::Value& object, std::string_view name) {
  const auto seconds = object.get(name);
  return to_text(Instant(std::chrono::seconds(seconds ? seconds->integer().value_or(0) : 0)));
}

std::string show_difference(const json::Value& answer, const Terminal& terminal) {
  constexpr std::array<std::string_view, 5> heading{"", "OPERATION", "SEEN", "STATUSES", "LAST"};
  std::vector<std::vector<std::string>> rows;
  const auto operation = [](const json::Value& value) {
    return std::string(value.string("method").value_or("")) + ' ' + std::string(value.string("path").value_or(""));
  };
  std::size_t shadow = 0, zombie = 0;
  if (const auto all = answer.get("shadow")) {
    shadow = all->size();
    for (const auto each : all->elements()) {
      std::string statuses;
      if (const auto list = each.get("statuses"))
        for (const auto status : list->elements()) statuses += (statuses.empty() ? "" : " ") + std::to_string(status.natural().value_or(0));
      const auto seen = each.get("seen");
      rows.push_back({"shadow", operation(each), std::to_string(seen ? seen->natural().value_or(0) : 0), statuses, time_of(each, "last")});
    }
  }
  if (const auto all = answer.get("zombie")) {
    zombie = all->size();
    for (const auto each : all->elements()) rows.push_back({"zombie", operation(each), "0", "-", "-"});
  }
  std::string out = rows.empty() ? std::string{} : terminal.table(heading, rows);
  const auto since = answer.get("since") ? "since " + time_of(answer, "since") : std::string("and nothing was learned yet");
  return out + fmt::format("{} called and not described (shadow), {} described and never called (zombie), {}\n", shadow, zombie, since);
}

/// What the reader of a proposal should know of how it came about.
void tell_counts(const json::Value& answer, const Terminal& terminal) {
  const auto count = [&](std::string_view name) {
    const auto counts = answer.get("counts");
    const auto one = counts ? counts->get(name) : std::nullopt;
    return one ? one->natural().value_or(0) : 0;
  };
  const auto operations = answer.get("operations");
  terminal.note(fmt::format("{} operations from {} exchanges{}", operations ? operations->natural().value_or(0) : 0, count("taken"),
                            answer.get("since") ? " since " + time_of(answer, "since") : std::string{}));
  if (const auto none = count("undescribable") + count("unreadable"); none > 0)
    terminal.note(fmt::format("{} passed that no contract would take: what they ask is not in the document", none));
  if (const auto full = count("full"); full > 0) terminal.note(fmt::format("{} were not looked at: there is no room for more", full));
}

ExitCode show(const Arguments& arguments, Terminal& terminal, const std::string& text) {
  const auto document = json::parse(text, {.bytes = text.size(), .depth = 16, .members = 200'000, .string_bytes = text.size()});
  if (!document) return terminal.fail(document.error());
  const auto answer = document->root();
  const auto yaml = answer.string("document").value_or("");
  const auto output = arguments.value("--output");
  if (output) {
    const auto written = write_file(std::string(*output), yaml, 0600, arguments.has("--force") ? Replace::yes : Replace::no);
    if (!written && written.error().fault == Fault::conflict)
      return terminal.fail(refuse(Fault::conflict, std::string(*output) + " exists; --force replaces it"));
    if (!written) return terminal.fail(written.error());
  }
  if (terminal.json) {
    terminal.line(text);
    return ExitCode::done;
  }
  tell_counts(answer, terminal);
  if (arguments.has("--against")) terminal.print(show_difference(answer, terminal));
  else if (!output) terminal.print(yaml);
  return ExitCode::done;
}

}  // namespace
}  // namespace contract_learn

ExitCode run_contract_learn(const Arguments& arguments, Terminal& terminal) {
  if (arguments.has("--forget")) return ask_and_show(arguments, terminal, "contract.forget", "{}", show_object);
  std::string request;
  json::Writer writer(request);
  writer.begin_object();
  if (const auto seen = arguments.value("--min-seen")) {
    const auto number = text::parse_number<std::uint64_t>(*seen);
    if (!number || *number == 0) return terminal.misuse(refuse(Fault::invalid, "--min-seen takes a number, at least 1"));
    writer.member("min_seen", *number);
  }
  if (const auto against = arguments.value("--against")) {
    const auto file = ContractFile::open(std::string(*against));
    if (!file) return terminal.fail(file.error());
    if ((*file)->contract() == nullptr) {
      terminal.note((*file)->errors_text(false));
      return terminal.fail(refuse(Fault::invalid, std::string(*against) + " does not compile; nothing was compared"));
    }
    contract_learn::write_against(writer, *(*file)->contract());
  }
  writer.end();
  const auto answer = ask(arguments, "contract.learned", request);
  if (!answer) return terminal.fail(answer.error());
  return contract_learn::show(arguments, terminal, *answer);
}

}  // namespace gatehouse::main

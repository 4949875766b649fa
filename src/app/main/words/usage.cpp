// `gatehouse usage`: requests by day, key, route and feature, as a table, as CSV or as JSON.
#include <fmt/format.h>

#include "app/main/admin/asked.hpp"
#include "app/main/words/answer.hpp"
#include "app/main/words/time_text.hpp"
#include "app/main/words/words.hpp"
#include "ground/json/writer.hpp"
#include "services/keys/usage_export.hpp"

namespace gatehouse::main {
namespace {

constexpr std::array<std::string_view, 6> columns_of_usage{"day", "key", "name", "route", "feature", "requests"};

std::vector<std::string> usage_row(const json::Value& row) {
  std::vector<std::string> cells;
  for (const auto column : columns_of_usage) {
    const auto cell = row.get(column);
    cells.emplace_back(!cell ? std::string() : cell->string() ? std::string(*cell->string()) : json::to_json(*cell));
  }
  return cells;
}

std::string usage_table(const json::Value& answer, const Terminal& terminal) {
  constexpr std::array<std::string_view, 6> heading{"DAY", "KEY", "NAME", "ROUTE", "FEATURE", "REQUESTS"};
  std::vector<std::vector<std::string>> rows;
  if (const auto usage = answer.get("usage")) {
    for (const auto row : usage->elements()) rows.push_back(usage_row(row));
  }
  return terminal.table(heading, rows);
}

}  // namespace

ExitCode run_usage(const Arguments& arguments, Terminal& terminal) {
  if (terminal.json && arguments.has("--csv")) return terminal.misuse(refuse(Fault::invalid, "--csv or --json: an answer has one form"));
  const auto now = SystemClock().now();
  const auto today = to_text(now).substr(0, 10);
  const auto from = arguments.value("--from").value_or("");
  const auto to = arguments.value("--to").value_or(today);
  const auto first = from.empty() ? today.substr(0, 8) + "01" : std::string(from);
  if (!keys::parse_day(first)) return terminal.misuse(refuse(Fault::invalid, "--from is a day such as 2026-11-01"));
  if (!keys::parse_day(to)) return terminal.misuse(refuse(Fault::invalid, "--to is a day such as 2026-11-30"));
  if (first > to) return terminal.misuse(refuse(Fault::invalid, "--from is later than --to"));
  std::string request;
  json::Writer writer(request);
  writer.begin_object().member("from", first).member("to", to);
  if (const auto given = arguments.value("--key")) {
    const auto key = key_named(*given);
    if (!key) return terminal.misuse(key.error());
    writer.member("key", key->text());
  }
  if (arguments.has("--csv")) writer.member("format", "csv");
  writer.end();
  return ask_and_show(arguments, terminal, "usage", request, [](const json::Value& answer, const Terminal& t) {
    const auto csv = answer.string("csv");
    return csv ? std::string(*csv) : usage_table(answer, t);
  });
}

}  // namespace gatehouse::main

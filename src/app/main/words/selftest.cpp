// `gatehouse selftest`: the running gate is asked to attack a copy of itself; here its answer becomes a table and an exit code.
#include <fmt/format.h>

#include <array>

#include "app/main/words/answer.hpp"
#include "app/main/words/words.hpp"

namespace gatehouse::main {
namespace {

struct Counts {
  std::size_t all = 0, wrong = 0, unjudged = 0;
};

Counts count(const json::Value& cases) {
  Counts counts;
  for (const auto one : cases.elements()) {
    ++counts.all;
    if (one.string("verdict") == "wrong") ++counts.wrong;
    else if (one.string("verdict") != "ok") ++counts.unjudged;
  }
  return counts;
}

std::string_view shown(std::string_view verdict) noexcept {
  if (verdict == "ok") return "ok";
  return verdict == "wrong" ? "WRONG" : "cannot be judged";
}

void show(const json::Value& cases, const Counts& counts, const Terminal& terminal) {
  constexpr std::array<std::string_view, 5> heading{"ROUTE", "REQUEST", "WANTED", "GOT", ""};
  std::vector<std::vector<std::string>> rows;
  const auto text = [](const json::Value& one, std::string_view name) { return std::string(one.string(name).value_or("")); };
  for (const auto one : cases.elements())
    rows.push_back({printable(text(one, "route")), printable(text(one, "name")), text(one, "wanted"), text(one, "got"),
                    std::string(shown(text(one, "verdict")))});
  terminal.print(terminal.table(heading, rows));
  if (counts.wrong != 0) terminal.line(terminal.red(fmt::format("{} of {} not as wanted", counts.wrong, counts.all)));
  if (counts.unjudged != 0) terminal.line(terminal.red(fmt::format("{} of {} cannot be judged: no answer came", counts.unjudged, counts.all)));
  if (counts.wrong + counts.unjudged == 0) terminal.line(terminal.green(fmt::format("all {} as wanted", counts.all)));
}

}  // namespace

ExitCode run_selftest(const Arguments& arguments, Terminal& terminal) {
  const auto answer = ask(arguments, "selftest", "{}");
  if (!answer) return terminal.fail(answer.error());
  const auto document = json::parse(*answer);
  if (!document) return terminal.fail(document.error());
  const auto cases = document->root().get("cases");
  if (!cases) return terminal.fail(fail(Fault::internal, "the server does not say what it tried"));
  const auto counts = count(*cases);
  if (terminal.json) terminal.line(*answer);
  else show(*cases, counts, terminal);
  if (counts.wrong != 0) return ExitCode::failed;
  return counts.unjudged != 0 || counts.all == 0 ? ExitCode::unavailable : ExitCode::done;
}

}  // namespace gatehouse::main

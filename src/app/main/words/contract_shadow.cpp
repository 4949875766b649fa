// `gatehouse contract shadow`: what shadow mode let pass and enforcing would refuse, by operation and violation.
#include <fmt/format.h>

#include <array>

#include "app/main/words/answer.hpp"
#include "app/main/words/time_text.hpp"
#include "app/main/words/words.hpp"

namespace gatehouse::main {

namespace contract_shadow {
namespace {

std::string show(const json::Value& answer, const Terminal& terminal) {
  constexpr std::array<std::string_view, 6> heading{"TIMES", "OPERATION", "WOULD BE", "WHERE", "WHAT", "LAST"};
  std::vector<std::vector<std::string>> rows;
  const auto text = [](const json::Value& row, std::string_view name) { return std::string(row.string(name).value_or("")); };
  const auto number = [](const json::Value& row, std::string_view name) {
    const auto member = row.get(name);
    return member ? member->natural().value_or(0) : 0;
  };
  if (const auto all = answer.get("rows")) {
    for (const auto row : all->elements()) {
      const auto at = text(row, "at");
      rows.push_back({std::to_string(number(row, "times")), text(row, "route"), fmt::format("{} {}", text(row, "direction"), number(row, "status")),
                      text(row, "in") + (at.empty() ? "" : ' ' + at), fmt::format("{} ({})", text(row, "detail"), text(row, "contract")),
                      to_text(Instant(std::chrono::seconds(static_cast<std::int64_t>(number(row, "last")))))});
    }
  }
  if (rows.empty()) return "nothing would have been refused since the server started\n";
  auto out = terminal.table(heading, rows);
  if (const auto others = number(answer, "others"); others > 0) out += fmt::format("and {} more, at further places\n", others);
  return out;
}

}  // namespace
}  // namespace contract_shadow

ExitCode run_contract_shadow(const Arguments& arguments, Terminal& terminal) {
  return ask_and_show(arguments, terminal, "contract.shadow", "{}", contract_shadow::show);
}

}  // namespace gatehouse::main

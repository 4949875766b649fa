// The words about clients that are kept out for a while. Bans are the running server's, so that both words ask it.
#include <fmt/format.h>

#include <array>

#include "app/main/words/answer.hpp"
#include "app/main/words/time_text.hpp"
#include "app/main/words/words.hpp"
#include "ground/json/writer.hpp"

namespace gatehouse::main {
namespace {

std::string show_bans(const json::Value& answer, const Terminal& terminal) {
  constexpr std::array<std::string_view, 4> heading{"WHO", "KIND", "UNTIL", "STRIKES"};
  std::vector<std::vector<std::string>> rows;
  if (const auto bans = answer.get("bans")) {
    for (const auto ban : bans->elements()) {
      const auto until = ban.get("until"), strikes = ban.get("strikes");
      rows.push_back({std::string(ban.string("who").value_or("")), std::string(ban.string("kind").value_or("")),
                      to_text(Instant(std::chrono::seconds(until ? until->integer().value_or(0) : 0))),
                      std::to_string(strikes ? strikes->natural().value_or(0) : 0)});
    }
  }
  auto out = terminal.table(heading, rows);
  if (answer.get("more")) out += "there are more\n";
  return out;
}

}  // namespace

ExitCode run_bans_list(const Arguments& arguments, Terminal& terminal) { return ask_and_show(arguments, terminal, "bans.list", "{}", show_bans); }

ExitCode run_bans_lift(const Arguments& arguments, Terminal& terminal) {
  std::string request;
  json::Writer(request).begin_object().member("who", *arguments.operand(0)).end();
  return ask_and_show(arguments, terminal, "bans.lift", request, show_object);
}

}  // namespace gatehouse::main

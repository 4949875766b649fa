// `gatehouse routes`: everything that is let through, and on what conditions; of a configuration, or as the running server has it in force.
#include <fmt/format.h>

#include <array>

#include "app/config/load.hpp"
#include "app/main/admin/protocol.hpp"
#include "app/main/place/place.hpp"
#include "app/main/running/routes_answer.hpp"
#include "app/main/running/until_stopped.hpp"
#include "app/main/words/answer.hpp"
#include "app/main/words/words.hpp"

namespace gatehouse::main {
namespace {

std::string joined(const json::Value& route, std::string_view name, std::string_view none) {
  const auto list = route.get(name);
  std::string out;
  if (list && list->is_array())
    for (const auto item : list->elements()) (out += out.empty() ? "" : ", ") += item.string().value_or("");
  return out.empty() ? std::string(none) : out;
}

/// "scopes", and what else a caller must have: "plan has export", "token from login", "role".
std::string asked_of(const json::Value& route) {
  auto out = joined(route, "scopes", "");
  const auto add = [&](std::string_view before, const std::string& what) {
    if (!what.empty()) out += fmt::format("{}{}{}", out.empty() ? "" : ", ", before, what);
  };
  add("feature ", joined(route, "features", ""));
  add("issuer ", joined(route, "issuers", ""));
  if (const auto claims = route.get("claims"); claims && claims->is_object())
    for (const auto [claim, any_of] : claims->members()) add("claim ", std::string(claim));
  return out.empty() ? "-" : out;
}

std::string show_routes(const json::Value& answer, const Terminal& terminal) {
  constexpr std::array<std::string_view, 8> heading{"PATH", "METHODS", "HOSTS", "CREDENTIALS", "ASKED FOR", "REQUESTS", "ANSWERS", "ROUTE"};
  std::vector<std::vector<std::string>> rows;
  const auto routes = answer.get("routes");
  if (!routes) return {};
  for (const auto route : routes->elements()) {
    const auto text = [&](std::string_view name) { return std::string(route.string(name).value_or("-")); };
    const auto contract = route.string("contract");
    rows.push_back({text("path"), joined(route, "methods", "-"), joined(route, "hosts", "any"), joined(route, "credentials", "-"), asked_of(route),
                    text("requests"), text("answers"), contract ? fmt::format("{} (contract {})", text("name"), *contract) : text("name")});
  }
  return terminal.table(heading, rows) + fmt::format("{} route{}; nothing else is let through\n", rows.size(), rows.size() == 1 ? "" : "s");
}

}  // namespace

ExitCode run_routes(const Arguments& arguments, Terminal& terminal) {
  if (arguments.has("--running") || arguments.has("--data")) return ask_and_show(arguments, terminal, "routes", "{}", show_routes);
  auto loaded = load_configuration(arguments);
  if (!loaded) return terminal.fail(loaded.error());
  if (!loaded->configuration) {
    terminal.note(config::render_errors(loaded->configuration.error(), terminal.colours()));
    return ExitCode::invalid;
  }
  say_contract_notes(*loaded->configuration, terminal);
  const auto answer = routes_answer(*loaded->configuration);
  if (terminal.json) {
    terminal.line(answer);
    return ExitCode::done;
  }
  const auto document = json::parse(answer, admin_limits);
  if (!document) return terminal.fail(document.error());
  terminal.print(show_routes(document->root(), terminal));
  return ExitCode::done;
}

}  // namespace gatehouse::main

// `gatehouse check`: everything that is wrong with a configuration, each with its place, and what only a rehearsal of the start shows.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "app/config/blame.hpp"
#include "app/main/gate/notices.hpp"
#include "app/main/gate/open_ways.hpp"
#include "app/main/gate/rehearsal.hpp"
#include "app/main/place/place.hpp"
#include "app/main/place/stored_plans.hpp"
#include "app/main/running/until_stopped.hpp"
#include "app/main/words/problems_json.hpp"
#include "app/main/words/words.hpp"

namespace gatehouse::main {
namespace {

std::string counted(std::size_t count, std::string_view what) { return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s"); }

/// What a gate with this configuration would serve in spite of, and what could not be looked at.
std::vector<std::string> notices_of(const config::Configuration& configuration) {
  const auto now = SystemClock().now();
  auto all = certificate_notices(lives_in_files(configuration), now);
  std::ranges::move(host_notices(configuration, certificate_names(configuration)), std::back_inserter(all));
  std::ranges::move(unverified_notices(configuration), std::back_inserter(all));
  std::ranges::move(open_way_notices(configuration), std::back_inserter(all));
  std::ranges::move(stored_plan_notices(configuration, now), std::back_inserter(all));
  return all;
}

}  // namespace

ExitCode run_check(const Arguments& arguments, Terminal& terminal) {
  auto loaded = load_configuration(arguments);
  if (!loaded) return terminal.fail(loaded.error());
  auto& configuration = loaded->configuration;
  if (configuration) {
    const auto rehearsed = rehearse(*configuration, SystemClock());
    if (!rehearsed) {
      auto problems = config::problems_of(rehearsed.error(), configuration->source);
      if (problems.empty()) problems = {{loaded->file, {}, {}, to_text(rehearsed.error()), {}, {}, {}}};
      configuration = std::unexpected(std::move(problems));
    }
  }
  if (configuration)
    for (const auto& notice : notices_of(*configuration)) terminal.note("gatehouse: " + notice);
  if (terminal.json) {
    terminal.line(configuration ? problems_json(loaded->file, {}, configuration->contract_notes)
                                : problems_json(loaded->file, configuration.error()));
  } else if (configuration) {
    say_contract_notes(*configuration, terminal);
    terminal.line(fmt::format("{}: {}, {}, {}", loaded->file, terminal.green("all well"), counted(configuration->routes.size(), "route"),
                              counted(configuration->listeners.size(), "listener")));
  } else {
    terminal.print(config::render_errors(configuration.error(), terminal.colours()));
  }
  return configuration ? ExitCode::done : ExitCode::invalid;
}

}  // namespace gatehouse::main

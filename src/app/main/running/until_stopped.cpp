#include "app/main/running/until_stopped.hpp"

#include <fmt/format.h>

#include "app/config/blame.hpp"
#include "app/main/admin/actor.hpp"
#include "app/main/running/signals.hpp"
#include "ground/json/writer.hpp"

namespace gatehouse::main {
namespace {

audit::Actor sender_of(const Signal& signal) { return signal.user ? actor_of(*signal.user, signal.process) : audit::Actor{}; }

void say_reload(const Terminal& terminal, bool reloaded, std::string_view why) {
  if (!terminal.json) return terminal.line(fmt::format("{}: {}", reloaded ? "reloaded" : "not reloaded", why));
  std::string out;
  json::Writer(out).begin_object().member("reloaded", reloaded).member("why", why).end();
  terminal.line(out);
}

}  // namespace

void reload(Running& running, const ReadAgain& read_again, const audit::Actor& who, const Terminal& terminal) {
  running.reopen_log();  // first: whoever rotates logs knows nothing of the configuration, which may be wrong just now
  auto configuration = read_again();
  if (!configuration) {
    constexpr std::string_view why = "the configuration is wrong, and the old one stays in force";
    running.refuse_reload(why, who);
    return say_reload(terminal, false, why);
  }
  const auto source = configuration->source;
  if (const auto done = running.reload(std::move(*configuration), who); !done) {
    if (const auto problems = config::problems_of(done.error(), source); !problems.empty())
      terminal.note(config::render_errors(problems, terminal.colours()));
    return say_reload(terminal, false, to_text(done.error()));
  }
  say_contract_notes(running.configuration(), terminal);
  say_reload(terminal, true, "requests are judged by the configuration as it is now");
}

void say_contract_notes(const config::Configuration& configuration, const Terminal& terminal) {
  constexpr std::size_t shown_max = 20;
  const auto& notes = configuration.contract_notes;
  for (std::size_t i = 0; i < notes.size() && i < shown_max; ++i) {
    const auto place = notes[i].file.empty() ? notes[i].path : fmt::format("{}:{}: {}", notes[i].file, notes[i].at.line, notes[i].path);
    terminal.note(fmt::format("{}: note: {}", place, notes[i].what));
  }
  if (notes.size() <= shown_max) return;
  // `protect` has no configuration that could be checked.
  const auto where = configuration.source
                         ? "gatehouse check --json -c " + configuration.source->file
                         : std::string("gatehouse check --json, of the configuration that `gatehouse init URL --openapi FILE` writes");
  terminal.note(fmt::format("and {} notes more on contracts; all of them: {}", notes.size() - shown_max, where));
}

void say_listening(const Running& running, const Terminal& terminal) {
  for (const auto& url : running.urls()) {
    if (!terminal.json) {
      terminal.line(fmt::format("listening on {}", url));
      continue;
    }
    std::string out;
    json::Writer(out).begin_object().member("listening", url).end();
    terminal.line(out);
  }
}

ExitCode run_until_stopped(Running& running, const ReadAgain& read_again, const Terminal& terminal) {
  terminal.line(terminal.json ? R"({"ready":true})" : "ready");
  auto signal = wait_for_signal();
  for (; signal.asked == Asked::reload; signal = wait_for_signal()) reload(running, read_again, sender_of(signal), terminal);
  terminal.note("gatehouse: finishing the requests that have begun; once more to stop at once");
  stop_at_once_on_next_signal();
  running.drain(sender_of(signal));
  return ExitCode::done;
}

}  // namespace gatehouse::main

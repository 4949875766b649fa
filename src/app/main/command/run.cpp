#include "app/main/command/run.hpp"

#include <algorithm>

#include "app/main/command/arguments.hpp"
#include "app/main/command/help.hpp"
#include "app/main/words/words.hpp"

namespace gatehouse::main {
namespace {

ExitCode show_help(const CommandLine& line, Terminal& terminal) {
  terminal.print(line.word() != nullptr ? help_for(*line.word(), common_options(), terminal) : help_for_all(all_words(), line.group(), terminal));
  return ExitCode::done;
}

}  // namespace

ExitCode run(std::span<const std::string_view> arguments, Terminal& terminal) {
  terminal.json = std::ranges::find(arguments, "--json") != arguments.end();  // also an error about the others is answered in JSON
  const auto line = CommandLine::parse(arguments, all_words(), common_options());
  if (!line) return terminal.misuse(line.error());
  switch (line->kind()) {
    case CommandLine::Kind::help: return show_help(*line, terminal);
    case CommandLine::Kind::version: return run_version(line->arguments(), terminal);
    case CommandLine::Kind::run: return line->word()->run(line->arguments(), terminal);
  }
  return ExitCode::failed;
}

}  // namespace gatehouse::main

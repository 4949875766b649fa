// `gatehouse completion`: the script that completes words and options in a shell, made from the table of words.
#include "app/main/command/completion.hpp"

#include "app/main/words/words.hpp"
#include "ground/base/assert.hpp"

namespace gatehouse::main {

ExitCode run_completion(const Arguments& arguments, Terminal& terminal) {
  if (terminal.json) return terminal.misuse(refuse(Fault::invalid, "a completion script is for a shell and cannot be JSON: leave out --json"));
  const auto shell = shell_from(*arguments.operand(0));
  GH_ASSERT(shell.has_value());  // the table lists the choices
  terminal.print(completion(*shell, all_words(), common_options()));
  return ExitCode::done;
}

}  // namespace gatehouse::main

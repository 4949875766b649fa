// `gatehouse status`: what the running server says of itself.
#include "app/main/words/answer.hpp"
#include "app/main/words/words.hpp"

namespace gatehouse::main {

ExitCode run_status(const Arguments& arguments, Terminal& terminal) { return ask_and_show(arguments, terminal, "status", "{}", show_object); }

}  // namespace gatehouse::main

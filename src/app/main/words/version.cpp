// `gatehouse version`: which build this is.
#include <fmt/format.h>

#include "app/main/words/words.hpp"
#include "ground/json/writer.hpp"

namespace gatehouse::main {

ExitCode run_version(const Arguments&, Terminal& terminal) {
  if (!terminal.json) {
    terminal.line("gatehouse " GATEHOUSE_VERSION);
    return ExitCode::done;
  }
  std::string out;
  json::Writer(out).begin_object().member("name", "gatehouse").member("version", GATEHOUSE_VERSION).member("compiler", __VERSION__).end();
  terminal.line(out);
  return ExitCode::done;
}

}  // namespace gatehouse::main

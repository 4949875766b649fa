// `gatehouse init`: a commented configuration to begin with, or the JSON Schema that editors read.
#include <fmt/format.h>

#include "app/config/documents.hpp"
#include "app/config/protect.hpp"
#include "app/main/place/file.hpp"
#include "app/main/words/words.hpp"
#include "ground/json/writer.hpp"

namespace gatehouse::main {

ExitCode run_init(const Arguments& arguments, Terminal& terminal) {
  if (arguments.has("--schema")) {
    terminal.print(config::schema_document());
    return ExitCode::done;
  }
  const auto document = config::init_document(arguments.operand(0).value_or("http://127.0.0.1:3000"));
  if (!document) return terminal.misuse(document.error());
  const std::string file(arguments.value("--output").value_or("gatehouse.yaml"));
  if (file == "-") {
    terminal.print(*document);
    return ExitCode::done;
  }
  if (const auto written = write_file(file, *document, 0644, arguments.has("--force") ? Replace::yes : Replace::no); !written) {
    if (written.error().fault != Fault::conflict) return terminal.fail(written.error());
    return terminal.fail(refuse(Fault::conflict, fmt::format("{} exists; --force replaces it", file)));
  }
  if (terminal.json) {
    std::string out;
    json::Writer(out).begin_object().member("file", file).end();
    terminal.line(out);
  } else {
    terminal.line(fmt::format("wrote {}; next: gatehouse serve -c {}", file, file));
  }
  return ExitCode::done;
}

}  // namespace gatehouse::main

// `gatehouse init`: a commented configuration to begin with, or the JSON Schema that editors read.
#include <fmt/format.h>

#include <filesystem>

#include "app/config/documents.hpp"
#include "app/config/protect.hpp"
#include "app/main/place/file.hpp"
#include "app/main/words/contract_file.hpp"
#include "app/main/words/words.hpp"
#include "ground/json/writer.hpp"

namespace gatehouse::main {

namespace {

/// The document as the configuration names it: a relative path starts at the folder of the configuration.
std::string contract_for(const std::string& file, const Arguments& arguments) {
  const auto contract = arguments.value("--openapi");
  if (!contract) return {};
  std::error_code unreadable;
  auto absolute = std::filesystem::absolute(*contract, unreadable);
  return unreadable || !file.contains('/') ? std::string(*contract) : absolute.lexically_normal().string();
}

/// A configuration with a contract that is not there, or is none, is one that no gate starts with.
ExitCode refuse_contract(const ContractFile& opened, std::string_view contract, const Terminal& terminal) {
  terminal.note(opened.errors_text(false));
  return terminal.fail(refuse(Fault::invalid, fmt::format("--openapi: {} does not compile, and nothing was written", contract)));
}

}  // namespace

ExitCode run_init(const Arguments& arguments, Terminal& terminal) {
  if (arguments.has("--schema")) {
    terminal.print(config::schema_document());
    return ExitCode::done;
  }
  const std::string file(arguments.value("--output").value_or("gatehouse.yaml"));
  const auto document = config::init_document(arguments.operand(0).value_or("http://127.0.0.1:3000"), contract_for(file, arguments));
  if (!document) return terminal.misuse(document.error());
  if (const auto contract = arguments.value("--openapi")) {
    const auto opened = ContractFile::open(std::string(*contract));
    if (!opened) return terminal.fail(opened.error());
    if ((*opened)->contract() == nullptr) return refuse_contract(**opened, *contract, terminal);
  }
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

// `gatehouse serve`: from the file to a gate that answers until a signal ends it, reading the file again on SIGHUP.
#include "app/config/blame.hpp"
#include "app/main/place/place.hpp"
#include "app/main/privileges/descriptor_limit.hpp"
#include "app/main/privileges/hardening.hpp"
#include "app/main/privileges/rights.hpp"
#include "app/main/running/signals.hpp"
#include "app/main/running/until_stopped.hpp"
#include "app/main/words/problems_json.hpp"
#include "app/main/words/words.hpp"
#include "ground/json/writer.hpp"

namespace gatehouse::main {
namespace {

/// The configuration, or how to end after everything that is wrong with it was said.
std::expected<config::Configuration, ExitCode> read_for_serving(const Arguments& arguments, const Terminal& terminal) {
  auto loaded = load_configuration(arguments);
  if (!loaded) return std::unexpected(terminal.fail(loaded.error()));
  if (loaded->configuration) return std::move(*loaded->configuration);
  terminal.note(config::render_errors(loaded->configuration.error(), terminal.colours()));
  if (terminal.json) terminal.line(problems_json(loaded->file, loaded->configuration.error()));
  return std::unexpected(ExitCode::invalid);
}

void show_credential(const Secret& credential, const Terminal& terminal) {
  if (!terminal.json) return terminal.note("admin credential, shown only now: " + std::string(credential.reveal()));
  std::string out;
  json::Writer(out).begin_object().member("admin_credential", credential.reveal()).end();
  terminal.line(out);
  wipe(out.data(), out.size());
}

/// At its place in the document, if the error comes from a setting.
ExitCode fail_at_place(const Error& error, const std::shared_ptr<const config::Source>& source, const Terminal& terminal) {
  const auto problems = config::problems_of(error, source);
  if (problems.empty() || terminal.json) return terminal.fail(error);
  terminal.note(config::render_errors(problems, terminal.colours()));
  return exit_code(error.fault);
}

}  // namespace

ExitCode run_serve(const Arguments& arguments, Terminal& terminal) {
  block_signals();
  close_inherited_descriptors();
  auto configuration = read_for_serving(arguments, terminal);
  if (!configuration) return configuration.error();
  if (stays_root(*configuration))
    terminal.note("gatehouse: serving as root; `process: { user: NAME }` names the user to become when the listeners are bound");
  say_contract_notes(*configuration, terminal);
  if (const auto words = too_few_descriptors(*configuration, raise_descriptor_limit()); !words.empty()) terminal.note(words);
  const auto source = configuration->source;
  const auto running = Running::start(std::move(*configuration), give_up_rights);
  if (!running) return fail_at_place(running.error(), source, terminal);
  say_listening(**running, terminal);
  const auto credential = (*running)->take_admin_credential();
  if (!credential) return terminal.fail(credential.error());
  if (*credential) show_credential(**credential, terminal);
  const auto read_again = [&]() -> std::optional<config::Configuration> {
    auto again = read_for_serving(arguments, terminal);
    return again ? std::optional(std::move(*again)) : std::nullopt;
  };
  return run_until_stopped(**running, read_again, terminal);
}

}  // namespace gatehouse::main

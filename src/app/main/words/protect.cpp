#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <variant>

#include "app/config/account.hpp"
#include "app/config/contract/folder_files.hpp"
#include "app/config/protect.hpp"
#include "app/main/privileges/descriptor_limit.hpp"
#include "app/main/privileges/hardening.hpp"
#include "app/main/privileges/rights.hpp"
#include "app/main/running/first_call.hpp"
#include "app/main/running/signals.hpp"
#include "app/main/running/until_stopped.hpp"
#include "app/main/words/problems_json.hpp"
#include "app/main/words/words.hpp"
#include "ground/json/writer.hpp"
#include "ground/settings/value.hpp"

namespace gatehouse::main {
namespace {

/// A word of the command line that cannot be what it is to be.
struct Misuse {
  Error error;
};

/// What is wrong with the command line, with the document that it names, or besides.
using Wrong = std::variant<Error, Misuse, config::Problems>;

ExitCode say_wrong(const Wrong& wrong, const Arguments& arguments, const Terminal& terminal) {
  if (const auto* const misuse = std::get_if<Misuse>(&wrong)) return terminal.misuse(misuse->error);
  if (const auto* const error = std::get_if<Error>(&wrong)) return terminal.fail(*error);
  const auto& problems = std::get<config::Problems>(wrong);
  terminal.note(config::render_errors(problems, terminal.colours()));
  const bool binds = std::ranges::any_of(problems, [](const auto& problem) { return problem.path.starts_with("contracts.api.schemes"); });
  if (binds) terminal.note("gatehouse: what a document leaves open is said in a configuration, which `gatehouse init URL --openapi FILE` writes");
  if (terminal.json) terminal.line(problems_json(std::string(arguments.value("--openapi").value_or("")), problems));
  return ExitCode::invalid;
}

/// An error of the start in the words of this command line, which has options and no settings.
Error in_options(const Error& error) {
  using Renamed = std::pair<std::string_view, std::string_view>;
  constexpr std::array options{Renamed{"listeners[0].address: ", "--listen: "}, Renamed{"metrics.address: ", "--metrics: "},
                               Renamed{"process.user: ", "--user: "}, Renamed{"data: ", "--data: "}, Renamed{"admin.socket: ", "--data: "}};
  const auto text = to_text(error);
  for (const auto& [setting, option] : options)
    if (text.starts_with(setting)) return fail(error.fault, std::string(option) + text.substr(setting.size()));
  return error;
}

/// The document as it can be read at all; what is in it is looked at when routes are made of it.
Result<> check_readable(const std::string& file) {
  const std::filesystem::path path(file);
  const auto text = config::FolderFiles(path.parent_path().string()).read(path.filename().string());
  if (!text) return fail(text.error().fault, fmt::format("--openapi: {}: {}", file, to_text(text.error())));
  return {};
}

/// Routes from the document in place of the one for all paths.
std::expected<void, Wrong> apply_document(config::Configuration& configuration, const std::string& file) {
  CHECK_OK(check_readable(file));
  configuration.contracts["api"].file = file;
  configuration.contracts["api"].upstream = "api";
  configuration.routes.clear();
  auto problems = config::apply_contracts(configuration);
  for (auto& problem : problems)
    if (problem.file.empty())
      std::tie(problem.file, problem.at) = std::pair(file, settings::whole_document);  // there is no configuration file to show
  if (!problems.empty()) return std::unexpected(std::move(problems));
  if (configuration.routes.empty())
    return std::unexpected(refuse(Fault::invalid, fmt::format("--openapi: {} describes no operation that could be let through", file)));
  return {};
}

/// What the words alone say. invalid: the form of one of them is wrong.
Result<config::Configuration> plain_configuration(const Arguments& arguments) {
  std::error_code unreadable;
  const auto folder = std::filesystem::current_path(unreadable).string();
  if (unreadable) return fail(Fault::unavailable, "the working directory: " + unreadable.message());
  auto configuration = TRY(config::protect_configuration(*arguments.operand(0), folder));
  if (const auto listen = arguments.value("--listen")) {
    const auto endpoint = settings::Endpoint::parse(*listen);
    if (!endpoint) return refuse(Fault::invalid, fmt::format("--listen: '{}' is no address such as 127.0.0.1:8443", *listen));
    configuration.listeners.front().address = *endpoint;
  }
  for (const auto name : arguments.values("--name")) {
    if (!net::is_certificate_name(name)) return refuse(Fault::invalid, fmt::format("--name: '{}' is neither a DNS name nor an IP address", name));
    configuration.listeners.front().tls.local_names.emplace_back(name);
  }
  if (const auto metrics = arguments.value("--metrics")) {
    const auto endpoint = settings::Endpoint::parse(*metrics);
    if (*metrics != "none" && (!endpoint || !endpoint->is_private()))
      return refuse(Fault::invalid, fmt::format("--metrics: '{}' is no loopback or private address such as 127.0.0.1:9464, nor 'none'", *metrics));
    configuration.metrics = endpoint ? std::optional(audit::MetricsOptions{*endpoint}) : std::nullopt;
  }
  if (const auto user = arguments.value("--user")) {
    configuration.process.user = *user;
    if (const auto account = config::find_account(configuration.process); !account)
      return refuse(Fault::invalid, fmt::format("--user: {}", to_text(account.error())));
  }
  if (const auto data = arguments.value("--data")) {
    configuration.data = settings::Reader({.file = {}, .folder = folder, .environment = {}}).resolve(*data);
    configuration.admin.socket = configuration.state_path("admin.sock");
    configuration.audit.file = configuration.state_path("audit.jsonl");
  }
  return configuration;
}

std::expected<config::Configuration, Wrong> configuration_for(const Arguments& arguments) {
  auto plain = plain_configuration(arguments);
  if (!plain && plain.error().fault == Fault::invalid) return std::unexpected(Misuse{std::move(plain).error()});
  if (!plain) return std::unexpected(std::move(plain).error());
  auto& configuration = *plain;
  if (const auto contract = arguments.value("--openapi")) {
    std::error_code unreadable;
    const auto file = std::filesystem::absolute(*contract, unreadable).lexically_normal().string();
    if (unreadable) return std::unexpected(fail(Fault::unavailable, "the working directory: " + unreadable.message()));
    CHECK_OK(apply_document(configuration, file));
  }
  return std::move(configuration);
}

/// The first key of a data directory that has none yet. It is printed where others may read it, and may do what the call that is shown beside it asks for.
Result<std::optional<keys::IssuedKey>> first_key(keys::Keys& all, const FirstCall& call) {
  const auto page = TRY(all.list(std::nullopt, 1));
  if (!page.keys.empty()) return std::optional<keys::IssuedKey>{};
  keys::KeySpec first{.name = "first"};
  first.scopes = call.scopes;
  return std::optional(TRY(all.create(first)));
}

/// The URL as a client on this machine asks for it: "any address" is a place to listen at, not one to go to.
std::string asked_url(std::string url) {
  for (const std::string_view any : {"://0.0.0.0:", "://[::]:"})
    if (const auto at = url.find(any); at != std::string::npos) url.replace(at, any.size(), "://localhost:");
  return url;
}

std::string example_of(const std::string& url, const std::optional<LocalCertificate>& local, std::string_view key, std::string_view path) {
  const auto ca = local ? fmt::format(" --cacert {}", local->ca_file) : std::string();
  return fmt::format("curl{} -H 'X-Api-Key: {}' {}{}", ca, key, url, path);
}

/// What is shown once.
struct Shown {
  FirstCall call;
  std::optional<Secret> credential;
  std::optional<keys::IssuedKey> key;
};

Result<Shown> first_secrets(Running& running) {
  Shown shown;
  shown.call = first_call(running.configuration());
  shown.key = TRY(first_key(running.keys(), shown.call));
  if (shown.key) running.record_first_key(*shown.key, shown.call.scopes);
  shown.credential = TRY(running.take_admin_credential());
  return shown;
}

void say_in_json(const Running& running, const Shown& shown, const Terminal& terminal) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().member("upstream", running.configuration().upstreams.begin()->second.servers.front().to_text());
  if (running.local()) writer.member("ca", running.local()->ca_file);
  if (shown.credential) writer.member("admin_credential", shown.credential->reveal());
  if (shown.key) {
    writer.member("key", shown.key->clear_text.reveal()).member("key_id", shown.key->id.text()).key("scopes").begin_array();
    for (const auto& scope : shown.call.scopes) writer.value(scope);
    writer.end();
  }
  writer.end();
  terminal.line(out);
}

void say_key(const keys::IssuedKey& key, const std::vector<std::string>& scopes, const config::Configuration& configuration,
             const Terminal& terminal) {
  terminal.line(fmt::format("first key, shown only now: {}", terminal.bold(key.clear_text.reveal())));
  if (std::ranges::all_of(configuration.routes, [](const auto& route) { return route.scopes.empty(); })) return;
  const auto held = scopes.empty() ? std::string("no scope")
                                   : fmt::format("{} {} and no other", scopes.size() == 1 ? "the scope" : "the scopes", fmt::join(scopes, ", "));
  terminal.line(fmt::format("it holds {}; to change that: gatehouse keys set {} --scope SCOPE -d {}", held, key.id.text(), configuration.data));
}

void say(const Running& running, const Shown& shown, const Terminal& terminal) {
  terminal.line(fmt::format("in front of {}", running.configuration().upstreams.begin()->second.servers.front().to_text()));
  if (running.local()) {
    terminal.line(fmt::format("certificate authority, for your clients to trust: {}", running.local()->ca_file));
    terminal.line(fmt::format("its certificate is for: {}", fmt::join(certificate_names(running.configuration()), ", ")));
  }
  if (shown.credential) terminal.line(fmt::format("admin credential, shown only now: {}", terminal.bold(shown.credential->reveal())));
  if (shown.key) say_key(*shown.key, shown.call.scopes, running.configuration(), terminal);
  terminal.line("try it:");
  terminal.line("  " + example_of(asked_url(running.urls().front()), running.local(), shown.key ? shown.key->clear_text.reveal() : "YOUR-KEY",
                                  shown.call.path));
}

}  // namespace

ExitCode run_protect(const Arguments& arguments, Terminal& terminal) {
  block_signals();
  close_inherited_descriptors();
  auto configuration = configuration_for(arguments);
  if (!configuration) return say_wrong(configuration.error(), arguments, terminal);
  say_contract_notes(*configuration, terminal);
  if (const auto words = too_few_descriptors(*configuration, raise_descriptor_limit()); !words.empty()) terminal.note(words);
  if (stays_root(*configuration)) terminal.note("gatehouse: serving as root; --user NAME names the user to become when the listeners are bound");
  const auto started = Running::start(std::move(*configuration), give_up_rights);
  if (!started) return terminal.fail(in_options(started.error()));
  auto& running = **started;
  const auto shown = first_secrets(running);
  if (!shown) return terminal.fail(shown.error());
  say_listening(running, terminal);
  if (terminal.json) say_in_json(running, *shown, terminal);
  else say(running, *shown, terminal);
  for (const auto& each : running.try_upstreams())
    if (!each.wrong.empty()) terminal.note(fmt::format("gatehouse: {}: {}; requests get 502 until somebody does", *arguments.operand(0), each.wrong));
  const auto read_again = [&]() -> std::optional<config::Configuration> {
    auto again = configuration_for(arguments);
    if (again) return std::move(*again);
    static_cast<void>(say_wrong(again.error(), arguments, terminal));
    return std::nullopt;
  };
  return run_until_stopped(running, read_again, terminal);
}

}  // namespace gatehouse::main

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "app/config/protect.hpp"
#include "app/main/privileges/descriptor_limit.hpp"
#include "app/main/privileges/hardening.hpp"
#include "app/main/privileges/rights.hpp"
#include "app/main/running/signals.hpp"
#include "app/main/running/until_stopped.hpp"
#include "app/main/words/words.hpp"
#include "ground/json/writer.hpp"
#include "ground/settings/value.hpp"

namespace gatehouse::main {
namespace {

Result<config::Configuration> configuration_for(const Arguments& arguments) {
  std::error_code unreadable;
  const auto folder = std::filesystem::current_path(unreadable).string();
  if (unreadable) return fail(Fault::unavailable, "the working directory: " + unreadable.message());
  auto configuration = TRY(config::protect_configuration(*arguments.operand(0), folder));
  if (const auto contract = arguments.value("--openapi")) {
    configuration.contracts["api"] = {.file = settings::Reader({.file = {}, .folder = folder, .environment = {}}).resolve(*contract),
                                      .upstream = "api",
                                      .schemes = {},
                                      .unsecured = {}};
    configuration.routes.clear();
    const auto problems = config::apply_contracts(configuration);
    if (!problems.empty()) return refuse(Fault::invalid, "--openapi:\n" + config::render_errors(problems));
    if (configuration.routes.empty())
      return refuse(Fault::invalid, fmt::format("--openapi: {} describes no operation that could be let through", *contract));
  }
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
  if (const auto data = arguments.value("--data")) {
    configuration.data = settings::Reader({.file = {}, .folder = folder, .environment = {}}).resolve(*data);
    configuration.admin.socket = configuration.state_path("admin.sock");
    configuration.audit.file = configuration.state_path("audit.jsonl");
  }
  return configuration;
}

/// The first key of a data directory that has none yet. It is its owner's and may do all that the routes ask a scope for.
Result<std::optional<keys::IssuedKey>> first_key(keys::Keys& all, const config::Configuration& configuration) {
  const auto page = TRY(all.list(std::nullopt, 1));
  if (!page.keys.empty()) return std::optional<keys::IssuedKey>{};
  keys::KeySpec first{.name = "first"};
  std::set<std::string> scopes;
  for (const auto& route : configuration.routes) scopes.insert(route.scopes.begin(), route.scopes.end());
  first.scopes.assign(scopes.begin(), scopes.end());
  return std::optional(TRY(all.create(first)));
}

/// Something to ask for: the first path that needs nothing filled in, and a credential.
std::string example_path(const config::Configuration& configuration) {
  for (const auto& route : configuration.routes)
    if (!route.path.contains('{') && std::ranges::find(route.methods, "GET") != route.methods.end() &&
        route.authenticate != std::vector{gateway::Credential::none})
      return route.path;
  return "/";
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
  std::optional<Secret> credential;
  std::optional<keys::IssuedKey> key;
};

Result<Shown> first_secrets(Running& running) {
  Shown shown;
  shown.key = TRY(first_key(running.keys(), running.configuration()));
  shown.credential = TRY(running.take_admin_credential());
  return shown;
}

void say_in_json(const Running& running, const Shown& shown, const Terminal& terminal) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().member("upstream", running.configuration().upstreams.begin()->second.servers.front().to_text());
  if (running.local()) writer.member("ca", running.local()->ca_file);
  if (shown.credential) writer.member("admin_credential", shown.credential->reveal());
  if (shown.key) writer.member("key", shown.key->clear_text.reveal());
  writer.end();
  terminal.line(out);
}

void say(const Running& running, const Shown& shown, const Terminal& terminal) {
  terminal.line(fmt::format("in front of {}", running.configuration().upstreams.begin()->second.servers.front().to_text()));
  if (running.local()) {
    terminal.line(fmt::format("certificate authority, for your clients to trust: {}", running.local()->ca_file));
    terminal.line(fmt::format("its certificate is for: {}", fmt::join(certificate_names(running.configuration()), ", ")));
  }
  if (shown.credential) terminal.line(fmt::format("admin credential, shown only now: {}", terminal.bold(shown.credential->reveal())));
  if (shown.key) terminal.line(fmt::format("first key, shown only now: {}", terminal.bold(shown.key->clear_text.reveal())));
  terminal.line("try it:");
  terminal.line("  " + example_of(asked_url(running.urls().front()), running.local(), shown.key ? shown.key->clear_text.reveal() : "YOUR-KEY",
                                  example_path(running.configuration())));
}

}  // namespace

ExitCode run_protect(const Arguments& arguments, Terminal& terminal) {
  block_signals();
  close_inherited_descriptors();
  auto configuration = configuration_for(arguments);
  if (!configuration) return terminal.fail(configuration.error());
  say_contract_notes(*configuration, terminal);
  if (const auto words = too_few_descriptors(*configuration, raise_descriptor_limit()); !words.empty()) terminal.note(words);
  const auto started = Running::start(std::move(*configuration), give_up_rights);
  if (!started) return terminal.fail(started.error());
  auto& running = **started;
  const auto shown = first_secrets(running);
  if (!shown) return terminal.fail(shown.error());
  say_listening(running, terminal);
  if (terminal.json) say_in_json(running, *shown, terminal);
  else say(running, *shown, terminal);
  const auto read_again = [&]() -> std::optional<config::Configuration> {
    auto again = configuration_for(arguments);
    return again ? std::optional(std::move(*again)) : std::nullopt;
  };
  return run_until_stopped(running, read_again, terminal);
}

}  // namespace gatehouse::main

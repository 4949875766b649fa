#include "app/main/running/running.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>

#include "app/main/running/ban_answer.hpp"
#include "app/main/running/decision_answer.hpp"
#include "app/main/running/issuer_answer.hpp"
#include "app/main/running/routes_answer.hpp"
#include "app/main/running/shadow_answer.hpp"
#include "app/main/selftest/route_tryout.hpp"
#include "ground/base/encoding.hpp"
#include "ground/base/text.hpp"
#include "ground/crypto/digest.hpp"
#include "ground/json/writer.hpp"
#include "ground/settings/setting_error.hpp"

namespace gatehouse::main {
namespace {

bool wants_local_certificate(const config::Configuration& configuration) {
  return std::ranges::any_of(configuration.listeners, [](const net::ListenerOptions& listener) { return listener.tls.local(); });
}

LocalTlsFiles files_of(const std::optional<LocalCertificate>& local) {
  return local ? LocalTlsFiles{local->certificate_file, local->key_file} : LocalTlsFiles{};
}

/// Whoever acts over the socket hears of it when it is on record. A disk that hangs must not keep him from taking a key back for longer: the line is
/// written when it can be, or counted.
constexpr Duration patience_for_record = 1s;

/// Which text is in force: who compares digests knows whether two gates, or two days, had the same.
void tell_source(audit::Act& act, const config::Configuration& configuration) {
  if (configuration.source == nullptr) return;
  act.about.emplace_back("file", configuration.source->file);
  act.about.emplace_back("sha256", encoding::to_hex(crypto::sha256(configuration.source->text)));
}

std::string_view scheme_of(const net::ListenerOptions& listener) noexcept { return listener.tls.off ? "http" : "https"; }

}  // namespace

std::vector<std::string> certificate_names(const config::Configuration& configuration) {
  auto names = local_names();
  const auto add = [&](std::string name) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  };
  for (const auto& listener : configuration.listeners) {
    const auto address = listener.address.address.to_text();
    if (address != "0.0.0.0" && address != "::") add(address);
    for (const auto& name : listener.tls.local_names) {  // in the one form that a certificate shows them in
      const auto number = http::Address::parse(name);
      add(number ? number->to_text() : text::lower(name));
    }
  }
  return names;
}

Result<std::unique_ptr<Running>> Running::start(config::Configuration configuration, const OnceBound& once_bound) {
  auto running = std::unique_ptr<Running>(new Running(std::move(configuration)));
  CHECK_OK(running->open(once_bound));
  return running;
}

Running::~Running() {
  admin_server_.reset();  // before the gate, which it asks
}

Result<> Running::open(const OnceBound& once_bound) {
  started_ = loaded_ = clock_.now();
  starter_ = this_process();
  auto sockets = TRY(bind_sockets(configuration_));
  if (once_bound) CHECK_OK(once_bound(configuration_));
  auto data = TRY_OF_SETTING("data", DataDirectory::hold(configuration_.data));
  credential_ = TRY_OF_SETTING("data", admin_credential(data, random_));
  opened_ = TRY_OF_SETTING("data", open_store(std::move(data), keys_options(configuration_), clock_, random_));
  local_ = TRY_OF_SETTING("data", local_tls(configuration_));
  gate_ = TRY(
      Gate::create(configuration_, std::move(sockets), files_of(local_), *opened_->store, *opened_->keys, *opened_->revocations, clock_, random_));
  CHECK_OK(open_admin());
  gate_->start();
  record_start();
  return {};
}

void Running::record_first_key(const keys::IssuedKey& key, const std::vector<std::string>& scopes) {
  audit::Act act{.what = "keys.create", .who = starter_};
  act.about.emplace_back("key", key.id.text());
  act.about.emplace_back("name", "first");
  act.about.emplace_back("scopes", scopes.empty() ? "none" : fmt::format("{}", fmt::join(scopes, " ")));
  record(std::move(act));
}

void Running::record(audit::Act act, Duration patience) {
  act.time = clock_.now();
  (void)gate_->audit().log().write_act(act, patience);
}

void Running::record_start() {
  audit::Act act{.what = "start", .who = starter_};
  act.about.emplace_back("version", GATEHOUSE_VERSION);
  tell_source(act, configuration_);
  if (credential_.secret) act.about.emplace_back("admin_credential", "made");
  record(std::move(act));
}

Result<> Running::open_admin() {
  administration_.emplace(AdminServices{
      .keys = *opened_->keys,
      .environment = configuration_.keys.environment,
      .revocations = *opened_->revocations,
      .store = *opened_->store,
      .clock = clock_,
      .fold_usage = [this] { return gate_->meter().fold(); },
      .why = [this](std::string_view id) { return decision_answer(gate_->audit().decisions(), id); },
      .status = [this] { return status(); },
      .selftest = [this] { return selftest(); },
      .routes =
          [this] {
            const std::lock_guard lock(changing_);
            return Result<std::string>(routes_answer(configuration_));
          },
      .bans = [this] { return Result<std::string>(bans_answer(gate_->bans(), clock_)); },
      .lift_ban = [this](std::string_view who) { return lift_answer(gate_->bans(), gate_->naming(), who, clock_.ticks()); },
      .issuers =
          [this] {
            const std::lock_guard lock(changing_);
            return trusted_issuers(configuration_);
          },
      .signature_of =
          [this](std::string_view token) {
            const auto snapshot = gate_->server().snapshot();  // a reload may replace it meanwhile
            return signature_of(*snapshot->issuers, token);
          },
      .record =
          [this](audit::Act act) {
            act.way = audit::Way::socket;
            record(std::move(act), patience_for_record);
          },
      .learned = [this] { return Result<inference::Learned>(gate_->learner().learned()); },
      .forget_learned = [this] { return gate_->learner().forget(); },
      .shadow = [this] { return Result<std::string>(shadow_answer(gate_->audit().shadow())); },
  });
  admin_server_ =
      TRY_OF_SETTING("admin.socket", AdminServer::start({.socket = configuration_.admin.socket,
                                                         .group = configuration_.admin.socket_group,
                                                         .turned_away =
                                                             [this](std::string_view what, const audit::Actor& who, const Error& why) {
                                                               record({.what = std::string(what),
                                                                       .outcome = audit::outcome_of(why.fault),
                                                                       .way = audit::Way::socket,
                                                                       .who = who,
                                                                       .error = to_text(why)},
                                                                      patience_for_record);
                                                             },
                                                         .credential_digest = credential_.digest},
                                                        [this](std::string_view what, const json::Value& arguments, const audit::Actor& who) {
                                                          return administration_->perform(what, arguments, who);
                                                        }));
  return {};
}

Result<std::optional<Secret>> Running::take_admin_credential() {
  if (!credential_.secret) return std::optional<Secret>{};
  CHECK_OK(keep_admin_credential(opened_->data, credential_));
  return std::exchange(credential_.secret, std::nullopt);
}

Result<std::optional<LocalCertificate>> Running::local_tls(const config::Configuration& configuration) {
  if (!wants_local_certificate(configuration)) return std::optional<LocalCertificate>{};
  return std::optional(TRY(local_certificate(opened_->data, certificate_names(configuration), clock_, random_)));
}

Result<> Running::reload(config::Configuration configuration, const audit::Actor& who) {
  audit::Act act{.what = "reload", .way = audit::Way::signal, .who = who};
  tell_source(act, configuration);
  auto outcome = put_into_force(std::move(configuration));
  if (!outcome) {
    act.outcome = audit::outcome_of(outcome.error().fault);
    act.error = to_text(outcome.error());
  }
  record(std::move(act));
  return outcome;
}

void Running::refuse_reload(std::string_view why, const audit::Actor& who) {
  record({.what = "reload", .outcome = audit::ActOutcome::refused, .way = audit::Way::signal, .who = who, .error = std::string(why)});
}

Result<> Running::put_into_force(config::Configuration configuration) {
  auto local = TRY(local_tls(configuration));
  CHECK_OK(gate_->reload(configuration, files_of(local)));
  const std::lock_guard lock(changing_);
  configuration_ = std::move(configuration);
  local_ = std::move(local);
  loaded_ = clock_.now();
  return {};
}

void Running::reopen_log() { gate_->audit().log().reopen(); }

void Running::drain(const audit::Actor& who) {
  record({.what = "drain", .way = audit::Way::signal, .who = who, .about = {{"connections", std::to_string(gate_->server().connections())}}});
  gate_->drain(configuration_.drain);
  record({.what = "stop", .way = audit::Way::signal, .who = who});
}

std::vector<std::string> Running::urls() const {
  std::vector<std::string> urls;
  const auto& endpoints = gate_->endpoints();
  urls.reserve(endpoints.size());
  for (std::size_t i = 0; i < endpoints.size(); ++i)
    urls.push_back(fmt::format("{}://{}", scheme_of(configuration_.listeners[i]), endpoints[i].to_text()));
  return urls;
}

std::vector<UpstreamTry> Running::try_upstreams() const {
  constexpr std::chrono::milliseconds patience{300};
  const auto snapshot = gate_->server().snapshot();
  return gatehouse::main::try_upstreams(*snapshot, patience);
}

Result<std::string> Running::status() const {
  const auto tries = try_upstreams();  // before the lock: it waits
  const std::lock_guard lock(changing_);
  std::string out;
  json::Writer writer(out);
  writer.begin_object().member("version", GATEHOUSE_VERSION).member("process", ::getpid());
  writer.member("started", unix_seconds(started_)).member("loaded", unix_seconds(loaded_)).key("listeners").begin_array();
  for (const auto& url : urls()) writer.value(url);
  writer.end();
  if (const auto operations = gate_->operations_endpoint()) writer.member("metrics", "http://" + operations->to_text() + "/metrics");
  writer.member("data", configuration_.data).member("routes", configuration_.routes.size());
  writer.member("connections", gate_->server().connections()).member("bans", gate_->bans().count(clock_.ticks())).key("stages").begin_array();
  const auto snapshot = gate_->server().snapshot();
  for (const auto& stage : snapshot->stages) writer.value(stage->name());
  const auto log = gate_->audit().log().counts();
  writer.end().key("audit").begin_object().member("written_bytes", log.bytes).member("dropped", log.dropped).member("healthy", log.healthy);
  if (!log.healthy) writer.member("failure", gate_->audit().log().last_failure());
  writer.end().key("upstreams").begin_object();
  for (const auto& each : tries) writer.member(each.upstream, each.wrong.empty() ? std::string_view("reachable") : std::string_view(each.wrong));
  writer.end();
  if (local_) writer.member("ca", local_->ca_file);
  writer.end();
  return out;
}

Result<std::string> Running::selftest() {
  const std::unique_lock alone(testing_, std::try_to_lock);
  if (!alone) return refuse(Fault::unavailable, "another selftest is under way");
  const auto folder = opened_->data.file("selftest");
  auto [one, routes, left] = [&] {
    const std::lock_guard lock(changing_);
    auto all_routes = routes_configuration(configuration_, folder);
    const auto beyond = configuration_.routes.size() - all_routes.routes.size();
    return std::tuple(tryout_configuration(configuration_, folder), std::move(all_routes), beyond);
  }();
  const auto until = clock_.ticks() + time_of_selftest;
  auto all = TRY(try_routes(std::move(routes), clock_, random_, until));
  if (left != 0)
    all.push_back({.route = {}, .name = fmt::format("{} further routes", left), .wanted = "-", .got = "not tried", .verdict = Tried::Verdict::right});
  if (!one && one.error().fault != Fault::not_found) return one.error();
  if (one) add_tried(all, TRY(try_out(*one, clock_, random_, until)), one->routes.front().name);
  return to_json(all);
}

}  // namespace gatehouse::main

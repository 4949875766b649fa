#include "doors/gateway/compile.hpp"

#include <algorithm>

#include "doors/gateway/rate.hpp"
#include "doors/gateway/stages/authenticate.hpp"
#include "doors/gateway/stages/authorize.hpp"
#include "doors/gateway/stages/identify.hpp"
#include "doors/gateway/stages/inflate.hpp"
#include "doors/gateway/stages/meter.hpp"
#include "doors/gateway/stages/ration.hpp"
#include "doors/gateway/stages/redact.hpp"
#include "doors/gateway/stages/validate.hpp"
#include "ground/base/text.hpp"
#include "ground/http/path.hpp"
#include "ground/settings/setting_error.hpp"

namespace gatehouse::gateway {

namespace {
/// The shared stages of a snapshot; a route takes those that have something to do for it.
struct Stages {
  const Stage* authenticate = nullptr;
  const Stage* meter = nullptr;
  const Stage* authorize = nullptr;
  const Stage* redact = nullptr;
  const Stage* validate = nullptr;
  const Stage* ration = nullptr;
  const Stage* identify = nullptr;
  const Stage* inflate = nullptr;
};

template <class Made>
const Stage* keep(Snapshot& snapshot, std::unique_ptr<const Made> stage) {
  snapshot.stages.push_back(std::move(stage));
  return snapshot.stages.back().get();
}

Result<Stages> make_stages(Snapshot& snapshot, const Blueprint& blueprint) {
  Stages stages;
  stages.authenticate = keep(snapshot, std::make_unique<const AuthenticateStage>(snapshot.issuers));
  stages.meter = keep(snapshot, TRY(MeterStage::create(blueprint.plans, blueprint.limits)));
  stages.authorize = keep(snapshot, std::make_unique<const AuthorizeStage>());
  if (std::ranges::any_of(blueprint.routes, [](const auto& route) { return route.validator != nullptr; }))
    stages.validate = keep(snapshot, std::make_unique<const ValidateStage>());
  if (std::ranges::any_of(blueprint.routes, RedactStage::has_work)) stages.redact = keep(snapshot, std::make_unique<const RedactStage>());
  stages.ration = keep(snapshot, std::make_unique<const RationStage>());
  if (blueprint.signer) stages.identify = keep(snapshot, std::make_unique<const IdentifyStage>(blueprint.signer, blueprint.identity));
  return stages;
}

/// The one rate of `options`, if it has one.
Result<limits::Rules> rules_of(std::string name, limits::Scope scope, const std::optional<limits::LimitOptions>& options, std::string setting) {
  std::vector<limits::Rule> rules;
  if (auto rule = TRY(rule_of(std::move(name), scope, options, std::move(setting)))) rules.push_back(std::move(*rule));
  return limits::Rules::make(std::move(rules));
}

Result<> add_route(Snapshot& snapshot, const Blueprint& blueprint, Stages& stages, const RouteOptions& options) {
  Route route;
  route.options = options;
  route.number = blueprint.number_of_route(options.name);
  route.limit_number = limits::number_of(options.name);
  const auto upstream = std::ranges::find(snapshot.upstreams, options.upstream, [](const auto& one) { return one->name(); });
  if (upstream == snapshot.upstreams.end()) return refuse(Fault::invalid, "no upstream is named '" + options.upstream + "'");
  route.upstream = static_cast<std::size_t>(upstream - snapshot.upstreams.begin());
  route.times = (*upstream)->times();
  if (options.timeouts.response_head) route.times.response_head = *options.timeouts.response_head;
  if (options.timeouts.idle) route.times.idle = *options.timeouts.idle;
  route.rules = TRY(rules_of("route", limits::Scope::route, options.limits, "routes." + options.name + ".limits.rate"));
  route.audit_all = options.audit.value_or(blueprint.audit) == audit::Level::all;
  route.usage_route = TRY(blueprint.label_of(options.name));
  if (!options.features.empty()) route.usage_feature = TRY(blueprint.label_of(usage_feature_of(options.features)));
  if (!options.strip_prefix.empty())
    for (const auto segment : text::split(std::string_view(options.strip_prefix).substr(1), '/'))
      route.strip_prefix += "/" + http::NormalPath::encode(literal_of(segment));
  for (const auto& [name, texts] : options.claims) route.claims.push_back({name, texts});

  // Who may come without a credential is said in so many words; saying nothing lets nobody in.
  const bool open = options.authenticate == std::vector{Credential::none};
  if (open && !(options.scopes.empty() && options.features.empty() && options.claims.empty()))
    return refuse(Fault::invalid, "scopes, features and claims need a credential, and authenticate is 'none'");
  if (!open) route.stages.push_back(stages.authenticate);
  route.stages.push_back(stages.meter);
  if (!open) route.stages.push_back(stages.authorize);
  route.fields = TRY(field_rules_of(options.redact));
  const bool redacts = RedactStage::has_work(options);
  if (redacts) route.stages.push_back(stages.redact);
  if (options.validator && (options.validate != Validate::off || options.validate_answers != ValidateAnswers::off))
    route.stages.push_back(stages.validate);
  route.stages.push_back(stages.ration);
  if (!open && stages.identify != nullptr) route.stages.push_back(stages.identify);
  route.reads_answers = std::ranges::any_of(route.stages, [&](const auto* stage) { return stage->reads_answers(route.options); });
  if (route.reads_answers) {
    if (stages.inflate == nullptr) stages.inflate = keep(snapshot, std::make_unique<const InflateStage>());
    route.stages.push_back(stages.inflate);
  }
  // A part of a body is judged only where the contract says what parts are.
  route.asks_for_whole = redacts || (route.reads_answers && !(options.validator && options.validator->describes(206)));
  if (blueprint.learn && options.learn.value_or(blueprint.learn->everywhere)) {
    route.learned_bytes_max = static_cast<std::size_t>(blueprint.learn->body_bytes_max);
    route.reads_answers = true;
  }
  route.changes_answers =
      route.fields != nullptr || (options.validator && options.validator->marks()) || options.validate_answers == ValidateAnswers::strip;
  const bool takes_keys = std::ranges::find(options.authenticate, Credential::api_key) != options.authenticate.end();
  if (!open) route.vary = takes_keys ? "authorization, x-api-key" : "authorization";
  snapshot.routes.push_back(std::move(route));
  return {};
}

Result<http::MethodSet> known_methods(const std::vector<std::string>& tokens) {
  http::MethodSet set;
  for (const auto& token : tokens) {
    const auto method = http::method_from(token);
    if (method == http::Method::connect || method == http::Method::trace) return refuse(Fault::invalid, token + " is never forwarded");
    if (method != http::Method::other) set.add(method);
  }
  return set;
}

Result<Router> make_router(const std::vector<RouteOptions>& routes) {
  std::vector<RoutePattern> patterns;
  for (const auto& route : routes) {
    RoutePattern pattern{route.hosts, route.path, {TRY(known_methods(route.methods)), {}}};
    for (const auto& token : route.methods)
      if (http::method_from(token) == http::Method::other) pattern.methods.others.push_back(token);
    patterns.push_back(std::move(pattern));
  }
  return Router::make(patterns);
}

}  // namespace

Result<std::shared_ptr<const Snapshot>> compile(const Blueprint& blueprint, const Clock& clock) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->listeners = blueprint.listeners;
  snapshot->connection_limits = net::ServerLimits(blueprint.connections);
  snapshot->connections_max = blueprint.connections.connections_max;
  snapshot->connections_per_address_max = blueprint.connections.connections_per_address_max;
  snapshot->connection_rate =
      TRY_OF_SETTING("connections.per_address_rate",
                     limit_of(blueprint.connections.connections_per_address_rate, blueprint.connections.connections_per_address_burst, Duration{}));
  snapshot->shared_upstreams = blueprint.limits.per_address && blueprint.limits.per_address->concurrency;
  snapshot->trusted_proxies = blueprint.trusted_proxies;
  snapshot->addresses = blueprint.addresses;
  snapshot->failures = blueprint.failures;
  if (const auto& limit = blueprint.limits.per_address; limit && limit->rate) {
    const auto made = TRY_OF_SETTING("limits.per_address.rate", limit_of(*limit->rate, limit->burst, Duration{}));
    std::vector<limits::Rule> rules;
    rules.push_back({"address", limits::Scope::address, false, made, "limits.per_address.rate"});
    snapshot->admission_rules = TRY(limits::Rules::make(std::move(rules)));
  }
  for (const auto& [name, options] : blueprint.upstreams) {
    auto upstream = Upstream::create(name, options, blueprint.resolve, clock.ticks());
    if (!upstream) return std::move(upstream).error();
    snapshot->upstreams.push_back(std::move(*upstream));
  }
  snapshot->issuers = TRY(Issuers::create(blueprint.issuers, blueprint.key_source, blueprint.issuers_before));
  auto stages = TRY(make_stages(*snapshot, blueprint));
  for (const auto& options : blueprint.routes)
    CHECK_OK(settings::of_setting("routes." + options.name, add_route(*snapshot, blueprint, stages, options)));
  snapshot->router = TRY_OF_SETTING("routes", make_router(blueprint.routes));
  if (blueprint.signer) {
    std::vector<token::Jwk> keys{blueprint.signer->public_jwk()};
    snapshot->identity_jwks = TRY(token::KeySet::from(std::move(keys))).to_json();
  }
  return std::shared_ptr<const Snapshot>(std::move(snapshot));
}

}  // namespace gatehouse::gateway

#include "app/main/selftest/route_tryout.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <map>
#include <set>

#include "app/main/gate/gate.hpp"
#include "app/main/place/opened.hpp"
#include "app/main/selftest/passing_folder.hpp"
#include "app/main/selftest/route_case.hpp"
#include "doors/gateway/issuers.hpp"
#include "engines/outbound/raw_exchange.hpp"
#include "engines/token/signer.hpp"
#include "ground/base/arena.hpp"
#include "ground/crypto/key.hpp"
#include "ground/http/path.hpp"
#include "ground/json/writer.hpp"

namespace gatehouse::main {

namespace route_tryout {
namespace {

constexpr const char* full_plan = "selftest-full";
constexpr const char* plain_plan = "selftest-plain";
constexpr const char* others = "gatehouse-selftest-others";
constexpr std::string_view key_set_file = "keys.jwks";

bool holds(const auto& list, const auto& value) { return std::ranges::find(list, value) != list.end(); }

/// An address of this machine where nobody listens, and nobody else can while this lives.
class Nowhere {
 public:
  static Result<Nowhere> make() {
    Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof name;
    if (!socket.open() || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0 ||
        ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&name), &size) != 0)
      return system_error("a port for the selftest");
    return Nowhere(std::move(socket), ntohs(name.sin_port));
  }
  [[nodiscard]] settings::Url url() const { return {.secure = false, .host = "127.0.0.1", .port = port_, .path = {}}; }

 private:
  Nowhere(Descriptor socket, std::uint16_t port) noexcept : socket_(std::move(socket)), port_(port) {}
  Descriptor socket_;
  std::uint16_t port_;
};

/// What a token of the test says: names with their values as JSON.
using Claims = std::map<std::string, std::string>;

std::string text_of(std::string_view value) {
  std::string out;
  json::Writer(out).value(value);
  return out;
}

std::string json_of(const token::ClaimValue& value) {
  if (const auto* const text = std::get_if<std::string>(&value)) return text_of(std::string_view(*text));
  if (const auto* const boolean = std::get_if<bool>(&value)) return *boolean ? "true" : "false";
  return std::to_string(std::get<std::int64_t>(value));
}

std::string document_of(const Claims& claims) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  for (const auto& [name, value] : claims) writer.key(name).raw(value);
  writer.end();
  return out;
}

/// Who signs the tokens, by the `typ` that an issuer's tokens must have.
using Signers = std::map<std::string, token::Signer>;

Result<Signers> make_signers(const config::Configuration& tryout) {
  Signers signers;
  for (const auto& [name, issuer] : tryout.issuers) {
    if (signers.contains(issuer.typ)) continue;
    auto key = TRY(crypto::PrivateKey::generate(crypto::KeyType::p256));
    auto signer = TRY(token::Signer::create(std::move(key), issuer.typ.empty() ? "JWT" : issuer.typ));
    signers.emplace(issuer.typ, std::move(signer));
  }
  return signers;
}

/// Makes the credentials of all routes. The keys lie in a store in memory, the issuers' key in a file of the folder that goes away.
class Credentials {
 public:
  Credentials(const config::Configuration& tryout, keys::Keys& keys, const Signers& signers, Instant now)
      : tryout_(tryout), keys_(keys), signers_(signers), now_(now) {}

  Result<> give(RouteTarget& target, const gateway::RouteOptions& route) {
    CHECK_OK(give_keys(target, route));
    if (target.takes_tokens) CHECK_OK(give_tokens(target, route));
    return {};
  }

 private:
  Result<std::string> key(const char* plan, const std::vector<std::string>& scopes) {
    const auto issued = TRY(keys_.create({.name = "selftest",
                                          .subject = {},
                                          .plan = plan,
                                          .scopes = scopes,
                                          .allowed = {},
                                          .expires_at = {},
                                          .environment = tryout_.keys.environment}));
    return std::string(issued.clear_text.reveal());
  }
  Result<> give_keys(RouteTarget& target, const gateway::RouteOptions& route) {
    target.key = TRY(key(full_plan, route.scopes));
    if (!target.takes_keys) return {};
    if (!route.scopes.empty()) target.key_without_scope = TRY(key(full_plan, {}));
    if (!route.features.empty()) target.key_without_feature = TRY(key(plain_plan, route.scopes));
    const auto gone = TRY(keys_.create({.name = "selftest",
                                        .subject = {},
                                        .plan = full_plan,
                                        .scopes = route.scopes,
                                        .allowed = {},
                                        .expires_at = {},
                                        .environment = tryout_.keys.environment}));
    CHECK_OK(keys_.revoke(gone.id));
    target.revoked_key = std::string(gone.clear_text.reveal());
    return {};
  }
  Result<> give_tokens(RouteTarget& target, const gateway::RouteOptions& route) const {
    const auto trusted =
        std::ranges::find_if(tryout_.issuers, [&](const auto& each) { return route.issuers.empty() || holds(route.issuers, each.first); });
    if (trusted == tryout_.issuers.end()) return {};
    const auto& issuer = trusted->second;
    const Claims base{{"iss", text_of(issuer.issuer)},
                      {"aud", text_of(issuer.audience.front())},
                      {issuer.subject_claim, text_of("selftest")},
                      {"exp", std::to_string(unix_seconds(now_ + 1h))}};
    auto with_scopes = base;
    std::string scopes;
    for (const auto& scope : route.scopes) scopes += (scopes.empty() ? "" : " ") + scope;
    const std::string scope_claim(gateway::Issuer::scope_claim(issuer.scope_claim, true));
    if (!scopes.empty()) with_scopes.insert_or_assign(scope_claim, text_of(scopes));
    auto good = with_scopes;
    for (const auto& [name, any_of] : route.claims) good.insert_or_assign(name, any_of.empty() ? text_of("selftest") : json_of(any_of.front()));
    const auto sign = [&](const Claims& claims) { return signers_.at(issuer.typ).sign(document_of(claims)); };
    target.token = TRY(sign(good));
    auto other = good;
    other["exp"] = std::to_string(unix_seconds(now_ - 1h));
    target.expired_token = TRY(sign(other));
    other = good;
    other["aud"] = text_of(others);
    target.token_for_others = TRY(sign(other));
    other = good;
    other.erase(scope_claim);
    // Not where the route asks for a claim in which scopes would be looked for then.
    const bool has_scopes = other.contains(std::string(gateway::Issuer::scope_claim(issuer.scope_claim, other.contains("scope"))));
    if (!scopes.empty() && !route.claims.contains(scope_claim) && !has_scopes) target.token_without_scope = TRY(sign(other));
    // One that names who it is cannot be left out: without it the token is none of this issuer.
    const bool can_be_left_out =
        !route.claims.empty() && std::ranges::none_of(route.claims, [&](const auto& rule) { return with_scopes.contains(rule.first); });
    if (can_be_left_out) target.token_without_claim = TRY(sign(with_scopes));
    return {};
  }

  const config::Configuration& tryout_;
  keys::Keys& keys_;
  const Signers& signers_;
  const Instant now_;
};

gateway::RouteMatch match(const gateway::Snapshot& snapshot, const RouteTarget& target, std::string_view method) {
  Arena arena;
  const auto path = http::NormalPath::parse(target.path, arena);
  if (!path) return gateway::NoRoute{};
  return snapshot.router.match(target.host, path->segments(), http::method_from(method), method);
}

/// The request line for a route, if its example path is this route's and not a narrower one's.
RouteTarget target_of(const gateway::Snapshot& snapshot, const gateway::RouteOptions& route) {
  RouteTarget target;
  target.host = example_host(route);
  target.path = example_path(route.path);
  target.method = holds(route.methods, std::string("GET")) ? "GET" : route.methods.front();
  for (const std::string_view method : {"DELETE", "PUT", "PATCH", "POST", "GET"})
    if (target.refused_method.empty() && std::holds_alternative<gateway::MethodNotAllowed>(match(snapshot, target, method)))
      target.refused_method = method;
  target.open = holds(route.authenticate, gateway::Credential::none);
  target.takes_keys = holds(route.authenticate, gateway::Credential::api_key);
  target.takes_tokens = holds(route.authenticate, gateway::Credential::jwt);
  target.asks_for_claims = !route.claims.empty();
  target.asks_for_features = !route.features.empty();
  return target;
}

/// An upstream that is nowhere answers nothing: 502 says that the request was let through.
Tried judge_here(const SelftestCase& test, const Result<std::string>& answer, const std::string& route) {
  auto tried = judge(test, answer);
  if (tried.got == "502") tried.got = "passes";
  tried.route = route;
  return tried;
}

Tried said(const std::string& route, std::string what) {
  return {.route = route, .name = std::move(what), .wanted = "-", .got = "not tried", .verdict = Tried::Verdict::right};
}

}  // namespace
}  // namespace route_tryout

config::Configuration routes_configuration(const config::Configuration& running, const std::string& folder) {
  using namespace route_tryout;
  auto tryout = bare_configuration(running, folder);
  tryout.plans[full_plan];
  tryout.plans[plain_plan];
  tryout.routes = running.routes;
  if (tryout.routes.size() > tried_routes_max) tryout.routes.resize(tried_routes_max);
  std::set<std::string> features;
  for (auto& route : tryout.routes) {
    features.insert(route.features.begin(), route.features.end());
    route.addresses.clear();
    route.limits.reset();
    route.validator.reset();  // what is sent is made up for the route, not for its operation: the contract is not tried
  }
  tryout.plans[full_plan].features.assign(features.begin(), features.end());
  for (const auto& [name, options] : running.issuers) {
    auto& issuer = tryout.issuers[name];
    issuer.issuer = options.issuer;
    issuer.audience = options.audience;
    issuer.typ = options.typ;
    issuer.skew = options.skew;
    issuer.scope_claim = options.scope_claim;
    issuer.subject_claim = options.subject_claim;
    issuer.algorithms = {"ES256"};
    issuer.jwks.emplace().file = fmt::format("{}/{}", folder, key_set_file);
  }
  return tryout;
}

Result<std::vector<Tried>> try_routes(config::Configuration tryout, const Clock& clock, Random& random, Ticks until) {
  using namespace route_tryout;
  const auto folder = TRY(PassingFolder::make(tryout.data));
  const auto nowhere = TRY(Nowhere::make());
  for (auto& [name, upstream] : tryout.upstreams) upstream.servers = {nowhere.url()};
  const auto signers = TRY(make_signers(tryout));
  std::vector<token::Jwk> public_keys;
  for (const auto& [typ, signer] : signers) public_keys.push_back(signer.public_jwk());
  if (!public_keys.empty()) {
    const auto set = TRY(token::KeySet::from(std::move(public_keys)));
    CHECK_OK(write_file(fmt::format("{}/{}", tryout.data, key_set_file), set.to_json(), 0600, Replace::no));
  }

  const auto store = TRY(store::open_sqlite_in_memory());
  const auto keys = TRY(keys::Keys::open(*store, clock, random, keys_options(tryout)));
  const auto revocations = TRY(revocations::Revocations::open(*store, clock, random));
  auto sockets = TRY(bind_sockets(tryout));
  const auto gate = TRY(Gate::create(tryout, std::move(sockets), {}, *store, *keys, *revocations, clock, random));
  Credentials credentials(tryout, *keys, signers, clock.now());
  gate->start();

  const auto url = settings::Url::parse("http://" + gate->endpoints().front().to_text());
  if (!url) return fail(Fault::internal, "the gate's own address is no URL");
  const auto snapshot = gate->server().snapshot();
  std::vector<Tried> all;
  for (std::size_t i = 0; i < tryout.routes.size(); ++i) {
    const auto& route = tryout.routes[i];
    auto target = target_of(*snapshot, route);
    const auto found = match(*snapshot, target, target.method);
    const auto* const index = std::get_if<std::uint32_t>(&found);
    if (index == nullptr || *index != i) {
      all.push_back(said(route.name, fmt::format("{} {} belongs to another route", target.method, target.path)));
      continue;
    }
    CHECK_OK(credentials.give(target, route));
    for (const auto& test : route_cases(target)) {
      const bool late = clock.ticks() > until;
      all.push_back(judge_here(test,
                               late ? Result<std::string>(fail(Fault::unavailable, "not asked: the others took too long"))
                                    : outbound::exchange_raw(*url, test.bytes, {.time_max = time_of_one_request}),
                               route.name));
    }
  }
  return all;
}

}  // namespace gatehouse::main

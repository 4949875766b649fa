#include "app/main/selftest/tryout.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/main/gate/gate.hpp"
#include "app/main/place/opened.hpp"
#include "app/main/selftest/passing_folder.hpp"
#include "engines/outbound/raw_exchange.hpp"
#include "ground/base/text.hpp"
#include "ground/http/path.hpp"
#include "ground/json/writer.hpp"

namespace gatehouse::main {
namespace {

constexpr std::uint32_t decisions_kept = 1000;
constexpr const char* tryout_plan = "selftest";

bool holds(const auto& list, const auto& value) { return std::ranges::find(list, value) != list.end(); }

bool may_be_tried(const gateway::RouteOptions& route) {
  return holds(route.methods, "GET") && !holds(route.methods, "DELETE") && holds(route.authenticate, gateway::Credential::api_key);
}

std::string_view name_of(Tried::Verdict verdict) noexcept {
  switch (verdict) {
    case Tried::Verdict::right: return "ok";
    case Tried::Verdict::wrong: return "wrong";
    case Tried::Verdict::unjudged: return "unjudged";
  }
  return "unjudged";
}

}  // namespace

std::string example_path(std::string_view pattern) {
  std::string path;
  for (const auto segment : text::split(pattern.substr(1), '/'))
    path += "/" + (segment.starts_with('{') ? std::string("1") : http::NormalPath::encode(gateway::literal_of(segment)));
  return path;
}

std::string example_host(const gateway::RouteOptions& route) {
  if (route.hosts.empty()) return "localhost";
  const auto& host = route.hosts.front();
  return host.starts_with("*.") ? "selftest" + host.substr(1) : host;
}

config::Configuration bare_configuration(const config::Configuration& running, const std::string& folder) {
  config::Configuration tryout;
  tryout.data = folder;
  tryout.audit.decisions = decisions_kept;
  tryout.workers = 1;
  tryout.connections = running.connections;
  tryout.identity = running.identity;
  tryout.keys = running.keys;
  tryout.memory = running.memory;
  tryout.upstreams = running.upstreams;
  tryout.limits = {.per_address = {}, .per_key = {}, .per_subject = {}, .failures = {}};
  net::ListenerOptions door{.address = *settings::Endpoint::parse("127.0.0.1:0"), .tls = {}};
  door.tls.off = true;
  tryout.listeners.push_back(std::move(door));
  return tryout;
}

Result<config::Configuration> tryout_configuration(const config::Configuration& running, const std::string& folder) {
  const auto found = std::ranges::find_if(running.routes, may_be_tried);
  if (found == running.routes.end()) return refuse(Fault::not_found, "no route takes GET with an API key and not DELETE; there is nothing to test");
  auto tryout = bare_configuration(running, folder);
  tryout.plans[tryout_plan].features = found->features;
  auto route = *found;
  route.authenticate = {gateway::Credential::api_key};  // tokens cannot be made here: only their issuer has the key
  route.issuers.clear();
  route.claims.clear();
  route.addresses.clear();
  route.limits.reset();
  route.validator.reset();  // the harmless neighbours of an attack are no requests that a contract would know
  tryout.routes.push_back(std::move(route));
  return tryout;
}

Tried judge(const SelftestCase& test, const Result<std::string>& answer) {
  Tried tried{.route = {}, .name = test.name, .wanted = {}, .got = {}};
  for (const int status : test.wanted) tried.wanted += (tried.wanted.empty() ? "" : " or ") + std::to_string(status);
  if (test.wanted.empty()) tried.wanted = "passes";
  const int status = answer ? refusal_status(*answer) : -1;
  if (status < 0) {
    tried.got = answer ? "no answer" : to_text(answer.error());
    return tried;
  }
  tried.got = status == 0 ? "passes" : std::to_string(status);
  // An upstream that is down is not a fault of the gate: 502 and 504 mean that the request was let through.
  const bool right = test.wanted.empty() ? status == 0 || status == 502 || status == 504 : holds(test.wanted, status);
  tried.verdict = right ? Tried::Verdict::right : Tried::Verdict::wrong;
  return tried;
}

Result<std::vector<Tried>> try_out(const config::Configuration& tryout, const Clock& clock, Random& random, Ticks until) {
  const auto folder = TRY(PassingFolder::make(tryout.data));
  const auto& route = tryout.routes.front();
  const auto store = TRY(store::open_sqlite_in_memory());
  const auto keys = TRY(keys::Keys::open(*store, clock, random, keys_options(tryout)));
  const auto revocations = TRY(revocations::Revocations::open(*store, clock, random));
  const keys::KeySpec spec{.name = "selftest",
                           .subject = {},
                           .plan = tryout_plan,
                           .scopes = route.scopes,
                           .allowed = {},
                           .expires_at = {},
                           .environment = tryout.keys.environment};
  const auto key = TRY(keys->create(spec));
  const auto gone = TRY(keys->create(spec));
  CHECK_OK(keys->revoke(gone.id));
  auto sockets = TRY(bind_sockets(tryout));
  const auto gate = TRY(Gate::create(tryout, std::move(sockets), {}, *store, *keys, *revocations, clock, random));
  gate->start();

  const auto url = settings::Url::parse("http://" + gate->endpoints().front().to_text());
  if (!url) return fail(Fault::internal, "the gate's own address is no URL");
  const SelftestTarget target{.host = example_host(route),
                              .path = example_path(route.path),
                              .key = std::string(key.clear_text.reveal()),
                              .revoked_key = std::string(gone.clear_text.reveal()),
                              .every_path = route.path.starts_with("/{") && route.path.ends_with("...}")};
  const outbound::RawOptions options{.time_max = time_of_one_request};
  std::vector<Tried> all;
  for (const auto& test : selftest_cases(target)) {
    const bool late = clock.ticks() > until;
    all.push_back(judge(test, late ? Result<std::string>(fail(Fault::unavailable, "not asked: the others took too long"))
                                   : outbound::exchange_raw(*url, test.bytes, options)));
  }
  return all;
}

void add_tried(std::vector<Tried>& all, std::vector<Tried> of_one, const std::string& route) {
  for (auto& tried : of_one) {
    tried.route = route;
    const auto same = [&](const Tried& each) {
      return each.route == route && each.name == tried.name && each.wanted == tried.wanted && each.verdict == tried.verdict;
    };
    if (std::ranges::none_of(all, same)) all.push_back(std::move(tried));
  }
}

std::string to_json(const std::vector<Tried>& all) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().key("cases").begin_array();
  for (const auto& tried : all)
    writer.begin_object()
        .member("route", tried.route)
        .member("name", tried.name)
        .member("wanted", tried.wanted)
        .member("got", tried.got)
        .member("verdict", name_of(tried.verdict))
        .member("right", tried.verdict == Tried::Verdict::right)
        .end();
  writer.end().end();
  return out;
}

}  // namespace gatehouse::main

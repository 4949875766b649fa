#include "app/main/selftest/route_tryout.hpp"

#include "app/main/gate/gate_trial.hpp"
#include "doors/gateway/trial_validator.hpp"
#include "ground/base/testing.hpp"

using namespace gatehouse;
using namespace gatehouse::main;
using namespace gatehouse::main::trial;

namespace {

/// One route of each kind: open, for keys, for tokens, for both, and one whose example path is a narrower route's.
config::Configuration of_each_kind(const std::string& upstream, const std::string& folder) {
  auto running = config::protect_configuration(upstream, folder).value();
  running.limits.per_address = limits::AddressLimitOptions{.rate = settings::Rate{1, 1h}, .burst = 1, .concurrency = {}};
  auto& issuer = running.issuers["clinic"];
  issuer.issuer = "https://issuer.example";
  issuer.audience = {"clinic"};
  issuer.typ = "at+jwt";
  issuer.scope_claim = "scp";
  issuer.jwks.emplace().url = settings::Url{.secure = false, .host = "127.0.0.1", .port = 1, .path = {}};
  const auto model = running.routes.front();
  running.routes.clear();
  const auto route = [&](std::string name, std::string path, std::vector<std::string> methods,
                         std::vector<gateway::Credential> kinds) -> gateway::RouteOptions& {
    auto& made = running.routes.emplace_back(model);
    made.name = std::move(name);
    made.path = std::move(path);
    made.methods = std::move(methods);
    made.authenticate = std::move(kinds);
    return made;
  };
  using enum gateway::Credential;
  route("prices", "/prices", {"GET"}, {none});
  route("patients", "/patients/{id}", {"GET", "POST"}, {api_key}).scopes = {"read", "write"};
  auto& exported = route("export", "/export", {"POST"}, {api_key});
  exported.features = {"export"};
  exported.hosts = {"*.example.org"};
  auto& staff = route("staff", "/staff", {"DELETE"}, {jwt});
  staff.scopes = {"staff"};
  staff.claims["role"] = {"nurse", "doctor"};
  route("both", "/both", {"GET"}, {api_key, jwt}).addresses = {http::AddressBlock::parse("192.0.2.0/24").value()};
  route("one", "/of/1", {"GET"}, {none});
  route("any", "/of/{which}", {"GET"}, {api_key});
  return running;
}

std::vector<Tried> routes_tried(config::Configuration trial) {
  SystemClock clock;
  SystemRandom random;
  auto all = try_routes(std::move(trial), clock, random, clock.ticks() + time_of_selftest);
  REQUIRE_MESSAGE(all.has_value(), (all ? std::string() : to_text(all.error())));
  return std::move(*all);
}

/// "name: got" of one route, those that are not as wanted with an exclamation mark.
std::vector<std::string> rows_of(const std::vector<Tried>& all, std::string_view route) {
  std::vector<std::string> rows;
  for (const auto& tried : all)
    if (tried.route == route) rows.push_back((tried.verdict == Tried::Verdict::right ? "" : "! ") + tried.name + ": " + tried.got);
  return rows;
}

}  // namespace

TEST_CASE("each route is tried by what it takes and by each reason to be kept out, and nothing of it reaches an upstream") {
  gatehouse::testing::TemporaryFolder folder;
  const auto running = of_each_kind("http://127.0.0.1:1", folder.path());
  const auto all = routes_tried(routes_configuration(running, folder.path() + "/trial"));
  const auto unsigned_token = "a token that says it needs no signature: 401";
  using Rows = std::vector<std::string>;
  CHECK(rows_of(all, "prices") == Rows{"no credential: passes", "DELETE: 405"});
  CHECK(rows_of(all, "patients") == Rows{"no credential: 401", unsigned_token, "a good key: passes", "a key that was revoked: 401",
                                         "a key without the scopes: 403", "DELETE: 405"});
  CHECK(rows_of(all, "export") == Rows{"no credential: 401", unsigned_token, "a good key: passes", "a key that was revoked: 401",
                                       "a key whose plan lacks the features: 403", "DELETE: 405"});
  CHECK(rows_of(all, "staff") == Rows{"no credential: 401", unsigned_token, "a good key, where only tokens are taken: 401", "a good token: passes",
                                      "a token that was altered: 401", "a token that has expired: 401", "a token for another audience: 401",
                                      "a token without the scopes: 403", "a token without the claims: 403", "PUT: 405"});
  CHECK(rows_of(all, "both") == Rows{"no credential: 401", unsigned_token, "a good key: passes", "a key that was revoked: 401",
                                     "a good token: passes", "a token that was altered: 401", "a token that has expired: 401",
                                     "a token for another audience: 401", "DELETE: 405"});
  CHECK(rows_of(all, "any") == Rows{"GET /of/1 belongs to another route: not tried"});
  CHECK_FALSE(std::filesystem::exists(folder.path() + "/trial"));
}

/// A contract that nothing keeps.
class Refusing final : public gateway::RequestValidator {
 public:
  [[nodiscard]] bool reads_body(const http::Request& /*request*/) const noexcept override { return false; }
  [[nodiscard]] Findings check_request(const http::Request& /*request*/, std::optional<std::string_view> /*body*/, Arena& /*memory*/) const override {
    return {.kind = http::ProblemKind::parameter_invalid, .violations = {{http::Violation::In::query, "x", "no", "x"}}, .more = false};
  }
};

TEST_CASE("requests made up for a route are not held to its contract, and whoever has no right to it is kept out all the same") {
  gatehouse::testing::TemporaryFolder folder;
  auto running = of_each_kind("http://127.0.0.1:1", folder.path());
  const auto without = routes_tried(routes_configuration(running, folder.path() + "/trial"));
  for (auto& route : running.routes) route.validator = std::make_shared<const Refusing>();
  const auto all = routes_tried(routes_configuration(running, folder.path() + "/trial"));
  CHECK(std::ranges::all_of(all, [](const auto& tried) { return tried.verdict == Tried::Verdict::right; }));
  for (const auto& route : running.routes) CHECK(rows_of(all, route.name) == rows_of(without, route.name));
}

TEST_CASE("scopes are written where the gate looks for them, also where the configuration does not say") {
  gatehouse::testing::TemporaryFolder folder;
  using Rows = std::vector<std::string>;
  for (const auto* scope_claim : {"", "scope", "scp", "permissions"}) {
    CAPTURE(scope_claim);
    auto running = of_each_kind("http://127.0.0.1:1", folder.path());
    running.issuers["clinic"].scope_claim = scope_claim;
    std::erase_if(running.routes, [](const auto& route) { return route.name != "staff"; });
    const auto with = routes_tried(routes_configuration(running, folder.path() + "/trial"));
    CHECK(std::ranges::all_of(with, [](const auto& tried) { return tried.verdict == Tried::Verdict::right; }));
    const Rows rows = rows_of(with, "staff");
    CHECK(std::ranges::find(rows, "a good token: passes") != rows.end());
    CHECK(std::ranges::find(rows, "a token without the scopes: 403") != rows.end());
  }
  // A claim that the route asks for, and where the gate looks when there is no `scope`: a token without scopes cannot be made.
  auto running = of_each_kind("http://127.0.0.1:1", folder.path());
  running.issuers["clinic"].scope_claim = "";
  std::erase_if(running.routes, [](const auto& route) { return route.name != "staff"; });
  running.routes.front().claims["scp"] = {"staff"};
  const auto all = routes_tried(routes_configuration(running, folder.path() + "/trial"));
  CHECK(std::ranges::all_of(all, [](const auto& tried) { return tried.verdict == Tried::Verdict::right; }));
  CHECK(std::ranges::none_of(all, [](const auto& tried) { return tried.name == "a token without the scopes"; }));
}

TEST_CASE("a route that lets in whom it should not is found by its name, and its neighbour is not accused") {
  gatehouse::testing::TemporaryFolder folder;
  auto running = of_each_kind("http://127.0.0.1:1", folder.path());
  std::erase_if(running.routes, [](const auto& route) { return route.name != "patients" && route.name != "export"; });
  // What a fault in the gate would be like: judged by another configuration than the one that is served.
  auto trial = routes_configuration(running, folder.path() + "/trial");
  trial.plans["selftest-plain"].features = {"export"};
  const auto all = routes_tried(std::move(trial));
  CHECK(std::ranges::count_if(all, [](const auto& tried) { return tried.verdict == Tried::Verdict::wrong; }) == 1);
  const auto rows = rows_of(all, "export");
  CHECK(std::ranges::find(rows, "! a key whose plan lacks the features: passes") != rows.end());
}

// Which pairs of routes `check` speaks of: those by which a guarded path of an upstream can be had without a credential.
#include <doctest/doctest.h>

#include "app/main/gate/open_ways.hpp"

using namespace gatehouse;
using namespace gatehouse::main;

namespace {
gateway::RouteOptions way(std::string path, bool guarded, std::vector<std::string> hosts = {}, std::string strip_prefix = {}) {
  gateway::RouteOptions route;
  route.name = guarded ? "guarded" : "open";
  route.path = std::move(path);
  route.methods = {"GET"};
  route.upstream = "api";
  route.authenticate = {guarded ? gateway::Credential::api_key : gateway::Credential::none};
  route.hosts = std::move(hosts);
  route.strip_prefix = std::move(strip_prefix);
  return route;
}

std::vector<std::string> notices_about(gateway::RouteOptions one, gateway::RouteOptions other) {
  config::Configuration configuration;
  configuration.routes = {std::move(one), std::move(other)};
  return open_way_notices(configuration);
}
}  // namespace

TEST_CASE("a prefix that is taken off leads to a guarded path of the upstream: that is spoken of") {
  const auto all = notices_about(way("/admin/{r...}", true), way("/public/{r...}", false, {}, "/public"));
  REQUIRE(all.size() == 1);
  CHECK(all[0].starts_with(
      "the upstream 'api' has paths that the route 'guarded' guards (/admin/{r...} of every host), and to which the route 'open' leads "
      "without asking who comes (/public/{r...} without /public of every host)"));
  CHECK(notices_about(way("/admin", true), way("/public/{x}", false, {}, "/public")).size() == 1);
  CHECK(notices_about(way("/v1/admin/{r...}", true, {}, "/v1"), way("/admin/{r...}", false)).size() == 1);
  CHECK(notices_about(way("/", true), way("/public", false, {}, "/public")).size() == 1);
}

TEST_CASE("another host leads to a guarded path of the upstream: that is spoken of") {
  const std::vector<std::string> exact{"api.example.org"}, wild{"*.example.org"};
  CHECK(notices_about(way("/admin/{r...}", true, exact), way("/{r...}", false, wild)).size() == 1);
  CHECK(notices_about(way("/admin/{r...}", true, exact), way("/{r...}", false)).size() == 1);
  CHECK(notices_about(way("/admin/{r...}", true), way("/{r...}", false, exact)).size() == 1);  // a tree of its own, which is looked at first
  CHECK(notices_about(way("/admin", true, exact), way("/admin", false, wild)).size() == 1);
  CHECK(notices_about(way("/Admin", true, exact), way("/admin", false, wild)).size() == 1);
  CHECK(notices_about(way("/a/{x}", true, exact), way("/{y}/b", false, wild)).size() == 1);
}

TEST_CASE("what the router keeps apart, what is named as the open part, and what does not meet is not spoken of") {
  const std::vector<std::string> exact{"api.example.org"}, wild{"*.example.org"}, both{"api.example.org", "*.example.org"};
  CHECK(notices_about(way("/admin/{r...}", true), way("/{r...}", false)).empty());
  CHECK(notices_about(way("/admin/{r...}", true, both), way("/{r...}", false, exact)).empty());
  CHECK(notices_about(way("/v1/admin/{r...}", true, {}, "/v1"), way("/v1/{r...}", false, {}, "/v1")).empty());
  CHECK(notices_about(way("/{r...}", true, exact), way("/health", false, wild)).empty());
  CHECK(notices_about(way("/{r...}", true), way("/public/{r...}/x", false, {}, "/public")).empty());  // no path: said elsewhere
  CHECK(notices_about(way("/admin/{r...}", true), way("/public/shop/{r...}", false, {}, "/public")).empty());
  CHECK(notices_about(way("/admin/{x}", true, exact), way("/{x}", false, wild)).empty());
  CHECK(notices_about(way("/admin/", true, exact), way("/admin/{x}", false, wild)).empty());

  auto other = way("/{r...}", false, wild);
  other.upstream = "shop";
  CHECK(notices_about(way("/admin", true, exact), other).empty());
  other.upstream = "api", other.methods = {"POST"};
  CHECK(notices_about(way("/admin", true, exact), other).empty());
  other.methods = {"POST", "GET"};
  CHECK(notices_about(way("/admin", true, exact), other).size() == 1);
  other.addresses = {*http::AddressBlock::parse("10.0.0.0/8")};
  CHECK(notices_about(way("/admin", true, exact), other).empty());
}

TEST_CASE("of many pairs some are named and the others counted") {
  config::Configuration configuration;
  for (int i = 0; i < 30; ++i) configuration.routes.push_back(way("/admin/" + std::to_string(i), true, {"api.example.org"}));
  configuration.routes.push_back(way("/{r...}", false));
  const auto all = open_way_notices(configuration);
  REQUIRE(all.size() == 21);
  CHECK(all.back().starts_with("10 more pairs"));
}

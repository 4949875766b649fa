#include "app/main/running/first_call.hpp"

#include <algorithm>
#include <tuple>

#include "ground/base/arena.hpp"
#include "ground/base/text.hpp"
#include "ground/http/canonical.hpp"
#include "ground/http/path.hpp"

namespace gatehouse::main {

namespace first_calls {
namespace {

using gateway::RouteOptions;

bool holds(const auto& list, const auto& value) { return std::ranges::find(list, value) != list.end(); }

bool takes_get(const RouteOptions& route) { return holds(route.methods, std::string("GET")); }
bool takes_keys(const RouteOptions& route) { return holds(route.authenticate, gateway::Credential::api_key); }
bool is_open(const RouteOptions& route) { return holds(route.authenticate, gateway::Credential::none); }

/// The path as a client writes it.
std::string target_of(const RouteOptions& route) {
  std::string target;
  for (const auto segment : text::split(std::string_view(route.path).substr(1), '/'))
    target += '/' + http::NormalPath::encode(gateway::literal_of(segment));
  return target;
}

/// Whether the contract, if there is one, is content with nothing but the path.
bool needs_nothing_more(const RouteOptions& route) {
  if (route.path.contains('{')) return false;
  if (!route.validator || route.validate != gateway::Validate::enforce) return true;
  Arena memory;
  const auto target = target_of(route);
  http::RequestHead head(memory);
  head.method = http::Method::get;
  head.method_token = "GET";
  head.target = target;
  head.headers.add(http::HeaderId::host, "localhost");
  const auto request = http::canonical(head, {}, memory);
  return request && route.validator->check_request(*request, std::nullopt, memory).empty();
}

bool all_in(const std::vector<std::string>& scopes, const std::vector<std::string>& held) {
  return std::ranges::all_of(scopes, [&](const auto& scope) { return holds(held, scope); });
}

}  // namespace
}  // namespace first_calls

FirstCall first_call(const config::Configuration& configuration) {
  using namespace first_calls;
  const auto& routes = configuration.routes;
  const auto opened_by = [&](const std::vector<std::string>& scopes) {
    return std::ranges::count_if(routes, [&](const auto& route) { return takes_get(route) && takes_keys(route) && all_in(route.scopes, scopes); });
  };
  const RouteOptions *best = nullptr, *open = nullptr;
  std::tuple<std::size_t, std::ptrdiff_t> best_rank;
  for (const auto& route : routes) {
    if (!takes_get(route) || !route.hosts.empty() || !route.features.empty() || !needs_nothing_more(route)) continue;
    if (is_open(route) && open == nullptr) open = &route;
    if (!takes_keys(route)) continue;
    const std::tuple rank(route.scopes.size(), -opened_by(route.scopes));
    if (best == nullptr || rank < best_rank) std::tie(best, best_rank) = std::tuple(&route, rank);
  }
  if (best != nullptr) return {target_of(*best), best->scopes};
  return open != nullptr ? FirstCall{target_of(*open), {}} : FirstCall{};
}

}  // namespace gatehouse::main

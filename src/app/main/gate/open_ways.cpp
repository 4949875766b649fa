#include "app/main/gate/open_ways.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "doors/gateway/router.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::main {

namespace open_ways {
namespace {
using gateway::PathTemplate, gateway::RouteOptions;
using Kind = PathTemplate::Kind;
using Parts = std::span<const PathTemplate::Part>;

constexpr std::size_t told_max = 20;
constexpr std::size_t pairs_max = 4'000'000;  // that are looked at: some 100 ms

struct Way {
  const RouteOptions* route;
  std::vector<PathTemplate::Part> parts;  ///< of the path that the upstream gets
};

/// Nothing: the path is none, which is said elsewhere.
std::optional<Way> way_of(const RouteOptions& route) {
  const auto path = PathTemplate::parse(route.path);
  if (!path) return std::nullopt;
  const auto stripped = route.strip_prefix.empty() ? 0 : static_cast<std::size_t>(std::ranges::count(route.strip_prefix, '/'));
  Way way{&route, {}};
  for (std::size_t i = stripped; i < path->parts.size(); ++i) way.parts.push_back(path->parts[i]);
  if (way.parts.empty()) way.parts.push_back({Kind::literal, {}});  // "/"
  return way;
}

bool takes(const PathTemplate::Part& part, std::string_view literal) {
  return part.kind == Kind::variable ? !literal.empty() : text::equal_ignoring_case(part.text, literal);  // as the upstream may
}

/// Whether some path is of both.
bool meet(Parts a, Parts b) {
  for (std::size_t i = 0;; ++i) {
    if (i == a.size() || i == b.size()) return a.size() == b.size();
    if (a[i].kind == Kind::rest || b[i].kind == Kind::rest) return true;
    const bool fits = a[i].kind == Kind::literal ? takes(b[i], a[i].text) : b[i].kind == Kind::variable || takes(a[i], b[i].text);
    if (!fits) return false;
  }
}

/// Whether every path of `a` is one of `b`.
bool within(Parts a, Parts b) {
  for (std::size_t i = 0;; ++i) {
    if (i == a.size() || i == b.size()) return a.size() == b.size();
    if (b[i].kind == Kind::rest) return true;
    if (a[i].kind == Kind::rest) return false;
    const bool fits = a[i].kind == Kind::literal ? takes(b[i], a[i].text) : b[i].kind == Kind::variable;
    if (!fits) return false;
  }
}

bool share_a_method(const RouteOptions& a, const RouteOptions& b) {
  return std::ranges::any_of(a.methods, [&](const auto& method) { return std::ranges::find(b.methods, method) != b.methods.end(); });
}

/// Of two routes for the same hosts, with nothing taken off their paths, the router takes the narrower one, as the operator reads it.
bool router_decides(const RouteOptions& open, const RouteOptions& guarded) {
  if (open.strip_prefix != guarded.strip_prefix) return false;
  if (open.hosts.empty() || guarded.hosts.empty()) return open.hosts.empty() && guarded.hosts.empty();
  return std::ranges::all_of(open.hosts, [&](const auto& host) { return std::ranges::find(guarded.hosts, host) != guarded.hosts.end(); });
}

bool opens(const Way& open, const Way& guarded) {
  if (router_decides(*open.route, *guarded.route) || !share_a_method(*open.route, *guarded.route) || !meet(open.parts, guarded.parts)) return false;
  return !within(open.parts, guarded.parts) || within(guarded.parts, open.parts);  // else it is a part that is named, and meant
}

std::string described(const RouteOptions& route) {
  std::string out = route.path;
  if (!route.strip_prefix.empty()) out += " without " + route.strip_prefix;
  out += route.hosts.empty() ? " of every host" : " of " + route.hosts.front() + (route.hosts.size() > 1 ? " and other hosts" : "");
  return out;
}

std::string told(const Way& open, const Way& guarded) {
  return fmt::format(
      "the upstream '{}' has paths that the route '{}' guards ({}), and to which the route '{}' leads without asking who comes ({}): guard that one, too, "
      "or let it name less",
      open.route->upstream, guarded.route->name, described(*guarded.route), open.route->name, described(*open.route));
}
}  // namespace
}  // namespace open_ways

std::vector<std::string> open_way_notices(const config::Configuration& configuration) {
  struct Ways {
    std::vector<open_ways::Way> open, guarded;
  };
  std::map<std::string_view, Ways> of_upstream;
  for (const auto& route : configuration.routes) {
    auto way = open_ways::way_of(route);
    if (!way) continue;
    auto& ways = of_upstream[route.upstream];
    const bool open = std::ranges::find(route.authenticate, gateway::Credential::none) != route.authenticate.end();
    if (!open) ways.guarded.push_back(std::move(*way));
    else if (route.addresses.empty()) ways.open.push_back(std::move(*way));
  }
  std::vector<std::string> all;
  std::size_t pairs = 0, found = 0;
  for (const auto& [upstream, ways] : of_upstream)
    for (const auto& open : ways.open)
      for (const auto& guarded : ways.guarded) {
        if (++pairs > open_ways::pairs_max) continue;
        if (open_ways::opens(open, guarded) && ++found <= open_ways::told_max) all.push_back(open_ways::told(open, guarded));
      }
  if (found > open_ways::told_max)
    all.push_back(fmt::format("{} more pairs of routes lead to the same paths of an upstream, one of them open", found - open_ways::told_max));
  if (pairs > open_ways::pairs_max) all.push_back("there are too many routes to compare all of them with what is open");
  return all;
}

}  // namespace gatehouse::main

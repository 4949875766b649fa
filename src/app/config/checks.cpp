// Checks that compare distant parts of the document.
#include <algorithm>
#include <map>
#include <set>

#include "app/config/load.hpp"
#include "ground/base/text.hpp"
#include "services/limits/limit.hpp"

namespace gatehouse::config {

namespace checks {

using settings::Node, settings::Reader;

namespace {

std::string item(std::string_view list, std::size_t index) { return std::string(list) + '[' + std::to_string(index) + ']'; }

/// Notes the problem at the node of that path.
void note(Reader& reader, const Node& root, std::string path, std::string what, std::string nearest = {}, std::string example = {}) {
  const auto at = root.nearest(path).at;
  reader.note_at(std::move(path), at, std::move(what), std::move(nearest), std::move(example));
}

template <class T>
std::vector<std::string> names_of(const settings::Named<T>& named) {
  std::vector<std::string> names;
  for (const auto& [name, value] : named) names.push_back(name);
  return names;
}

struct Known {
  std::vector<std::string> upstreams, issuers, features;
};

bool holds(const std::vector<std::string>& list, std::string_view name) { return std::ranges::find(list, name) != list.end(); }

void check_route(Reader& reader, const Node& root, const std::string& path, const gateway::RouteOptions& route, const Known& known) {
  if (!holds(known.upstreams, route.upstream))
    note(reader, root, path + ".upstream", "there is no upstream '" + route.upstream + "'", settings::nearest_name(route.upstream, known.upstreams));
  for (std::size_t i = 0; i < route.issuers.size(); ++i)
    if (!holds(known.issuers, route.issuers[i]))
      note(reader, root, item(path + ".issuers", i), "there is no issuer '" + route.issuers[i] + "'",
           settings::nearest_name(route.issuers[i], known.issuers));
  for (std::size_t i = 0; i < route.features.size(); ++i)
    if (!holds(known.features, route.features[i]))
      note(reader, root, item(path + ".features", i),
           "no plan has the feature '" + route.features[i] + "', so nobody could ever come here with a key",
           settings::nearest_name(route.features[i], known.features));
  const auto& kinds = route.authenticate;
  if (known.issuers.empty() && std::ranges::find(kinds, gateway::Credential::jwt) != kinds.end())
    note(reader, root, path + ".authenticate", "takes `jwt`, and no issuer is configured whose tokens could be believed", {},
         "issuers: { clinic: { issuer: \"https://issuer.example\", audience: [clinic], jwks: { file: issuer.jwks } } }");
}

/// "/patients/{id}" and "/patients/{number}" are one shape; "{rest...}" is another one.
std::string shape_of(std::string_view path) {
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '{') {
      out += path[i];
      continue;
    }
    const auto end = path.find('}', i);
    out += path.substr(i, end - i).ends_with("...") ? "{...}" : "{}";
    i = end;
  }
  return out;
}

/// Every (host, path shape, method) is answered by one route at most: which of two would win is nobody's guess.
class Claims {
 public:
  /// The earlier route that has it, or nothing.
  std::optional<std::size_t> claim(std::string host, const std::string& shape, const std::string& method, std::size_t route) {
    const auto [at, fresh] = owner_.emplace(std::move(host) + ' ' + shape + ' ' + method, route);
    return fresh || at->second == route ? std::nullopt : std::optional(at->second);
  }

 private:
  std::map<std::string, std::size_t> owner_;
};

void check_route_overlap(Reader& reader, const Node& root, const Configuration& configuration, std::size_t index, Claims& claims) {
  const auto& route = configuration.routes[index];
  const std::string shape = shape_of(route.path);
  const std::vector<std::string> every_host{""};
  std::set<std::size_t> told;
  for (const auto& host : route.hosts.empty() ? every_host : route.hosts) {
    for (const auto& method : route.methods) {
      const auto earlier = claims.claim(host, shape, method, index);
      if (!earlier || !told.insert(*earlier).second) continue;
      const auto& other = configuration.routes[*earlier];
      note(reader, root, item("routes", index) + ".path",
           method + " " + route.path + (host.empty() ? "" : " of host " + host) + " belongs to the route '" + other.name + "' on line " +
               std::to_string(root.nearest(item("routes", *earlier) + ".path").at.line) +
               " already; of two routes of one shape none is chosen by guess");
    }
  }
}

/// A plan's rate is kept by the same algorithm as every other limit, and has its bounds.
void check_plan(Reader& reader, const Node& root, const std::string& path, const keys::PlanOptions& plan) {
  if (!plan.rate) return;
  const auto made = limits::Limit::make(plan.rate->count, plan.rate->per, limits::burst_of(*plan.rate, plan.burst));
  if (!made) note(reader, root, path + ".rate", "cannot be kept: " + gatehouse::to_text(made.error()));
}

/// Names that must occur once.
void check_unique(Reader& reader, const Node& root, std::map<std::string, std::string>& seen, const std::string& value, const std::string& path,
                  std::string_view what) {
  const auto [at, fresh] = seen.emplace(value, path);
  if (!fresh) note(reader, root, path, std::string(what) + " '" + value + "' is used by " + at->second + " already");
}

bool is_this_machine(std::string_view host) {
  const auto address = http::Address::parse(host);
  return host == "localhost" || (address && settings::Endpoint{*address, 0}.is_loopback());
}

/// A request that the gate sends to itself comes back until nothing is left.
void check_loop(Reader& reader, const Node& root, const Configuration& configuration, const std::string& path, const settings::Url& server) {
  for (const auto& listener : configuration.listeners) {
    const auto address = http::Address::parse(server.host);
    const bool any_address = listener.address.address == *http::Address::parse("0.0.0.0") || listener.address.address == *http::Address::parse("::");
    const bool same_host =
        (address && *address == listener.address.address) || ((listener.address.is_loopback() || any_address) && is_this_machine(server.host));
    if (same_host && server.port == listener.address.port)
      note(reader, root, path, server.to_text() + " is the gate's own listener " + listener.address.to_text());
  }
}

}  // namespace
}  // namespace checks

void check_references(settings::Reader& reader, const settings::Node& root, const Configuration& configuration) {
  using namespace checks;
  Known known{names_of(configuration.upstreams), names_of(configuration.issuers), {}};
  for (const auto& [name, plan] : configuration.plans) {
    known.features.insert(known.features.end(), plan.features.begin(), plan.features.end());
    check_plan(reader, root, "plans." + name, plan);
  }
  for (std::size_t i = 0; i < configuration.routes.size(); ++i) check_route(reader, root, item("routes", i), configuration.routes[i], known);
  for (const auto& [name, upstream] : configuration.upstreams)
    for (std::size_t i = 0; i < upstream.servers.size(); ++i)
      check_loop(reader, root, configuration, item("upstreams." + name + ".servers", i), upstream.servers[i]);
}

void check_overlaps(settings::Reader& reader, const settings::Node& root, const Configuration& configuration) {
  using namespace checks;
  Claims claims;
  std::map<std::string, std::string> route_names, issuers, endpoints;
  for (std::size_t i = 0; i < configuration.routes.size(); ++i) {
    check_unique(reader, root, route_names, configuration.routes[i].name, item("routes", i) + ".name", "the name");
    check_route_overlap(reader, root, configuration, i, claims);
  }
  for (const auto& [name, issuer] : configuration.issuers)
    check_unique(reader, root, issuers, issuer.issuer, "issuers." + name + ".issuer", "the issuer");
  const auto check_endpoint = [&](const settings::Endpoint& endpoint, const std::string& path) {
    if (endpoint.port != 0) check_unique(reader, root, endpoints, endpoint.to_text(), path, "the address");
  };
  for (std::size_t i = 0; i < configuration.listeners.size(); ++i)
    check_endpoint(configuration.listeners[i].address, item("listeners", i) + ".address");
  if (configuration.metrics) check_endpoint(configuration.metrics->address, "metrics.address");
}

}  // namespace gatehouse::config

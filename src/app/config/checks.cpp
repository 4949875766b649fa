// Checks that compare distant parts of the document.
#include <algorithm>
#include <map>
#include <set>

#include "app/config/load.hpp"
#include "ground/base/text.hpp"
#include "ground/http/method.hpp"
#include "ground/settings/describe.hpp"
#include "services/limits/limit.hpp"

namespace gatehouse::config {

namespace checks {

using settings::Node, settings::Reader;

namespace {

std::string item(std::string_view list, std::size_t index) { return std::string(list) + '[' + std::to_string(index) + ']'; }

/// Notes the problem at the node of that path; without an example of its own it gets that of the setting.
void note(Reader& reader, const Node& root, std::string path, std::string what, std::string nearest = {}, std::string example = {}) {
  const auto at = root.nearest(path).at;
  if (example.empty()) example = settings::example_at(*configuration_settings().erased(), path);
  reader.note_at(std::move(path), at, std::move(what), std::move(nearest), std::move(example));
}

/// The names that a reference may have; nothing: they are not known, because what would hold them is itself wrong or misspelt.
using Names = std::optional<std::vector<std::string>>;

/// Whether a name that nobody knows was noted whose nearest one is `name`, in a block that begins so.
bool is_misspelt(const Reader& reader, std::string_view block, std::string_view name) {
  return std::ranges::any_of(reader.problems(), [&](const settings::Problem& problem) {
    return problem.nearest == name && (block.empty() ? !problem.path.contains('.') : problem.path.starts_with(block));
  });
}

/// The names in a block of the document. A thing that is there and wrong is there: only what is named nowhere is missing.
Names names_in(const Reader& reader, const Node& root, std::string_view block, bool required) {
  std::vector<std::string> names;
  const auto* node = root.get(block);
  if (node == nullptr) {
    return required || is_misspelt(reader, {}, block) ? std::nullopt : Names(names);
  }
  if (node->kind != Node::Kind::map) return std::nullopt;
  for (const auto& entry : node->entries) {
    if (!settings::is_name(entry.name)) return std::nullopt;  // whoever refers to it meant another name
    names.push_back(entry.name);
  }
  return names;
}

/// The features of all plans; nothing when one of the plans may have one that could not be read.
Names features_of(const Reader& reader, const Node& root, const Configuration& configuration) {
  const auto plans = names_in(reader, root, "plans", false);
  if (!plans || is_misspelt(reader, "plans.", "features")) return std::nullopt;
  std::vector<std::string> features;
  for (const auto& name : *plans) {
    const auto plan = configuration.plans.find(name);
    if (plan == configuration.plans.end() || reader.broken("plans." + name + ".features")) return std::nullopt;
    features.insert(features.end(), plan->second.features.begin(), plan->second.features.end());
  }
  return features;
}

/// The methods that the document adds to those of the registry; nothing: they are not known.
Names extension_methods_of(const Reader& reader, const Configuration& configuration) {
  if (reader.broken("extension_methods") || is_misspelt(reader, {}, "extension_methods")) return std::nullopt;
  return configuration.extension_methods;
}

struct Known {
  Names upstreams, issuers, features, extension_methods;
};

/// A name that refers to one of `known`. `missing` says what a stranger is: "there is no upstream 'x'"; `first` is an example that makes the first
/// one, for when there is none to refer to.
void check_reference(Reader& reader, const Node& root, const std::string& path, const std::string& name, const Names& known, std::string missing,
                     std::string first) {
  if (!known || reader.broken(path) || std::ranges::find(*known, name) != known->end()) return;
  auto nearest = settings::nearest_name(name, *known);
  std::string example = std::move(first);
  if (!known->empty()) {  // one that exists in this very document
    const bool in_list = path.ends_with(']');
    const auto list = in_list ? path.substr(0, path.rfind('[')) : path;
    const auto& right = nearest.empty() ? known->front() : nearest;
    example = list.substr(list.rfind('.') + 1) + ": " + (in_list ? '[' + right + ']' : right);
  }
  note(reader, root, path, std::move(missing), std::move(nearest), std::move(example));
}

/// "plans: ..." with that feature, in the first of the plans if there is one.
std::string example_of_feature(const Configuration& configuration, const std::string& feature) {
  const auto& plan = configuration.plans.empty() ? std::string("free") : configuration.plans.begin()->first;
  return "plans: { " + plan + ": { features: [" + settings::name().print(feature) + "] } }  # beside `routes`";
}

/// A method with a typing error would be one that nobody sends, and the one that was meant would get 405.
void check_method(Reader& reader, const Node& root, const std::string& path, const std::string& method, const Known& known) {
  if (!known.extension_methods || reader.broken(path) || http::is_registered(method)) return;
  if (std::ranges::find(*known.extension_methods, method) != known.extension_methods->end()) return;
  auto nearest = settings::nearest_name(method, http::forwarded_methods());
  auto example = nearest.empty() ? "extension_methods: [" + method + "]  # beside `routes`" : "methods: [" + nearest + "]";
  note(reader, root, path, "'" + method + "' is no registered method; if your API has it, name it in `extension_methods`, too", std::move(nearest),
       std::move(example));
}

void check_route(Reader& reader, const Node& root, const Configuration& configuration, std::size_t index, const Known& known) {
  const auto& route = configuration.routes[index];
  const auto path = item("routes", index);
  const auto example_of = [](std::string_view block) { return settings::example_at(*configuration_settings().erased(), block); };
  for (std::size_t i = 0; i < route.methods.size(); ++i) check_method(reader, root, item(path + ".methods", i), route.methods[i], known);
  check_reference(reader, root, path + ".upstream", route.upstream, known.upstreams, "there is no upstream '" + route.upstream + "'",
                  example_of("upstreams"));
  for (std::size_t i = 0; i < route.issuers.size(); ++i)
    check_reference(reader, root, item(path + ".issuers", i), route.issuers[i], known.issuers, "there is no issuer '" + route.issuers[i] + "'",
                    example_of("issuers"));
  for (std::size_t i = 0; i < route.features.size(); ++i)
    check_reference(reader, root, item(path + ".features", i), route.features[i], known.features,
                    "no plan has the feature '" + route.features[i] + "', so nobody could ever come here with a key",
                    example_of_feature(configuration, route.features[i]));
  if (!known.issuers || !known.issuers->empty() || reader.broken(path + ".authenticate")) return;
  const auto& kinds = route.authenticate;
  if (std::ranges::find(kinds, gateway::Credential::jwt) != kinds.end())
    note(reader, root, path + ".authenticate", "takes `jwt`, and no issuer is configured whose tokens could be believed", {}, example_of("issuers"));
}

/// The gate answers first, so that nobody would ever come to the route; one whose variables take that path, too, keeps all others.
void check_not_the_gates_own(Reader& reader, const Node& root, const Configuration& configuration, std::size_t index) {
  const auto path = item("routes", index) + ".path";
  if (reader.broken(path) || gateway::shape_of(configuration.routes[index].path) != gateway::identity_keys_path) return;
  note(reader, root, path,
       "is where the gate itself answers, with the keys of Gatehouse-Identity: nobody would come to this route; serve your own keys at another path",
       {}, "path: /.well-known/jwks.json");
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

/// How the two could be told apart: by a method that the earlier one leaves free.
std::string separate_example(const gateway::RouteOptions& earlier, std::string_view method) {
  std::string left;
  for (const auto& other : earlier.methods)
    if (other != method) left += (left.empty() ? "" : ", ") + other;
  if (left.empty()) return "hosts: [api.example.org]  # on one of the two, or another path, or one route in place of both";
  return "methods: [" + left + "]  # on the route '" + earlier.name + "', which leaves " + std::string(method) + " to this one";
}

void check_route_overlap(Reader& reader, const Node& root, const Configuration& configuration, std::size_t index, Claims& claims) {
  const auto& route = configuration.routes[index];
  const auto at = item("routes", index);
  if (reader.broken(at + ".path") || reader.broken(at + ".hosts")) return;  // without its hosts it would seem to claim them all
  const std::string shape = gateway::shape_of(route.path);
  const std::vector<std::string> every_host{""};
  std::set<std::size_t> told;
  for (const auto& host : route.hosts.empty() ? every_host : route.hosts) {
    for (std::size_t i = 0; i < route.methods.size(); ++i) {
      const auto& method = route.methods[i];
      if (reader.broken(item(at + ".methods", i))) continue;
      const auto earlier = claims.claim(host, shape, method, index);
      if (!earlier || !told.insert(*earlier).second) continue;
      const auto& other = configuration.routes[*earlier];
      note(reader, root, at + ".path",
           method + " " + route.path + (host.empty() ? "" : " of host " + host) + " belongs to the route '" + other.name + "' on line " +
               std::to_string(root.nearest(item("routes", *earlier) + ".path").at.line) +
               " already; of two routes of one shape none is chosen by guess",
           {}, separate_example(other, method));
    }
  }
}

/// A plan's rate is kept by the same algorithm as every other limit, and has its bounds.
void check_plan(Reader& reader, const Node& root, const std::string& path, const keys::PlanOptions& plan) {
  if (!plan.rate || reader.broken(path + ".rate") || reader.broken(path + ".burst")) return;
  const auto made = limits::Limit::make(plan.rate->count, plan.rate->per, limits::burst_of(*plan.rate, plan.burst),
                                        plan.over == settings::Over::delay ? plan.max_delay : Duration{});
  if (!made) note(reader, root, path + ".rate", "cannot be kept: " + gatehouse::to_text(made.error()));
}

/// Names that must occur once.
void check_unique(Reader& reader, const Node& root, std::map<std::string, std::string>& seen, const std::string& value, const std::string& path,
                  std::string_view what, std::string example = {}) {
  if (reader.broken(path)) return;
  const auto [at, fresh] = seen.emplace(value, path);
  if (!fresh) note(reader, root, path, std::string(what) + " '" + value + "' is used by " + at->second + " already", {}, std::move(example));
}

/// The addresses that are listened on, each with its setting.
using Endpoints = std::vector<std::pair<settings::Endpoint, std::string>>;

/// "0.0.0.0" is every IPv4 address of this machine, and "::" every IPv6 one: the second of two that meet could not be opened.
bool meet(const settings::Endpoint& a, const settings::Endpoint& b) {
  const auto any = [](const http::Address& address) { return address == *http::Address::parse(address.is_v4() ? "0.0.0.0" : "::"); };
  return a.port == b.port && a.address.is_v4() == b.address.is_v4() && (a.address == b.address || any(a.address) || any(b.address));
}

/// The same address with the next port that the document leaves free.
std::string free_endpoint(const Configuration& configuration, settings::Endpoint endpoint) {
  const auto taken = [&] {
    const bool by_listener = std::ranges::any_of(configuration.listeners, [&](const auto& listener) { return meet(listener.address, endpoint); });
    return by_listener || (configuration.metrics && meet(configuration.metrics->address, endpoint));
  };
  constexpr std::uint16_t last = 65535, first = 1024;  // those below are root's
  do endpoint.port = endpoint.port == last ? first : static_cast<std::uint16_t>(endpoint.port + 1);
  while (taken());  // there are fewer listeners than ports
  return "address: " + settings::endpoint().print(endpoint);
}

void check_endpoint(Reader& reader, const Node& root, const Configuration& configuration, Endpoints& seen, const settings::Endpoint& endpoint,
                    const std::string& path) {
  if (endpoint.port == 0 || reader.broken(path)) return;
  const auto earlier = std::ranges::find_if(seen, [&](const auto& other) { return meet(other.first, endpoint); });
  if (earlier != seen.end())
    note(reader, root, path,
         "the address '" + endpoint.to_text() + "' is used by " + earlier->second + " already" +
             (earlier->first == endpoint ? "" : ", which is " + earlier->first.to_text()),
         {}, free_endpoint(configuration, endpoint));
  else seen.emplace_back(endpoint, path);
}

/// A request that the gate sends to itself comes back until nothing is left.
void check_loop(Reader& reader, const Node& root, const Configuration& configuration, const std::string& path, const settings::Url& server) {
  if (reader.broken(path)) return;
  for (std::size_t i = 0; i < configuration.listeners.size(); ++i) {
    const auto& listener = configuration.listeners[i];
    if (reader.broken(item("listeners", i) + ".address")) continue;
    const auto address = http::Address::parse(server.host);
    const bool any_address = listener.address.address == *http::Address::parse("0.0.0.0") || listener.address.address == *http::Address::parse("::");
    const bool same_host =
        (address && *address == listener.address.address) || ((listener.address.is_loopback() || any_address) && server.is_loopback());
    if (same_host && server.port == listener.address.port)
      note(reader, root, path, server.to_text() + " is the gate's own listener " + listener.address.to_text());
  }
}

}  // namespace
}  // namespace checks

void check_references(settings::Reader& reader, const settings::Node& root, const Configuration& configuration) {
  using namespace checks;
  const Known known{names_in(reader, root, "upstreams", true), names_in(reader, root, "issuers", false), features_of(reader, root, configuration),
                    extension_methods_of(reader, configuration)};
  for (const auto& [name, plan] : configuration.plans) check_plan(reader, root, "plans." + name, plan);
  for (std::size_t i = 0; i < configuration.routes.size(); ++i) check_route(reader, root, configuration, i, known);
  for (const auto& [name, upstream] : configuration.upstreams)
    for (std::size_t i = 0; i < upstream.servers.size(); ++i)
      check_loop(reader, root, configuration, item("upstreams." + name + ".servers", i), upstream.servers[i]);
}

void check_overlaps(settings::Reader& reader, const settings::Node& root, const Configuration& configuration) {
  using namespace checks;
  Claims claims;
  std::map<std::string, std::string> route_names, issuers;
  Endpoints endpoints;
  for (std::size_t i = 0; i < configuration.routes.size(); ++i) {
    const auto& name = configuration.routes[i].name;
    check_unique(reader, root, route_names, name, item("routes", i) + ".name", "the name", "name: " + name + "-2");
    check_not_the_gates_own(reader, root, configuration, i);
    check_route_overlap(reader, root, configuration, i, claims);
  }
  for (const auto& [name, issuer] : configuration.issuers)
    check_unique(reader, root, issuers, issuer.issuer, "issuers." + name + ".issuer", "the issuer");
  for (std::size_t i = 0; i < configuration.listeners.size(); ++i)
    check_endpoint(reader, root, configuration, endpoints, configuration.listeners[i].address, item("listeners", i) + ".address");
  if (configuration.metrics) check_endpoint(reader, root, configuration, endpoints, configuration.metrics->address, "metrics.address");
}

}  // namespace gatehouse::config

// The routes of all contracts, beside those that the document writes itself.
#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

#include "app/config/contract/routes.hpp"
#include "app/config/load.hpp"
#include "ground/settings/describe.hpp"

namespace gatehouse::config {

namespace contract_routes {
namespace {

/// "GET /patients/{}": what one route alone can answer.
std::string claim(const std::string& method, std::string_view path) { return method + ' ' + gateway::shape_of(path); }

class Claims {
 public:
  explicit Claims(const Configuration& configuration) {
    for (const auto& route : configuration.routes) {
      names_.insert(route.name);
      if (route.hosts.empty() && route.path.starts_with('/'))  // a route for certain hosts stands before those for all of them
        for (const auto& method : route.methods) owners_.emplace(claim(method, route.path), "the route '" + route.name + "'");
    }
  }
  /// Who has it already; empty: it is the contract's now.
  std::string take(const gateway::RouteOptions& route, const std::string& contract) {
    const auto [at, fresh] = owners_.emplace(claim(route.methods.front(), route.path), "the contract '" + contract + "'");
    return fresh ? std::string{} : at->second;
  }
  /// That name, or with a number behind it if somebody has it.
  std::string free_name(const std::string& name) {
    constexpr std::size_t kept = 58;  // of the 64 that a name may have
    auto free = name;
    for (int i = 2; !names_.insert(free).second; ++i) free = name.substr(0, kept) + '-' + std::to_string(i);
    return free;
  }

 private:
  std::map<std::string, std::string> owners_;
  std::set<std::string> names_;
};

/// Issuers and features that `operations` names are there, unless the block that would have them is wrong itself. `own(path, what)` notes a problem.
template <class Own>
void check_references(const Configuration& configuration, const std::string& path, const ContractOptions& options, const Broken& broken,
                      const Own& own) {
  const auto has_feature = [&](const std::string& feature) {
    return std::ranges::any_of(configuration.plans,
                               [&](const auto& plan) { return std::ranges::find(plan.second.features, feature) != plan.second.features.end(); });
  };
  for (const auto& [name, operation] : options.operations) {
    const std::string at = std::string(path).append(".operations.").append(name);
    for (const auto& issuer : operation.issuers)
      if (!broken("issuers") && !configuration.issuers.contains(issuer)) own(at + ".issuers", "there is no issuer '" + issuer + "'");
    for (const auto& feature : operation.features)
      if (!broken("plans") && !has_feature(feature))
        own(at + ".features", "no plan has the feature '" + feature + "', so nobody could ever come here with a key");
  }
}

}  // namespace
}  // namespace contract_routes

Problems apply_contracts(Configuration& configuration, const Broken& broken) {
  contract_routes::Claims claims(configuration);
  Problems problems;
  const bool has_issuers = !configuration.issuers.empty() || broken("issuers");
  const auto own = [&](std::string path, std::string what) { problems.push_back({{}, {}, std::move(path), std::move(what), {}, {}, {}}); };
  for (const auto& [name, options] : configuration.contracts) {
    const auto path = "contracts." + name;
    if (broken(path + ".file")) continue;
    // Without any the setting itself is missing or misspelt, which is said.
    const bool upstream_known = !configuration.upstreams.empty() && !broken("upstreams") && !broken(path + ".upstream");
    if (upstream_known && !configuration.upstreams.contains(options.upstream))
      own(path + ".upstream", "there is no upstream '" + options.upstream + "'");
    contract_routes::check_references(configuration, path, options, broken, own);
    auto made = routes_of_contract(name, options, has_issuers);
    // How the document binds to a block that is wrong itself is not known; what is wrong within the document is.
    if (broken(path))
      std::erase_if(made.problems, [&](const settings::Problem& problem) { return problem.file.empty() && problem.path != path + ".file"; });
    std::ranges::move(made.problems, std::back_inserter(problems));
    std::ranges::move(made.notes, std::back_inserter(configuration.contract_notes));
    for (auto& route : made.routes) {
      if (gateway::shape_of(route.path) == gateway::identity_keys_path)
        own(path + ".file", route.methods.front() + ' ' + route.path + " is where the gate itself answers, with the keys of Gatehouse-Identity");
      if (const auto owner = claims.take(route, name); !owner.empty())
        own(path + ".file", route.methods.front() + ' ' + route.path + " belongs to " + owner + " already");
      route.name = claims.free_name(route.name);
      configuration.routes.push_back(std::move(route));
    }
  }
  return problems;
}

void add_contract_routes(settings::Reader& reader, const settings::Node& root, Configuration& configuration) {
  for (auto& problem : apply_contracts(configuration, [&](std::string_view path) { return reader.broken(path); })) {
    if (!problem.file.empty()) {
      reader.note(std::move(problem));
      continue;
    }
    if (problem.example.empty()) problem.example = settings::example_at(*configuration_settings().erased(), problem.path);
    reader.note_at(problem.path, root.nearest(problem.path).at, std::move(problem.what), {}, std::move(problem.example));
  }
  for (auto& note : configuration.contract_notes)
    if (note.file.empty()) std::tie(note.file, note.at) = std::pair(reader.surroundings().file, root.nearest(note.path).at);
}

}  // namespace gatehouse::config

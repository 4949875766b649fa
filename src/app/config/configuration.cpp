#include "app/config/configuration.hpp"

#include <algorithm>

#include "ground/http/everybody.hpp"
#include "ground/settings/block.hpp"

namespace gatehouse::config {

namespace {

void check_something_is_let_through(settings::Reader& reader, const settings::Node& node, const Configuration& configuration) {
  if (configuration.routes.empty() && node.get("contracts") == nullptr)
    reader.note_in(node, "routes", "is empty, and there is no contract: nothing would be let through");
}

void check_somebody_learns(settings::Reader& reader, const settings::Node& node, const Configuration& configuration) {
  if (node.get("learn") != nullptr) return;
  for (std::size_t i = 0; i < configuration.routes.size(); ++i)
    if (configuration.routes[i].learn.value_or(false))
      reader.note_in(node, "routes[" + std::to_string(i) + "].learn",
                     "needs the block `learn`, without which nothing is watched; `learn: { everywhere: false }` watches just such routes");
}

settings::TypeOf<Configuration> make_configuration_settings() {
  using settings::list_of, settings::map_of, settings::or_word;
  return settings::Block<Configuration>("", "Everything that Gatehouse is told. Names that are not listed here are refused.")
      .required("listeners", &Configuration::listeners, list_of(net::listener_settings(), 1, 64), "Where clients are served.",
                "[{ address: 127.0.0.1:8443, tls: local }]")
      .field("data", &Configuration::data, settings::file_path(),
             "The folder of everything that the gate writes: keys, certificates of its own, records. Relative to this file.", "./gatehouse-data")
      .field("workers", &Configuration::workers,
             or_word(settings::integer<std::uint32_t>(1, 256), "auto", 0U, "one for each processor that the process may use"),
             "Threads that serve requests.", "4")
      .field("drain", &Configuration::drain, settings::duration(1s, 1h), "How long requests under way may take to end when the server stops.", "30s")
      .field("process", &Configuration::process, process_settings(), "As whom the process serves.", "{ user: www-data }")
      .field(
          "trusted_proxies", &Configuration::trusted_proxies, list_of(settings::address_block()),
          "Proxies in front of the gate whose X-Forwarded-For and Forwarded are believed. The client is the rightmost address that is none of them. "
          "No blocks that hold everybody, alone or together.",
          "[10.0.0.0/8]")
      .field("addresses", &Configuration::addresses, gateway::address_settings(), "Which client addresses may come at all.",
             "{ deny: [192.0.2.0/24] }")
      .field("metrics", &Configuration::metrics, audit::metrics_settings(), "Metrics and health for the operator.", "{ address: 127.0.0.1:9464 }")
      .field("admin", &Configuration::admin, gateway::admin_settings(), "How the command line reaches the running server.", "{ socket: admin.sock }")
      .field("connections", &Configuration::connections, net::connection_settings(), "What connections of clients may cost.", "{ head_max: 32KiB }")
      .field("memory", &Configuration::memory, gateway::memory_settings(), "Bounds of the whole process.", "{ bodies_max: 256MiB }")
      .required("upstreams", &Configuration::upstreams, map_of(net::upstream_settings()), "The servers behind the gate, by names of your choice.",
                "{ clinic: { servers: [\"http://127.0.0.1:3000\"] } }")
      .field("issuers", &Configuration::issuers, map_of(gateway::issuer_settings(), settings::Names::own, 64),
             "Whose tokens (JWT) are believed, by names of your choice.",
             "{ clinic: { issuer: \"https://issuer.example\", audience: [clinic], jwks: { file: issuer.jwks } } }")
      .field("plans", &Configuration::plans, map_of(keys::plan_settings()), "What holders of API keys have a claim to, by names of your choice.",
             "{ free: { rate: 10/s, quota: { day: 1000 } } }")
      .field("keys", &Configuration::keys, keys::keys_settings(), "API keys of this gate.", "{ environment: test }")
      .field("limits", &Configuration::limits, limits::limits_settings(), "How much one caller may ask on all routes together.",
             "{ per_address: { rate: 50/s, burst: 100 } }")
      .field("identity", &Configuration::identity, gateway::identity_settings(), "How the upstream is told who is asking.", "{ lifetime: 60s }")
      .field("audit", &Configuration::audit, audit::audit_settings(), "The record of decisions.", "{ file: audit.jsonl }")
      .field("learn", &Configuration::learn, learning::learn_settings(), "Traffic is watched, to propose a contract from. Left out: it is not.",
             "{ body_max: 64KiB }")
      .field(
          "extension_methods", &Configuration::extension_methods, gateway::extension_method_settings(),
          "Methods of your API that are not registered with IANA, for `methods` of routes. Any other name there that no registry has is taken for a "
          "typing error.",
          "[PURGE]")
      .field("contracts", &Configuration::contracts, map_of(contract_settings(), settings::Names::own, 16),
             "OpenAPI documents, by names of your choice: each operation becomes a route, and requests are held to it.",
             "{ clinic: { file: openapi.yaml, upstream: clinic } }")
      .required("routes", &Configuration::routes, list_of(gateway::route_settings(), 0, 10'000),
                "Which requests are let through, beside those of contracts; without a contract at least one. Everything else is refused.",
                "[{ name: all, path: \"/{path...}\", methods: [GET], upstream: clinic, authenticate: [api_key] }]")
      .check({.values = {"routes"}, .given = {"contracts"}}, check_something_is_let_through)
      .check({.values = {"routes"}, .given = {"learn"}}, check_somebody_learns)
      .check({.values = {"trusted_proxies"}}, [](settings::Reader& reader, const settings::Node& node, const Configuration& configuration) {
        const auto& proxies = configuration.trusted_proxies;
        constexpr std::string_view why = ", and every client could say in X-Forwarded-For that it is another one; name the addresses of your proxies";
        const auto one = std::ranges::find_if(proxies, http::holds_everybody);
        if (one != proxies.end())
          reader.note_in(node, "trusted_proxies[" + std::to_string(one - proxies.begin()) + ']', "holds everybody" + std::string(why));
        else if (http::hold_everybody(proxies)) reader.note_in(node, "trusted_proxies", "hold everybody together" + std::string(why));
      });
}

}  // namespace

const settings::TypeOf<Configuration>& configuration_settings() {
  static const auto type = make_configuration_settings();
  return type;
}

std::string to_text(const Configuration& configuration) { return configuration_settings().print(configuration); }

std::string Configuration::state_path(std::string_view path) const {
  return path.starts_with('/') ? std::string(path) : data + '/' + std::string(path);
}

}  // namespace gatehouse::config

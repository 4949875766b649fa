#include "app/config/protect.hpp"

#include "ground/settings/type.hpp"

namespace gatehouse::config {

namespace {

Result<settings::Url> protected_origin(std::string_view url) {
  auto parsed = settings::Url::parse(url);
  if (!parsed) return refuse(Fault::invalid, "'" + std::string(url.substr(0, 200)) + "' is not a URL such as http://127.0.0.1:3000");
  if (parsed->path == "/") parsed->path.clear();
  if (!parsed->path.empty())
    return refuse(Fault::invalid,
                  "'" + std::string(url.substr(0, 200)) + "' has a path; name only scheme, host and port, as in http://127.0.0.1:3000");
  return *std::move(parsed);
}

constexpr std::string_view plain_routes =
    R"(# Which requests are let through. Everything else is refused: unknown paths with 404, other methods with 405.
routes:
  - name: api
    path: "/{path...}"        # {name} is one segment, {name...} all the rest
    methods: [GET, HEAD, POST, PUT, PATCH]
    upstream: api
    authenticate: [api_key]   # or [api_key, jwt], or none for everybody
    #scopes: [records:read]   # the key or the token must hold all of them
    #body_max: 1MiB
)";

/// In place of routes: those of the document.
std::string contract_block(std::string_view file) {
  return R"(# What this OpenAPI document describes is let through, and held to it: `gatehouse routes` shows it as a table. Everything else is refused.
contracts:
  api:
    file: )" +
         settings::quote(file) +
         R"(
    upstream: api
    #validate: shadow                     # try it out: everything passes, and what would be refused is told in the log
    #schemes: { partnerKey: [api_key] }   # which credential stands for a security scheme that does not say so itself
    #unsecured: [api_key]                 # for operations without a security requirement
    #body_max: 1MiB

# Requests that the document does not describe, and that are to be let through all the same.
routes: []
)";
}

}  // namespace

Result<Configuration> protect_configuration(std::string_view url, std::string_view folder) {
  const settings::Url origin = TRY(protected_origin(url));
  Configuration configuration;
  settings::Reader reader({.file = {}, .folder = std::string(folder), .environment = {}});
  configuration.data = reader.resolve("gatehouse-data");
  configuration.admin.socket = configuration.state_path(configuration.admin.socket);
  configuration.audit.file = configuration.state_path(configuration.audit.file);
  configuration.listeners.push_back({.address = *settings::Endpoint::parse("127.0.0.1:8443"), .tls = {}});
  configuration.metrics = audit::MetricsOptions{*settings::Endpoint::parse("127.0.0.1:9464")};
  configuration.upstreams["api"].servers = {origin};
  gateway::RouteOptions route;
  route.name = "api";
  route.path = "/{path...}";
  route.methods = {"GET", "HEAD", "POST", "PUT", "PATCH"};
  route.upstream = "api";
  route.authenticate = {gateway::Credential::api_key};
  configuration.routes.push_back(std::move(route));
  return configuration;
}

Result<std::string> init_document(std::string_view url, std::string_view contract) {
  const settings::Url origin = TRY(protected_origin(url));
  const auto asked = origin.to_text() + (contract.empty() ? "" : " --openapi " + settings::quote(contract));  // quoted: a name may hold anything
  return R"(# Gatehouse: what `gatehouse protect )" + asked + R"(` does, written down.
#
#   gatehouse check -c gatehouse.yaml     lists everything that is wrong with this file
#   gatehouse serve -c gatehouse.yaml     starts the gate; SIGHUP reads the file again
#
# Lines of the form `#name: value` are settings at their defaults, or examples. `gatehouse check` names what it does not know; the guide
# describes every setting (configuration.md), and editors complete them after: gatehouse init --schema > gatehouse.schema.json
# yaml-language-server: $schema=gatehouse.schema.json

# Where clients are served.
listeners:
  - address: 127.0.0.1:8443   # an address of this machine for others to reach; port 0 takes any free one
    tls: local                # certificate from a CA made in the data directory, for localhost and the addresses above; for the world:
    #tls: { certificates: [{ certificate: cert.pem, key: key.pem }], minimum: "1.2" }
    #tls: { certificates: local, local_names: [api.internal] }   # a local one for further names

# Everything that the gate writes: keys, certificates of its own, records. Relative to this file.
data: ./gatehouse-data

# Threads that serve requests; auto is one for each processor.
workers: auto

# /metrics (Prometheus), /healthz and /readyz, in clear text: loopback or a private network only.
metrics: { address: 127.0.0.1:9464 }

# Proxies in front of the gate whose X-Forwarded-For is believed.
#trusted_proxies: [10.0.0.0/8]

# The servers behind the gate.
upstreams:
  api:
    servers: [")" +
         origin.to_text() + R"("]
    #response_head_timeout: 60s

# How much one caller may ask. `failures` bans callers that keep asking wrongly.
limits:
  per_address: { rate: 50/s, burst: 100, concurrency: 256 }
  failures: { count: 100, window: 1m, ban: 5m }
  #per_key: { rate: 20/s, burst: 40 }

# What holders of API keys have a claim to: gatehouse keys create shop --plan free
#plans:
#  free: { rate: 10/s, burst: 20, quota: { day: 1000 } }

# Whose tokens (JWT) are believed, for routes that take `jwt`.
#issuers:
#  own: { issuer: "https://issuer.example", audience: [api], jwks: { file: issuer.jwks } }

# The record of decisions, one JSON line each, in the data directory.
audit: { file: audit.jsonl, level: refusals }

)" + (contract.empty() ? std::string(plain_routes) : contract_block(contract));
}

}  // namespace gatehouse::config

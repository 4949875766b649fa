#include <doctest/doctest.h>

#include <sys/stat.h>
#include <algorithm>
#include <fstream>
#include <functional>

#include "app/config/documents.hpp"
#include "app/config/load.hpp"
#include "app/config/protect.hpp"
#include "app/config/yaml.hpp"
#include "ground/base/random.hpp"
#include "ground/base/testing.hpp"
#include "ground/crypto/certificate.hpp"
#include "ground/json/document.hpp"
#include "ground/settings/describe.hpp"

using namespace gatehouse;
using namespace gatehouse::config;

namespace {

constexpr std::string_view listeners = "listeners: [{ address: 127.0.0.1:0, tls: local }]\n";
constexpr std::string_view upstreams = "upstreams: { clinic: { servers: [\"http://127.0.0.1:3000\"] } }\n";
constexpr std::string_view routes = "routes:\n  - { name: all, path: \"/{path...}\", methods: [GET], upstream: clinic, authenticate: [api_key] }\n";

std::string document(std::string_view more = "") { return std::string(listeners) + std::string(upstreams) + std::string(routes) + std::string(more); }

std::expected<Configuration, Problems> load_text(std::string_view text) {
  return load(text, {.file = "gatehouse.yaml", .folder = "/nowhere", .environment = [](const std::string&) { return std::nullopt; }});
}
Problems problems_of(std::string_view text) {
  auto loaded = load_text(text);
  return loaded ? Problems{} : std::move(loaded.error());
}
/// "3:5 path: what", a line each.
std::string told(std::string_view text) {
  std::string out;
  for (const auto& problem : problems_of(text))
    out += std::to_string(problem.at.line) + ":" + std::to_string(problem.at.column) + " " + problem.path + ": " + problem.what +
           (problem.nearest.empty() ? "" : " (" + problem.nearest + ")") + "\n";
  return out;
}
std::string route(std::string_view settings) {
  return std::string(listeners) + std::string(upstreams) + "routes:\n  - { name: r, methods: [GET], upstream: clinic, " + std::string(settings) +
         " }\n";
}

/// Calls `visit(path, field)` for every setting there is.
void each_setting(const settings::Shape& shape, const std::string& path,
                  const std::function<void(const std::string&, const settings::Field&)>& visit) {
  if (shape.items) each_setting(shape.items->shape(), path + "[]", visit);
  for (const auto& field : shape.fields) {
    visit(path + "." + field.name, field);
    each_setting(field.type->shape(), path + "." + field.name, visit);
  }
}

struct Folder : gatehouse::testing::TemporaryFolder {
  std::string write(const std::string& name, std::string_view text, mode_t mode = 0600) const {
    std::ofstream(file(name)) << text;
    ::chmod(file(name).c_str(), mode);
    return file(name);
  }
};

}  // namespace

TEST_CASE("the smallest document loads, and everything else has its default") {
  const auto loaded = load_text(document());
  REQUIRE(loaded);
  CHECK(loaded->routes.front().authenticate == std::vector{gateway::Credential::api_key});
  CHECK(loaded->limits.per_address->rate == settings::Rate{50, 1s});
  CHECK(loaded->limits.per_address->concurrency == 256);
  CHECK(loaded->data == "/nowhere/gatehouse-data");
  CHECK(loaded->admin.socket == "/nowhere/gatehouse-data/admin.sock");
  CHECK(loaded->audit.file == "/nowhere/gatehouse-data/audit.jsonl");
  CHECK_FALSE(loaded->metrics);
}

TEST_CASE("an unknown name is refused at its place, with the name that was meant") {
  CHECK(told(document("limts: {}\n")) == "5:1 limts: is not a name that this block knows (limits)\n");
  CHECK(told(document("limits: { per_adress: none }\n")) == "5:11 limits.per_adress: is not a name that the block 'limits' knows (per_address)\n");
  CHECK(told(document("limits: { per_address: none }\n")).empty());
  CHECK(told(document("limits: { per_address: { rate: 1/s, over: delay } }\n"))
            .contains(
                "limits.per_address.over: cannot delay: the limit per address is asked before it is known who the caller is; write `over: reject`"));
  CHECK(told(document("limits: { per_key: { rate: 1/s, over: delay }, per_address: { rate: 1/s, over: reject } }\n")).empty());
}

TEST_CASE("all errors are listed in the order of the file, not the first alone") {
  const auto text = told(
      "listeners: [{ address: localhost:1, tls: of }]\n"
      "upstreams: { clinic: { servers: [] } }\n"
      "workers: 0\n"
      "plans: { free: { rate: 0/s, burst: ten } }\n"
      "routes:\n"
      "  - { name: a b, path: patients, methods: [get], authenticate: [key] }\n");
  CHECK(text ==
        "1:24 listeners[0].address: 'localhost:1' is not an IP address with a port\n"
        "1:42 listeners[0].tls: must be 'local', 'off', or a block of names (off)\n"
        "2:33 upstreams.clinic.servers: must not be empty\n"
        "3:10 workers: must not be zero; it takes 1 to 256\n"
        "4:24 plans.free.rate: must not be zero; it takes 1 to 1000000000\n"
        "4:36 plans.free.burst: must be a whole number, not text\n"
        "6:5 routes[0].upstream: is missing and has no default\n"
        "6:13 routes[0].name: 'a b' is not a name: letters, digits, '-' and '_', at most 64 of them\n"
        "6:24 routes[0].path: must begin with '/'\n"
        "6:44 routes[0].methods[0]: methods are case-sensitive; write GET\n"
        "6:65 routes[0].authenticate[0]: 'key' is not one of api_key, jwt\n");
}

TEST_CASE("what cannot be read hides nothing of what is wrong elsewhere, and makes nothing up") {
  Folder folder;
  folder.write("broken.pem", "-----BEGIN NOTHING-----\n");
  const auto paths_of = [&](std::string_view text) {
    const auto loaded = load(text, {.file = "gatehouse.yaml", .folder = folder.path(), .environment = {}});
    std::vector<std::string> paths;
    if (!loaded)
      for (const auto& problem : loaded.error()) paths.push_back(problem.path);
    return paths;
  };
  const auto with = [&](std::string_view mistake, std::string_view in_route) {
    return "trusted_proxies: [" + std::string(mistake) +
           "]\n"
           "listeners: [{ address: 127.0.0.1:0, tls: { certificates: [{ certificate: broken.pem, key: gone.pem }] } }]\n"
           "upstreams: { clinic: { servers: [\"https://127.0.0.1:3000\"], ca_file: broken.pem } }\n"
           "issuers: { i: { issuer: \"https://i.example\", audience: [a], jwks: { file: gone.jwks } } }\n"
           "routes:\n"
           "  - { name: a, path: \"/p/{id}\", methods: [GET], upstream: clinic, authenticate: [api_key]" +
           std::string(in_route) +
           " }\n"
           "  - { name: a, path: \"/p/{number}\", methods: [GET], upstream: clinc, authenticate: [jwt], issuers: [j] }\n";
  };
  const std::vector<std::string> elsewhere{"listeners[0].tls.certificates[0].certificate",
                                           "listeners[0].tls.certificates[0].key",
                                           "upstreams.clinic.ca_file",
                                           "issuers.i.jwks.file",
                                           "routes[1].name",
                                           "routes[1].path",
                                           "routes[1].upstream",
                                           "routes[1].issuers[0]"};
  CHECK(paths_of(with("10.0.0.0/8", "")) == elsewhere);
  auto wanted = elsewhere;
  wanted.insert(wanted.begin(), "trusted_proxies[0]");
  CHECK(paths_of(with("10.0.0.0.0", "")) == wanted);
  wanted = elsewhere;
  wanted.insert(wanted.begin() + 4, "routes[0].bogus");
  CHECK(paths_of(with("10.0.0.0/8", ", bogus: 1")) == wanted);
  wanted[4] = "routes[0].body_max";
  CHECK(paths_of(with("10.0.0.0/8", ", body_max: 1")) == wanted);
}

TEST_CASE("what could not be read is not compared with the rest") {
  // Its upstream, issuer and plan are there, though something of each is wrong: nobody is told that they are missing.
  CHECK(told(std::string(listeners) +
             "upstreams: { clinic: { servers: [nowhere] } }\n"
             "issuers: { i: { issuer: \"https://i.example\", audience: [a], jwsk: { file: x } } }\n"
             "plans: { pro: { features: [export], rate: x } }\n"
             "routes: [{ name: r, path: /a, methods: [GET], upstream: clinic, authenticate: [jwt, api_key], issuers: [i], features: [export] }]\n") ==
        "2:34 upstreams.clinic.servers[0]: 'nowhere' is not an http:// or https:// URL (without user, password and fragment)\n"
        "3:61 issuers.i.jwsk: is not a name that the block 'issuer' knows (jwks)\n"
        "4:43 plans.pro.rate: 'x' is not a rate: a whole number, '/' and s, m, h or d\n");
  const auto jwt = "routes: [{ name: r, path: /a, methods: [GET], upstream: clinic, authenticate: [jwt], issuers: [i] }]\n";
  CHECK(told(std::string(listeners) + "upstreams: []\nissuer: {}\n" + jwt) ==
        "2:12 upstreams: must be a block of names, not a list\n3:1 issuer: is not a name that this block knows (issuers)\n");
  CHECK(told(std::string(listeners) + "upstreams: []\n" + jwt).contains("there is no issuer 'i'"));
  // Two routes whose hosts or methods are wrong do not overlap for that.
  const auto two = [](std::string_view first, std::string_view second) {
    return told(std::string(listeners) + std::string(upstreams) + "routes:\n  - { name: a, upstream: clinic, authenticate: none, path: /p, " +
                std::string(first) + " }\n  - { name: b, upstream: clinic, authenticate: none, path: /p, " + std::string(second) + " }\n");
  };
  CHECK_FALSE(two("methods: [GET], hosts: [\"a b\"]", "methods: [GET]").contains("belongs to the route"));
  CHECK_FALSE(two("methods: [get, PUT]", "methods: [get]").contains("belongs to the route"));
  CHECK(two("methods: [get, PUT]", "methods: [get, PUT]").contains("PUT /p belongs to the route 'a'"));
}

TEST_CASE("a document of rubbish gives a report that ends, and nothing of it is compared any more") {
  std::string text = std::string(listeners) + std::string(upstreams) + "routes:\n";
  for (int i = 0; i < 300; ++i) text += "  - { name: \"a b\", path: \"/{a\", methods: [GET], upstream: clinc, authenticate: none }\n";
  const auto problems = problems_of(text);
  CHECK(problems.size() == settings::Reader::problems_max);
  CHECK(std::ranges::none_of(problems, [](const auto& problem) { return problem.path.ends_with(".upstream"); }));
}

TEST_CASE("a rule over several settings of a block is asked beside a name that nobody knows, unless that is one of them misspelt") {
  CHECK(told(route("path: /a, authenticate: none, strip_prefix: /b, bogus: 1")).contains("strip_prefix: is not the beginning"));
  const auto issuer = [](std::string_view settings) {
    return told(document("issuers: { i: { issuer: \"https://i.example\", audience: [a], " + std::string(settings) + " } }\n"));
  };
  CHECK(issuer("bogus: 1").contains("issuers.i.jwks: is missing"));
  CHECK_FALSE(issuer("jwsk: { file: a }").contains("is missing"));
}

TEST_CASE("each error comes with an example that would be right, and with the name that was meant") {
  const auto helps = [](std::string_view text) {
    std::string out;
    for (const auto& problem : problems_of(text)) out += problem.path + " <" + problem.nearest + "> " + problem.example + "\n";
    return out;
  };
  CHECK(helps(document("bogus: 1\n")) == "bogus <> listeners: [{ address: 127.0.0.1:8443, tls: local }]\n");
  CHECK(helps(document("limts: {}\n")) == "limts <limits> limits: { per_address: { rate: 50/s, burst: 100 } }\n");
  CHECK(helps(document("a: [\n")).contains(" <> plans: { free: "));
  const auto at = [&](std::string_view settings) { return helps(route("path: /a, " + std::string(settings))); };
  CHECK(at("authenticate: nobody") == "routes[0].authenticate <> authenticate: [api_key]\n");
  CHECK(told(route("path: /a, authenticate: nobody")).contains("authenticate: must be 'none', or a list of api_key, jwt"));
  CHECK(at("authenticate: api_key") == "routes[0].authenticate <[api_key]> authenticate: [api_key]\n");
  const auto with_upstream = [&](std::string_view name) {
    return helps(std::string(listeners) + std::string(upstreams) + "routes: [{ name: r, path: /a, methods: [GET], upstream: " + std::string(name) +
                 ", authenticate: none }]\n");
  };
  CHECK(with_upstream("clinc") == "routes[0].upstream <clinic> upstream: clinic\n");
  CHECK(with_upstream("somewhere") == "routes[0].upstream <> upstream: clinic\n");
  const auto two = [&](std::string_view first, std::string_view second) {
    return helps(std::string(listeners) + std::string(upstreams) + "routes:\n  - { upstream: clinic, authenticate: none, path: /p, " +
                 std::string(first) + " }\n  - { upstream: clinic, authenticate: none, " + std::string(second) + " }\n");
  };
  CHECK(two("name: a, methods: [GET]", "name: a, path: /q, methods: [GET]") == "routes[1].name <> name: a-2\n");
  CHECK(two("name: a, methods: [GET, PUT]", "name: b, path: /p, methods: [PUT]") ==
        "routes[1].path <> methods: [GET]  # on the route 'a', which leaves PUT to this one\n");
  CHECK(two("name: a, methods: [GET]", "name: b, path: /p, methods: [GET]").starts_with("routes[1].path <> hosts: [api.example.org]"));
  CHECK(helps("listeners: [{ address: 127.0.0.1:0, tls: { certificates: [{ certificate: gone.pem, key: gone.pem }] } }]\n"
              "upstreams: { clinic: { servers: [\"https://127.0.0.1:3000\"], ca_file: gone.pem } }\n"
              "issuers: { i: { issuer: \"https://i.example\", audience: [a], jwks: { file: gone.jwks } } }\n" +
              std::string(routes)) ==
        "listeners[0].tls.certificates[0].certificate <> certificate: cert.pem\n"
        "listeners[0].tls.certificates[0].key <> key: key.pem\n"
        "upstreams.clinic.ca_file <> ca_file: ca.pem\n"
        "issuers.i.jwks.file <> file: issuer.jwks\n");
  const auto issuer = [&](std::string_view settings) {
    const auto text = document("issuers: { i: { issuer: \"https://i.example\", audience: [a], " + std::string(settings) + " } }\n");
    std::string out;
    const auto loaded = load(text, {.file = {}, .folder = {}, .environment = [](const std::string&) { return std::optional<std::string>("short"); }});
    if (!loaded)
      for (const auto& problem : loaded.error()) out += problem.path + " <" + problem.nearest + "> " + problem.example + "\n";
    return out;
  };
  CHECK(issuer("algorithms: [ES265], jwks: { url: \"https://i.example/k\" }") == "issuers.i.algorithms[0] <ES256> algorithms: [ES256]\n");
  CHECK(issuer("algorithms: [none], jwks: { url: \"https://i.example/k\" }") == "issuers.i.algorithms[0] <> algorithms: [ES256]\n");
  CHECK(issuer("algorithms: [HS256], secret: { env: SECRET }") == "issuers.i.secret <> secret: { file: issuer.secret }\n");
}

TEST_CASE("what an error advises is right itself") {
  CHECK(told(document("connections: { head_max: 0 }\n")).contains("head_max: must be a byte size, and '0' is a number; it takes 1KiB to 1MiB"));
  CHECK(told(document("connections: { head_max: 16 }\n")).contains("add the unit, as in 16KiB"));
  CHECK(told(document("connections: { head_max: 32768 }\n")).contains("add the unit, as in 32768B"));
  CHECK(told(document("connections: { head_time: 1500 }\n")).contains("add the unit, as in 1500ms"));
  CHECK(told(document("connections: { head_time: 10 }\n")).contains("add the unit, as in 10s"));
  CHECK(told(document("plans: { free: { rate: 10 } }\n")).contains("add the time, as in 10/s"));
  CHECK(told(document("plans: { free: { rate: 0 } }\n")).contains("; write it as in the example"));
}

TEST_CASE("columns count characters, not bytes") {
  CHECK(told(document("plans: { \"\xc3\xa4\xc3\xa4\": {}, free: 1 }\n")).contains("5:26 plans.free: must be a block of names, not a number"));
}

TEST_CASE("a route that names what does not exist is refused with the nearest name") {
  CHECK(told(route("path: /a, authenticate: none, upstreams: x")).contains("(upstream)"));
  const auto typo =
      std::string(listeners) + std::string(upstreams) + "routes: [{ name: r, methods: [GET], upstream: clinc, path: /a, authenticate: none }]\n";
  CHECK(told(typo) == "3:47 routes[0].upstream: there is no upstream 'clinc' (clinic)\n");
  CHECK(told(route("path: /a, authenticate: [jwt]")).contains("takes `jwt`, and no issuer is configured"));
  CHECK(told(route("path: /a, authenticate: [api_key], features: [exprt]") + "plans: { pro: { features: [export] } }\n")
            .contains("no plan has the feature 'exprt', so nobody could ever come here with a key (export)"));
  CHECK(told(route("path: /a, authenticate: [api_key], features: [export]") + "plans: { pro: { features: [export] } }\n").empty());
}

TEST_CASE("two routes of one host, shape and method are refused, and neighbours of them are not") {
  const auto two = [](std::string_view first, std::string_view second) {
    return told(std::string(listeners) + std::string(upstreams) + "routes:\n  - { name: a, upstream: clinic, authenticate: none, " +
                std::string(first) + " }\n  - { name: b, upstream: clinic, authenticate: none, " + std::string(second) + " }\n");
  };
  CHECK(two("path: \"/p/{id}\", methods: [GET, PUT]", "path: \"/p/{number}\", methods: [POST, PUT]")
            .contains("5:60 routes[1].path: PUT /p/{number} belongs to the route 'a' on line 4 already"));
  CHECK(two("path: \"/p/{id}\", methods: [GET]", "path: \"/p/{id}\", methods: [POST]").empty());
  CHECK(two("path: \"/p/{id}\", methods: [GET]", "path: \"/p/new\", methods: [GET]").empty());
  CHECK(two("path: \"/p/{id}\", methods: [GET]", "path: \"/p/{id...}\", methods: [GET]").empty());
  CHECK(two("path: /p, methods: [GET], hosts: [a.example]", "path: /p, methods: [GET], hosts: [b.example]").empty());
  CHECK(two("path: /p, methods: [GET], hosts: [a.example]", "path: /p, methods: [GET]").empty());  // the exact host wins
  CHECK(two("path: /p, methods: [GET], hosts: [A.example]", "path: /p, methods: [GET], hosts: [b.example, a.example]")
            .contains("of host a.example belongs to"));
}

TEST_CASE("a name that must be unique is refused the second time") {
  const auto text =
      std::string(listeners) + std::string(upstreams) +
      "routes:\n  - { name: a, upstream: clinic, authenticate: none, path: /a, methods: [GET] }\n  - { name: a, upstream: clinic, authenticate: none, path: /b, methods: [GET] }\n";
  CHECK(told(text) == "5:13 routes[1].name: the name 'a' is used by routes[0].name already\n");
  CHECK(told(std::string("listeners: [{ address: 127.0.0.1:8443, tls: local }, { address: 127.0.0.1:8443, tls: off }]\n") + std::string(upstreams) +
             std::string(routes))
            .contains("the address '127.0.0.1:8443' is used by listeners[0].address already"));
  CHECK(told(std::string("listeners: [{ address: 127.0.0.1:0, tls: local }, { address: 127.0.0.1:0, tls: off }]\n") + std::string(upstreams) +
             std::string(routes))
            .empty());
}

TEST_CASE("clear text that other machines can reach must be meant") {
  const auto with = [](std::string_view listener) {
    return told("listeners: [{ " + std::string(listener) + " }]\n" + std::string(upstreams) + std::string(routes));
  };
  CHECK(with("address: 0.0.0.0:8080, tls: off").contains("listeners[0].tls: is off on 0.0.0.0:8080"));
  CHECK(with("address: \"10.0.0.1:8080\", tls: off").contains("add `insecure: true`"));
  CHECK(with("address: \"[::]:8080\", tls: off").contains("is off on [::]:8080"));
  CHECK(with("address: 0.0.0.0:8080, tls: off, insecure: true").empty());
  CHECK(with("address: 127.0.0.1:8080, tls: off").empty());
  CHECK(with("address: 0.0.0.0:8443, tls: local").empty());
}

TEST_CASE("metrics are refused on an address that strangers reach") {
  CHECK(told(document("metrics: { address: 0.0.0.0:9464 }\n")).contains("metrics.address: 0.0.0.0:9464 is a public address"));
  CHECK(told(document("metrics: { address: 203.0.113.7:9464 }\n")).contains("is a public address"));
  CHECK(told(document("metrics: { address: 10.0.0.5:9464 }\n")).empty());
}

TEST_CASE("an upstream that is the gate itself is refused") {
  const auto with = [](std::string_view server) {
    return told("listeners: [{ address: 127.0.0.1:8443, tls: local }]\nupstreams: { clinic: { servers: [\"" + std::string(server) + "\"] } }\n" +
                std::string(routes));
  };
  CHECK(with("https://127.0.0.1:8443").contains("upstreams.clinic.servers[0]: https://127.0.0.1:8443 is the gate's own listener"));
  CHECK(with("https://localhost:8443").contains("own listener"));
  CHECK(with("https://127.0.0.1:8444").empty());
}

TEST_CASE("rules over several settings of a route, an issuer, a limit are kept") {
  CHECK(told(route("path: /a, authenticate: none, scopes: [\"a:b\"]")).contains("scopes: cannot be asked of callers that need no credential"));
  CHECK(told(route("path: /a, authenticate: [api_key], claims: { role: [doctor] }")).contains("claims: stand in tokens"));
  CHECK(told(route("path: /api/a, authenticate: none, strip_prefix: /ap")).contains("is not the beginning of the path /api/a"));
  CHECK(told(route("path: /api/a, authenticate: none, strip_prefix: /api")).empty());
  CHECK(told(route("path: /a, authenticate: none, limits: { burst: 3 }")).contains("limits nothing"));
  CHECK(told(route("path: /a, authenticate: none, limits: { rate: 1/s, max_delay: 2s }"))
            .contains("max_delay: has a meaning only together with `over: delay`"));
  CHECK(told(route("path: /a, authenticate: none, limits: { rate: 1/s, over: delay, max_delay: 2s }")).empty());
  CHECK(told(route("path: /a, authenticate: none, limits: { rate: 1/366d, burst: 1000000 }")).contains("routes[0].limits: cannot be kept: "));
  CHECK(told(document("plans: { free: { rate: 1/s, max_delay: 2s } }\n"))
            .contains("plans.free.max_delay: has a meaning only together with `over: delay`"));
  CHECK(told(document("plans: { free: { over: delay } }\n")).contains("plans.free.over: can delay only what a rate limits"));
  CHECK(told(document("plans: { free: { rate: 1/s, over: delay, max_delay: 31s } }\n")).contains("plans.free.max_delay: "));
  CHECK(told(document("plans: { free: { rate: 1/s, over: delay, max_delay: 30s } }\n")).empty());
  CHECK(told(document("plans: { free: { rate: 1/s, over: reject } }\n")).empty());
  CHECK(told(document("plans: { slow: { rate: 1/366d, burst: 1000000 } }\n")).contains("plans.slow.rate: cannot be kept: "));
  CHECK(told(document("plans: { slow: { rate: 1/366d, burst: 3 } }\n")).empty());
  const auto issuer = [](std::string_view settings) {
    return told(document("issuers: { i: { issuer: \"https://i.example\", audience: [a], " + std::string(settings) + " } }\n"));
  };
  CHECK(issuer("jwks: { url: \"https://i.example/keys\" }").empty());
  CHECK(issuer("jwks: { url: \"http://i.example/keys\" }").contains("must be https"));
  CHECK(issuer("jwks: {}").contains("needs either 'file' or 'url'"));
  CHECK(issuer("algorithms: [ES256]").contains("jwks: is missing"));
  CHECK(issuer("algorithms: [HS256]").contains("secret: is missing, and HS* needs it"));
  CHECK(issuer("algorithms: [HS256, RS256], jwks: { url: \"https://i.example/keys\" }").contains("mixes HS*"));
  CHECK(issuer("algorithms: [none], jwks: { url: \"https://i.example/keys\" }").contains("'none' means no signature"));
  CHECK(issuer("skew: 6m, jwks: { url: \"https://i.example/keys\" }").contains("it takes 1s to 5m"));
  CHECK(issuer("algorithms: [HS256], secret: { env: MISSING }").contains("the environment variable MISSING is not set"));
}

TEST_CASE("a burst that is not said is what the rate gives in a second, at least one") {
  CHECK(limits::burst_of({10, 1s}, {}) == 10);
  CHECK(limits::burst_of({49, 7s}, {}) == 7);
  CHECK(limits::burst_of({3, 1min}, {}) == 1);
  CHECK(limits::burst_of({4'000'000'000, 1ms}, {}) == 1'000'000);
  CHECK(limits::burst_of({10, 1s}, 3) == 3);
}

TEST_CASE("path templates have one form") {
  for (const auto* wrong : {"a", "/a//b", "/a/../b", "/a/.", "/{a}b", "/{a", "/{a...}/b", "/{a}/{a}", "/{}", "/a%2Fb", "/a?b", "/a;b", "/a b",
                            "/{a b}", "/%2a", "/a%2"}) {
    CAPTURE(wrong);
    CHECK(told(route("authenticate: none, path: \"" + std::string(wrong) + "\"")).contains("routes[0].path: "));
  }
  for (const auto* right : {"/", "/a", "/a/", "/{a}", "/{a...}", "/a/{b}/c/{d...}", "/a.b/~c", "/\xc3\xa4", "/a:b", "/%2A/%3Ab"}) {
    CAPTURE(right);
    CHECK(told(route("authenticate: none, path: \"" + std::string(right) + "\"")).empty());
  }
}

TEST_CASE("the wildcards of other gateways are refused, with what is written here instead") {
  for (const auto* wrong : {"/admin/*", "/*", "/a*", "/admin/**", "/:id", "/users/:id/orders"}) {
    CAPTURE(wrong);
    const auto text = told(route("authenticate: none, path: \"" + std::string(wrong) + "\""));
    CHECK(text.contains("routes[0].path: has "));
    CHECK(text.contains("write {name} for one segment, or {name...} at the end for all the rest"));
  }
  CHECK(told(route("authenticate: none, path: \"/api/{a}\", strip_prefix: \"/*\"")).contains("strip_prefix: has '*'"));
}

TEST_CASE("a certificate and a key that do not belong together are refused at their place") {
  Folder folder;
  SeededRandom random(7);
  const crypto::CertificateOptions options{.common_name = "localhost", .names = {"localhost"}, .not_before = Instant(24h), .not_after = Instant(48h)};
  const auto one = crypto::make_authority(options, random).value();
  const auto other = crypto::make_authority(options, random).value();
  folder.write("cert.pem", one.certificate_pem, 0644);
  folder.write("key.pem", one.key.to_pem().reveal());
  folder.write("other.pem", other.key.to_pem().reveal());
  folder.write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", 0644);
  const auto tls = [&folder](std::string_view certificate, std::string_view key) {
    const auto loaded = load("listeners:\n  - address: 127.0.0.1:0\n    tls: { certificates: [{ certificate: " + std::string(certificate) +
                                 ", key: " + std::string(key) + " }] }\n" + std::string(upstreams) + std::string(routes),
                             {.file = "gatehouse.yaml", .folder = folder.path(), .environment = {}});
    return loaded ? std::string()
                  : std::to_string(loaded.error().front().at.line) + " " + loaded.error().front().path + ": " + loaded.error().front().what;
  };
  CHECK(tls("cert.pem", "key.pem").empty());
  CHECK(tls("cert.pem", "other.pem").starts_with("3 listeners[0].tls.certificates[0].key: "));
  CHECK(tls("cert.pem", "other.pem").contains("the key does not belong to the certificate"));
  CHECK(tls("broken.pem", "key.pem").starts_with("3 listeners[0].tls.certificates[0].certificate: "));
}

TEST_CASE("key sets and authorities that nobody could use are refused, and a data directory that is a file") {
  Folder folder;
  const auto wrong = [&folder](const std::string& more, std::string_view servers = upstreams) {
    const auto loaded = load(std::string(listeners) + std::string(servers) + std::string(routes) + more,
                             {.file = "gatehouse.yaml", .folder = folder.path(), .environment = {}});
    return loaded ? std::string() : loaded.error().front().path;
  };
  folder.write("bad.jwks", R"({"keys": 7})", 0644);
  folder.write("none.pem", "-----BEGIN CERTIFICATE-----\n", 0644);
  folder.write("file", "", 0644);
  CHECK(wrong("issuers: { a: { issuer: \"https://i.example\", audience: [a], jwks: { file: bad.jwks } } }\n") == "issuers.a.jwks.file");
  CHECK(wrong("", "upstreams: { clinic: { servers: [\"https://127.0.0.1:3000\"], ca_file: none.pem } }\n") == "upstreams.clinic.ca_file");
  CHECK(wrong("data: file\n") == "data");
  CHECK(wrong("data: file/below\n") == "data");
  CHECK(wrong("data: fresh\n").empty());
  CHECK(wrong("data: .\n").empty());
}

TEST_CASE("files are there, of the right kind, and keys are private") {
  Folder folder;
  const auto tls = [&folder](std::string_view certificate, std::string_view key) {
    const auto loaded = load("listeners: [{ address: 127.0.0.1:0, tls: { certificates: [{ certificate: " + std::string(certificate) +
                                 ", key: " + std::string(key) + " }] } }]\n" + std::string(upstreams) + std::string(routes),
                             {.file = "gatehouse.yaml", .folder = folder.path(), .environment = {}});
    std::string out;
    if (!loaded)
      for (const auto& problem : loaded.error()) out += problem.path + ": " + problem.what + "\n";
    return out;
  };
  SeededRandom random(8);
  const auto issued =
      crypto::make_authority({.common_name = "localhost", .names = {"localhost"}, .not_before = Instant(24h), .not_after = Instant(48h)}, random)
          .value();
  folder.write("cert.pem", issued.certificate_pem, 0644);
  folder.write("key.pem", issued.key.to_pem().reveal(), 0600);
  folder.write("open.pem", "-----BEGIN PRIVATE KEY-----\n", 0644);
  CHECK(tls("cert.pem", "key.pem").empty());
  CHECK(tls("cert.pem", "open.pem").contains("certificates[0].key: the file " + folder.path() + "/open.pem can be read or changed by others"));
  CHECK(tls("key.pem", "key.pem").contains("holds no certificate"));
  CHECK(tls("missing.pem", "key.pem").contains("certificates[0].certificate: the file " + folder.path() + "/missing.pem cannot be read"));
  CHECK(tls(".", "key.pem").contains("is not a file"));
}

TEST_CASE("a file is loaded with its name in the problems, and relative paths start beside it") {
  Folder folder;
  const auto good = folder.write("good.yaml", document());
  const auto loaded = load_file(good);
  REQUIRE(loaded);
  CHECK(loaded->data == folder.path() + "/gatehouse-data");
  CHECK(load_file(folder.write("bad.yaml", document("x: 1\n"))).error().front().file == folder.path() + "/bad.yaml");
  CHECK(load_file(folder.path() + "/missing.yaml").error().front().what.contains("cannot be opened"));
  CHECK(load_file(folder.path()).error().front().what == "the file is not a file");
}

TEST_CASE("of YAML only plain documents are taken") {
  CHECK(told("").contains("the document is empty"));
  CHECK(told("# nothing\n").contains("the document is empty"));
  CHECK(told("- a\n").contains("must be a block of names, not a list"));
  CHECK(told(document("a: [\n")).contains("cannot be read as YAML"));
  CHECK(told(document("---\nx: 1\n")).contains("second document"));
  CHECK(told("---\n" + document()).empty());
  CHECK(told(document("plans: { free: &a { rate: 1/s } }\n")).contains("has an anchor"));
  CHECK(told("a: &x [1]\nb: *x\n").contains("is an alias"));
  CHECK(told(document("workers: !!int 3\n")).contains("has a tag"));
  CHECK(told(document("workers: 3\nworkers: 4\n")).contains("6:1 : the name 'workers' stands here for the second time"));
  CHECK(told(document("plans:\n\tfree: {}\n")).contains("6:1 : is a tab"));
  CHECK(told(document("plans: {} \t# fine\n")).empty());
  CHECK(told(document("plans: \"a\x01\"\n")).contains("is a control character"));
  CHECK(told("\xef\xbb\xbf" + document()).contains("byte order mark"));
  CHECK(told("\xff\xfe" + document()).contains("not UTF-8"));
  CHECK(told(document("? [a]\n: b\n")).contains("must be a name, not a list"));
  std::string windows = document();
  for (std::size_t at = 0; (at = windows.find('\n', at)) != windows.npos; at += 2) windows.replace(at, 1, "\r\n");
  CHECK(told(windows).empty());
}

TEST_CASE("a document that would grow or nest without end is refused") {
  CHECK(told(std::string(yaml_bytes_max + 1, '#')).contains("larger than 1MiB"));
  CHECK(told(document("plans: " + std::string(40, '[') + std::string(40, ']') + "\n")).contains("is nested deeper than 32 levels"));
  CHECK(told(document("plans: " + std::string(100'000, '[') + "\n")).contains("cannot be read as YAML"));
  std::string many = "plans: [";
  for (std::size_t i = 0; i < yaml_nodes_max; ++i) many += "1,";
  CHECK(told(document(many + "]\n")).contains("is one value too many"));
  std::string laughs = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c <= 'i'; ++c) laughs += std::string(1, c) + ": &" + c + " [*" + char(c - 1) + ",*" + char(c - 1) + ",*" + char(c - 1) + "]\n";
  CHECK(told(laughs).contains("is an alias"));
}

TEST_CASE("errors are shown as a compiler shows them") {
  CHECK(render_errors(problems_of(document("limits: { per_adress: none }\nworkers: 0\n"))) ==
        "gatehouse.yaml:5:11: error: limits.per_adress: is not a name that the block 'limits' knows\n"
        "    5 | limits: { per_adress: none }\n"
        "      |           ^\n"
        "      help: did you mean 'per_address'?\n"
        "      help: for example: limits: { per_address: { rate: 50/s, burst: 100 } }\n"
        "gatehouse.yaml:6:10: error: workers: must not be zero; it takes 1 to 256\n"
        "    6 | workers: 0\n"
        "      |          ^\n"
        "      help: for example: workers: 4\n"
        "2 errors\n");
  CHECK(render_errors(problems_of(document("workers: 0\n")), true).contains("\033[1;31merror: \033[0m"));
}

TEST_CASE("a secret that was written into the document is not shown in the error") {
  const auto text = render_errors(problems_of(document("issuers: { i: { issuer: i, audience: [a], algorithms: [HS256], secret: hunter2 } }\n")));
  CHECK(text.contains("is a secret and is not written into this file"));
  CHECK_FALSE(text.contains("hunter2"));
}

TEST_CASE("the document that init writes loads to what protect runs on") {
  for (const auto* url : {"http://127.0.0.1:3000", "https://api.example", "http://[::1]:8080/"}) {
    const auto protect = protect_configuration(url, "/srv/gate");
    REQUIRE(protect);
    const auto written = load(init_document(url).value(), {.file = "gatehouse.yaml", .folder = "/srv/gate", .environment = {}});
    REQUIRE_MESSAGE(written.has_value(), render_errors(written ? Problems{} : written.error()));
    CHECK(to_text(*written) == to_text(*protect));
    CHECK(written->routes == protect->routes);
    CHECK(written->listeners == protect->listeners);
    CHECK(written->upstreams == protect->upstreams);
    CHECK(written->limits == protect->limits);
    CHECK(written->audit == protect->audit);
  }
  CHECK_FALSE(protect_configuration("127.0.0.1:3000"));
  CHECK(protect_configuration("http://a.example/api").error().told.contains("has a path"));
}

TEST_CASE("an address has a bound of requests at the same time unless it is switched off, and a key has none unless it is given one") {
  const auto kept = load_text(document("limits: { per_address: { rate: 5/s }, per_key: { rate: 5/s } }\n"));
  REQUIRE(kept);
  CHECK(kept->limits.per_address->concurrency == 256);
  CHECK(kept->limits.per_address->burst == std::nullopt);
  CHECK(kept->limits.per_key->concurrency == std::nullopt);
  const auto own = load_text(document("limits: { per_address: { concurrency: 8 } }\n"));
  REQUIRE(own);
  CHECK(own->limits.per_address->concurrency == 8);
  CHECK(own->limits.per_address->rate == std::nullopt);
  const auto off = load_text(document("limits: { per_address: { rate: 5/s, concurrency: none } }\n"));
  REQUIRE(off);
  CHECK(off->limits.per_address->concurrency == std::nullopt);
  CHECK(load_text(to_text(*off))->limits == off->limits);
  CHECK(told(document("limits: { per_address: { concurrency: none } }\n")).contains("limits nothing"));
  CHECK(told(document("limits: { per_address: { burst: 5 } }\n")).contains("limits.per_address.burst: has a meaning only together with a rate"));
}

TEST_CASE("what a configuration prints loads to the same configuration") {
  const std::string text = document(
      "data: /var/lib/gate\nworkers: 3\ntrusted_proxies: [10.0.0.0/8]\nmetrics: { address: \"[::1]:9464\" }\n"
      "connections: { body_rate_min: none, head_time: 1500ms }\n"
      "issuers: { i: { issuer: \"https://i.example\", audience: [\"a: b\", \"true\"], jwks: { url: \"https://i.example/k\" }, skew: none } }\n"
      "plans: { free: { rate: 5/10s, burst: 3, quota: { day: 10 } } }\nlimits: { per_address: none, failures: { ban: 36h } }\n");
  const auto first = load_text(text);
  REQUIRE(first);
  const auto second = load_text(to_text(*first));
  CAPTURE(to_text(*first));
  REQUIRE_MESSAGE(second.has_value(), render_errors(second ? Problems{} : second.error()));
  CHECK(to_text(*second) == to_text(*first));
  CHECK(second->issuers.at("i").audience == std::vector<std::string>{"a: b", "true"});
  CHECK(second->limits == first->limits);
  CHECK(second->connections == first->connections);
}

TEST_CASE("every example in the reference is taken by the setting that it is an example of, and so is every default") {
  Folder folder;
  folder.write("issuer.secret", "0123456789abcdef0123456789abcdef\n");
  std::size_t count = 0;
  each_setting(configuration_settings().shape(), "", [&](const std::string& path, const settings::Field& field) {
    ++count;
    for (const auto& value : {field.example, field.preset}) {
      if (value.empty() || (value == "{}" && field.type->shape().kind == settings::Shape::Kind::block)) continue;
      CAPTURE(path);
      CAPTURE(value);
      settings::Reader reader({.file = {}, .folder = folder.path(), .environment = {}});
      const auto node = parse_yaml(value, reader);
      REQUIRE(node);
      const bool right = field.accepts(reader, *node);
      CHECK_MESSAGE(right, render_errors(reader.take_problems()));
      if (field.required) break;  // a default that is never used
    }
  });
  CHECK(count > 100);
}

TEST_CASE("the example of the whole document loads as it stands, and so do its settings at their defaults") {
  const auto text = settings::yaml_example(*configuration_settings().erased());
  CHECK_MESSAGE(load_text(text).has_value(), render_errors(problems_of(text)));
}

TEST_CASE("the schema is JSON, closed, and knows the settings with their defaults") {
  const auto schema = json::parse(schema_document());
  REQUIRE(schema);
  const auto root = schema->root();
  CHECK(root.get("additionalProperties")->boolean() == false);
  const auto properties = root.get("properties");
  CHECK(properties->size() == configuration_settings().shape().fields.size());
  const auto route = properties->get("routes")->get("items");
  CHECK(route->get("required")->size() == 5);
  CHECK(route->get("properties")->get("body_max")->string("default") == "1MiB");
  CHECK(route->get("properties")->get("path")->string("type") == "string");
  CHECK(properties->get("workers")->get("anyOf")->size() == 2);
}

TEST_CASE("the reference describes every block once") {
  const auto text = reference_document();
  for (const auto* heading : {"## `listeners[]`", "## `listeners[].tls`", "## `upstreams.NAME`", "## `issuers.NAME.jwks`", "## `limits.per_address`",
                              "## `routes[].timeouts`"}) {
    CAPTURE(heading);
    const auto at = text.find(std::string(heading) + "\n");
    CHECK(at != text.npos);
    CHECK(text.find(std::string(heading) + "\n", at + 1) == text.npos);
  }
  CHECK(text.contains("| `body_max` | `none` or byte size, 1B to 64GiB | `1MiB` |"));
}

TEST_CASE("the clinic's configuration is right, but for the issuer's keys that its first run makes") {
  std::string project = __FILE__;
  project.resize(project.size() - std::string_view("src/app/config/config_test.cpp").size());
  const auto loaded = load_file(project + "examples/clinic/gatehouse.yaml");
  if (loaded) {
    CHECK(loaded->routes.size() > 10);
  } else {
    CHECK(loaded.error().size() == 1);
    CHECK_MESSAGE(loaded.error().front().path == "issuers.clinic.jwks.file", render_errors(loaded.error()));
  }
}

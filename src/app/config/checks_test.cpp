#include <doctest/doctest.h>

#include "app/config/trial_document.hpp"
#include "services/limits/options.hpp"

using namespace gatehouse;
using namespace gatehouse::config;
using namespace gatehouse::config::trial;

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

TEST_CASE("the features of a route have room together for what its usage is counted under") {
  const auto with = [](std::size_t last) {
    const auto features = std::string(64, 'a') + ", " + std::string(last, 'b') + ", b, b";
    return told(route("path: /a, authenticate: [api_key], features: [" + features + "]") + "plans: { pro: { features: [" + features + "] } }\n");
  };
  CHECK(with(59).empty());
  CHECK(with(60).contains("routes[0].features: have more than 126 bytes together"));
  CHECK(gateway::usage_feature_of({}).empty());
  CHECK(gateway::usage_feature_of({"export"}) == "export");
  CHECK(gateway::usage_feature_of({"reports", "export", "reports"}) == "export+reports");
}

TEST_CASE("a method that no registry has is refused as a typing error, unless the document says that it is meant") {
  const auto with = [](std::string_view methods, std::string_view more = "") {
    return told(std::string(listeners) + std::string(upstreams) +
                "routes:\n  - { name: r, path: /a, upstream: clinic, authenticate: none, methods: [" + std::string(methods) + "] }\n" +
                std::string(more));
  };
  CHECK(with("GET, GETT") ==
        "4:79 routes[0].methods[1]: 'GETT' is no registered method; if your API has it, name it in `extension_methods`, too (GET)\n");
  for (const auto& [typo, meant] : {std::pair("PSOT", "(POST)"), {"DELTE", "(DELETE)"}, {"OPTION", "(OPTIONS)"}, {"PROPFIND2", "(PROPFIND)"}}) {
    CAPTURE(typo);
    CHECK(with(typo).contains(meant));
  }
  CHECK(with("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, PROPFIND, QUERY, VERSION-CONTROL").empty());
  CHECK(with("PURGE").contains("'PURGE' is no registered method"));
  CHECK(with("GET, PURGE", "extension_methods: [PURGE]\n").empty());
  CHECK(with("GET, PURG", "extension_methods: [PURGE]\n").contains("'PURG' is no registered method"));
  // What is wrong with the list itself has no consequences for the routes.
  CHECK_FALSE(with("PURGE", "extension_method: [PURGE]\n").contains("routes[0]"));
  CHECK_FALSE(with("PURGE", "extension_methods: PURGE\n").contains("routes[0]"));
  CHECK(with("GET", "extension_methods: [GET]\n").contains("extension_methods[0]: is a registered method and needs no permission"));
  CHECK(with("GET", "extension_methods: [TRACE]\n").contains("TRACE sends a request back"));
  CHECK(with("PRI").contains("PRI opens a connection of HTTP/2"));
}

TEST_CASE("a header with an underscore that reads as one of the gate's own cannot be allowed, because each request with it is refused") {
  const auto with = [](std::string_view name) {
    return told(route("path: /a, authenticate: none, allow_underscore_headers: [" + std::string(name) + "]"));
  };
  CHECK(
      with("x_api_key") ==
      "4:107 routes[0].allow_underscore_headers[0]: reads as x-api-key to a server that takes '_' for '-', and that is a name which the gate uses: a "
      "request with it is refused (http.header.underscore), whatever stands here; leave it out\n");
  for (const auto* name :
       {"x-api_key", "x_forwarded_for", "x_forwarded_anything", "x_real_ip", "gatehouse_identity", "gatehouse_own", "client_ip", "content_length",
        "transfer_encoding", "user_agent", "x_http_method_override", "x_original_url", "x_request_id", "_method"}) {
    CAPTURE(name);
    CHECK(with(name).contains("is a name which the gate uses"));
  }
  for (const auto* name : {"x_device_id", "x_api_keys", "authorizations_", "x_api_version", "x_method", "_methods", "method_"}) {
    CAPTURE(name);
    CHECK(with(name).empty());
  }
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

TEST_CASE("a route where the gate itself answers is refused, and its neighbours are not") {
  CHECK(told(route("path: /.well-known/gatehouse/jwks.json, authenticate: none"))
            .contains("routes[0].path: is where the gate itself answers, with the keys of Gatehouse-Identity"));
  for (const auto* path : {"/.well-known/jwks.json", "/.well-known/gatehouse/jwks", "\"/.well-known/gatehouse/{file}\"", "\"/{path...}\"",
                           "/.well-known/gatehouse/jwks.json/more"}) {
    CAPTURE(path);
    CHECK(told(route("authenticate: none, path: " + std::string(path))).empty());
  }
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

TEST_CASE("a local certificate can be for further names, and one of the operator's own cannot") {
  const auto with = [](std::string_view tls) {
    return told("listeners: [{ address: 127.0.0.1:8443, tls: { " + std::string(tls) + " } }]\n" + std::string(upstreams) + std::string(routes));
  };
  CHECK(with("certificates: local, local_names: [api.internal, 10.0.0.5, \"fd00::5\", Gate]").empty());
  CHECK(with("certificates: [{ certificate: gone.pem, key: gone.pem }], local_names: [api.internal]")
            .contains("tls.local_names: are for `certificates: local`"));
  CHECK(with("local_names: [api.internal]").contains("tls.certificates: is missing"));
  CHECK(with("certificates: local, local_names: [\"*.internal\"]").contains("local_names[0]: is a wildcard"));
  for (const auto* name : {"api_internal", "api.internal:8443", "https://api.internal", "10.0.0", "-api", "a..b"}) {
    CAPTURE(name);
    CHECK(with("certificates: local, local_names: [\"" + std::string(name) + "\"]").contains("is neither a DNS name nor an IP address"));
  }
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
  const auto with_secret = [](std::string_view settings) {
    const auto secret = [](const std::string&) { return std::optional(std::string(32, 's')); };
    const auto text =
        document("issuers: { i: { issuer: \"https://i.example\", audience: [a], secret: { env: SECRET }" + std::string(settings) + " } }\n");
    const auto loaded = load(text, {.file = "gatehouse.yaml", .folder = "/", .environment = secret});
    std::string out;
    if (!loaded)
      for (const auto& problem : loaded.error()) out += problem.path + ": " + problem.what + " | " + problem.example + "\n";
    return out;
  };
  CHECK(with_secret(", algorithms: [HS256]").empty());
  for (const auto* settings : {"", ", algorithms: [ES256]"})
    CHECK(
        with_secret(settings) ==
        "issuers.i.algorithms: must name what the secret is for: one of HS256, HS384 and HS512, which are never taken by default | algorithms: [HS256]\n");
  CHECK(with_secret(", jwks: { url: \"https://i.example/keys\" }") ==
        "issuers.i.secret: is for HS256, HS384 and HS512, none of which is in `algorithms`; leave out the secret, or `jwks` | \n");
  CHECK(issuer("algorithms: [HS256, RS256], jwks: { url: \"https://i.example/keys\" }").contains("mixes HS*"));
  CHECK(issuer("algorithms: [none], jwks: { url: \"https://i.example/keys\" }").contains("'none' means no signature"));
  const auto claims = [](std::string_view value) {
    return told(route("path: /r, authenticate: [jwt], claims: { email_verified: [" + std::string(value) + "] }") +
                "issuers: { i: { issuer: \"https://i.example\", audience: [a], jwks: { url: \"https://i.example/keys\" } } }\n");
  };
  for (const auto* value : {"true", "False", "1", "-7", "9223372036854775807", "\"true\"", "yes", "\"1.5\""}) {
    CAPTURE(value);
    CHECK(claims(value).empty());
  }
  for (const auto* value : {"1.5", "1e3", "0x10", "+1", ".inf", "9223372036854775808"}) {
    CAPTURE(value);
    CHECK(claims(value).contains("routes[0].claims.email_verified[0]: is a number that is not whole"));
  }
  CHECK(claims("[a]").contains("routes[0].claims.email_verified[0]: "));
  CHECK(issuer("skew: 6m, jwks: { url: \"https://i.example/keys\" }").contains("it takes 1s to 5m"));
  CHECK(issuer("algorithms: [HS256], secret: { env: MISSING }").contains("the environment variable MISSING is not set"));
}

TEST_CASE(
    "a shared secret is as long as the digest of the longest of its algorithms (RFC 7518 section 3.2), and else is refused with what makes one") {
  const auto said = [](std::string_view algorithms, std::size_t bytes) {
    const auto text = document("issuers: { i: { issuer: \"https://i.example\", audience: [a], algorithms: [" + std::string(algorithms) +
                               "], secret: { env: SECRET } } }\n");
    const auto secret = [&](const std::string&) { return std::optional(std::string(bytes, 's')); };
    const auto loaded = load(text, {.file = "gatehouse.yaml", .folder = "/", .environment = secret});
    std::string out;
    if (!loaded)
      for (const auto& problem : loaded.error()) out += problem.path + ": " + problem.what + "\n";
    return out;
  };
  CHECK(said("HS256", 31) ==
        "issuers.i.secret: is shorter than 32 bytes, the digest of HS256; RFC 7518 section 3.2 asks for at least 32. "
        "Make one: openssl rand -hex 32\n");
  CHECK(said("HS512", 63) ==
        "issuers.i.secret: is shorter than 64 bytes, the digest of HS512; RFC 7518 section 3.2 asks for at least 64. "
        "Make one: openssl rand -hex 64\n");
  CHECK(said("HS384", 47).contains("shorter than 48 bytes, the digest of HS384"));
  CHECK(said("HS512, HS256", 40).contains("shorter than 64 bytes, the digest of HS512"));
  for (const auto& [algorithms, bytes] : {std::pair("HS256", 32), {"HS384", 48}, {"HS512", 64}, {"HS256, HS384", 48}}) {
    CAPTURE(algorithms);
    CHECK(said(algorithms, static_cast<std::size_t>(bytes)).empty());
  }
}

TEST_CASE("a burst that is not said is what the rate gives in a second, at least one") {
  CHECK(limits::burst_of({10, 1s}, {}) == 10);
  CHECK(limits::burst_of({49, 7s}, {}) == 7);
  CHECK(limits::burst_of({3, 1min}, {}) == 1);
  CHECK(limits::burst_of({4'000'000'000, 1ms}, {}) == 1'000'000);
  CHECK(limits::burst_of({10, 1s}, 3) == 3);
}

TEST_CASE("an address has a bound of requests at the same time unless it is switched off, and a key has none unless it is given one") {
  const auto kept = load_text(document("limits: { per_address: { rate: 5/s }, per_key: { rate: 5/s } }\n"));
  REQUIRE(kept);
  CHECK(kept->limits.per_address->concurrency == 256);
  CHECK(kept->limits.per_address->burst == 5);
  CHECK(load_text(to_text(*kept))->limits == kept->limits);
  CHECK(kept->limits.per_key->concurrency == std::nullopt);
  const auto own = load_text(document("limits: { per_address: { concurrency: 8 } }\n"));
  REQUIRE(own);
  CHECK(own->limits.per_address->concurrency == 8);
  CHECK(own->limits.per_address->rate == settings::Rate{50, 1s});
  CHECK(own->limits.per_address->burst == 100);
  CHECK(load_text(to_text(*own))->limits == own->limits);
  const auto unrated = load_text(document("limits: { per_address: { rate: none } }\n"));
  REQUIRE(unrated);
  CHECK(unrated->limits.per_address->rate == std::nullopt);
  CHECK(unrated->limits.per_address->concurrency == 256);
  CHECK(load_text(to_text(*unrated))->limits == unrated->limits);
  const auto burst = load_text(document("limits: { per_address: { burst: 7 } }\n"));
  REQUIRE(burst);
  CHECK(burst->limits.per_address->rate == settings::Rate{50, 1s});
  CHECK(burst->limits.per_address->burst == 7);
  const auto same = load_text(document("limits: { per_address: { rate: 50/s } }\n"));  // the default rate, with a burst of its own
  REQUIRE(same);
  CHECK(same->limits.per_address->burst == 50);
  CHECK(load_text(to_text(*same))->limits == same->limits);
  const auto off = load_text(document("limits: { per_address: { rate: 5/s, concurrency: none } }\n"));
  REQUIRE(off);
  CHECK(off->limits.per_address->concurrency == std::nullopt);
  CHECK(load_text(to_text(*off))->limits == off->limits);
  CHECK(told(document("limits: { per_address: { concurrency: none } }\n")).empty());
  CHECK(told(document("limits: { per_address: { rate: none, concurrency: none } }\n")).contains("limits nothing"));
  CHECK(told(document("plans: { p: { quota: {} } }\n")).contains("plans.p.quota: limits nothing"));
  CHECK(told(document("plans: { p: { quota: { month: 5 } } }\n")).empty());
  CHECK(told(document("limits: { per_address: { rate: none, burst: 5 } }\n"))
            .contains("limits.per_address.burst: has a meaning only together with a rate"));
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

TEST_CASE("a regular expression is no path, and none is made of one; characters that paths have stay what they are") {
  const auto problem_of = [](std::string_view path) {
    const auto problems = problems_of(route("authenticate: none, path: '" + std::string(path) + "'"));
    REQUIRE(problems.size() == 1);
    return problems.front();
  };
  for (const auto* wrong : {"/admin/[0-9]+", "/admin/[0-9]", "/admin]", "/admin/.+", "/admin/(.+)/x"}) {
    CAPTURE(wrong);
    const auto problem = problem_of(wrong);
    CHECK(problem.path == "routes[0].path");
    CHECK(problem.what.contains("paths are no regular expressions here: write {name} for one segment, or {name...} at the end for all the rest"));
    CHECK(problem.nearest.empty());
  }
  for (const auto* wrong : {"^/admin/[0-9]+$", "^/admin/(a|b)$", "^/admin/a+", "/admin/\\d+", "^/admin/(a)?"}) {
    CAPTURE(wrong);
    CHECK(problem_of(wrong).nearest.empty());
  }
  CHECK(problem_of("^/admin$").nearest == "/admin");
  CHECK(problem_of("^/users/{id:[0-9]+}$").nearest == "/users/{id}");
  CHECK(problem_of("/a%5Bb").what.contains("the only escapes that are taken are %2A for '*' and %3A for ':'"));
  for (const auto* right : {"/$batch", "/Patient/$everything", "/c++", "/items(1)", "/v1.0/a.b"}) {
    CAPTURE(right);
    CHECK(told(route("authenticate: none, path: \"" + std::string(right) + "\"")).empty());
  }
  CHECK(told(route("authenticate: none, path: \"/api/{a}\", strip_prefix: \"/[a]\"")).contains("strip_prefix: has '['"));
}

TEST_CASE("an empty list of who may come is refused, where it would be read as everybody; a list of who may not may be empty") {
  const auto issuers = "issuers: { i: { issuer: \"https://i.example\", audience: [a], secret: { env: NAME } } }\n";
  CHECK(told(route("path: /a, authenticate: [jwt], issuers: []") + issuers).contains("routes[0].issuers: must not be empty"));
  CHECK(told(route("path: /a, authenticate: none, hosts: []")).contains("routes[0].hosts: must not be empty"));
  CHECK(told(route("path: /a, authenticate: none, addresses: []")).contains("routes[0].addresses: must not be empty"));
  CHECK(told(route("path: /a, authenticate: none, addresses: [10.0.0.0/8]")).empty());
  CHECK(told(document("addresses: { allow: [] }\n")).contains("addresses.allow: must not be empty"));
  CHECK(told(document("addresses: { allow: [10.0.0.0/8], deny: [] }\n")).empty());
}

TEST_CASE("nobody trusts or spares everybody") {
  for (const auto* everybody : {"0.0.0.0/0", "\"::/0\""}) {
    CAPTURE(everybody);
    const auto list = "[10.0.0.0/8, " + std::string(everybody) + "]";
    CHECK(told(document("trusted_proxies: " + list + "\n")).contains("trusted_proxies[1]: holds everybody, and every client could say"));
    CHECK(told(document("limits: { failures: { exempt: " + list + " } }\n"))
              .contains("limits.failures.exempt[1]: holds everybody, and nobody would ever be banned"));
  }
  for (const auto* halves : {"[0.0.0.0/1, 128.0.0.0/1]", "[128.0.0.0/1, 10.0.0.0/8, 64.0.0.0/2, 0.0.0.0/2]", "[\"2000::/4\", \"3000::/4\"]"}) {
    CAPTURE(halves);
    CHECK(told(document("trusted_proxies: " + std::string(halves) + "\n"))
              .contains("5:18 trusted_proxies: hold everybody together, and every client could say"));
    CHECK(told(document("limits: { failures: { exempt: " + std::string(halves) + " } }\n"))
              .contains("limits.failures.exempt: hold everybody together, and nobody would ever be banned"));
  }
  CHECK(told(document("trusted_proxies: [10.0.0.0/8, 128.0.0.0/1]\nlimits: { failures: { exempt: [\"2000::/4\", \"fc00::/7\"] } }\n")).empty());
}

TEST_CASE("audit files are kept for as long as one is written, also where only one of the two sizes is set") {
  CHECK(told(document("audit: { rotate_size: 2MiB, keep_size: 1MiB }\n")).contains("audit.keep_size: must not be smaller than 'rotate_size'"));
  const auto problems = problems_of(document("audit: { rotate_size: 2GiB }\n"));
  REQUIRE(problems.size() == 1);
  CHECK(problems.front().path == "audit.keep_size");
  CHECK(problems.front().example == "keep_size: 2GiB");
  CHECK(told(document("audit: { rotate_size: 2MiB, keep_size: 2MiB }\n")).empty());
}

TEST_CASE("audit files are not kept for less time than one is written, which would keep lines far longer than is said") {
  CHECK(
      told(document("audit: { rotate_age: 30d, keep_age: 7d }\n"))
          .contains(
              "5:37 audit.keep_age: must not be shorter than 'rotate_age': it counts from when a file is put aside, whose first lines are 30d old"));
  const auto problems = problems_of(document("audit: { keep_age: 12h }\n"));  // shorter than the day that is the default of the other
  REQUIRE(problems.size() == 1);
  CHECK(problems.front().path == "audit.keep_age");
  CHECK(problems.front().what.contains("`rotate_age: 12h`"));
  CHECK(problems.front().example == "keep_age: 24h");
  CHECK(told(document("audit: { keep_age: 12h, rotate_age: 12h }\n")).empty());
  CHECK(told(document("audit: { keep_age: 1d }\n")).empty());
  CHECK(told(document("audit: { rotate_age: 60d }\n")).contains("audit.keep_age: must not be shorter"));
}

TEST_CASE("an example is never what was refused") {
  const auto examples = [](std::string_view text) {
    std::string out;
    for (const auto& problem : problems_of(text)) out += problem.path + " " + problem.example + "\n";
    return out;
  };
  const auto served = [&](std::string_view addresses) { return examples(std::string(addresses) + std::string(upstreams) + std::string(routes)); };
  CHECK(
      served(
          "listeners: [{ address: 127.0.0.1:8443, tls: local }, { address: 127.0.0.1:8443, tls: local }, { address: 0.0.0.0:8444, tls: local }]\n") ==
      "listeners[1].address address: \"127.0.0.1:8445\"\n");
  CHECK(served("listeners: [{ address: \"[::1]:65535\", tls: local }]\nmetrics: { address: \"[::1]:65535\" }\n") ==
        "metrics.address address: \"[::1]:1024\"\n");
  CHECK(examples(route("path: /a, authenticate: [api_key], features: [export]")) ==
        "routes[0].features[0] plans: { free: { features: [export] } }  # beside `routes`\n");
  CHECK(examples(route("path: /a, authenticate: [api_key], features: [export]") + "plans: { pro: {} }\n") ==
        "routes[0].features[0] plans: { pro: { features: [export] } }  # beside `routes`\n");
  CHECK(examples(route("path: /a, authenticate: [api_key], features: [exprt]") + "plans: { pro: { features: [export] } }\n") ==
        "routes[0].features[0] features: [export]\n");
  CHECK(examples(route("path: /a, authenticate: [api_key, jwt], issuers: [i]")).contains("routes[0].issuers[0] issuers: { clinic: "));
  CHECK(examples(document("plans:\n\tfree: {}\n")) == "   free: {}\n");
  CHECK(examples(document("plans:\n\tfree: \x1b[2J\n")).starts_with(" plans: { free: "));
  CHECK(examples(document("issuers: { i: { issuer: a,\n\tsecret: hunter2 } }\n")).contains(" plans: { free: "));
  CHECK(examples(route("path: /a, authenticate: [api_key], scopes: *x")) == " scopes: [\"patients:read\"]\n");
}

TEST_CASE("what only the compiler of routes would refuse is refused at its place") {
  CHECK(told(route("path: /a, authenticate: none, hosts: [a.example, b.example, A.example]")) ==
        "4:110 routes[0].hosts[2]: 'a.example' stands in the list for the second time\n");
  CHECK(told(route("path: /a, authenticate: none, hosts: [a.example, b.example]")).empty());
  const auto methods = [](std::string_view list) {
    return told(std::string(listeners) + std::string(upstreams) + "routes: [{ name: r, path: /a, methods: [" + std::string(list) +
                "], upstream: clinic, authenticate: none }]\n");
  };
  CHECK(methods("GET, PURGE, GET").contains("3:53 routes[0].methods[2]: 'GET' stands in the list for the second time"));
  CHECK(methods("TRACE").contains("routes[0].methods[0]: TRACE sends a request back"));
  CHECK(methods("get").contains("(GET)"));
  for (const auto* all : {"\"*\"", "ANY", "ALL"}) CHECK(methods(all).contains("each one that is allowed is named"));
  CHECK(methods("GET, PROPFIND").empty());
  const auto two = [](std::string_view first, std::string_view second) {
    return told(std::string(listeners) + std::string(upstreams) +
                "routes:\n  - { name: a, upstream: clinic, authenticate: none, methods: [GET], path: \"" + std::string(first) +
                "\" }\n  - { name: b, upstream: clinic, authenticate: none, methods: [GET], path: \"" + std::string(second) + "\" }\n");
  };
  CHECK(two("/a:b", "/a%3Ab").contains("routes[1].path: GET /a%3Ab belongs to the route 'a'"));
  CHECK(two("/{x}/a", "/{y}/a").contains("routes[1].path: "));
  CHECK(two("/a:b", "/a%3Ac").empty());
  CHECK(told("listeners: [{ address: 127.0.0.1:8443, tls: local }, { address: 0.0.0.0:8443, tls: local }]\n" + std::string(upstreams) +
             std::string(routes))
            .contains("1:65 listeners[1].address: the address '0.0.0.0:8443' is used by listeners[0].address already, which is 127.0.0.1:8443"));
  CHECK(told("listeners: [{ address: 127.0.0.1:8443, tls: local }, { address: \"[::]:8443\", tls: local }]\n" + std::string(upstreams) +
             std::string(routes))
            .empty());
  std::string servers = "\"http://192.0.2.1:1\"";
  for (int i = 2; i <= 64; ++i) servers += ", \"http://192.0.2.1:" + std::to_string(i) + "\"";
  const auto upstream = [&](const std::string& more) {
    return told(std::string(listeners) + "upstreams: { clinic: { servers: [" + servers + more + "] } }\n" + std::string(routes));
  };
  CHECK(upstream("").empty());
  CHECK(upstream(", \"http://192.0.2.1:65\"").contains("2:33 upstreams.clinic.servers: takes at most 64 entries, not 65"));
}

TEST_CASE("rules over several settings are kept although another setting of the block is wrong, and follow from none that is") {
  const auto all = [](std::string_view text, std::initializer_list<std::string_view> paths) {
    std::vector<std::string> found;
    for (const auto& problem : problems_of(text)) found.push_back(problem.path);
    CAPTURE(text);
    CHECK(found == std::vector<std::string>(paths.begin(), paths.end()));
  };
  all(route("path: /a, authenticate: none, body_max: x, scopes: [s], strip_prefix: /b"),
      {"routes[0].body_max", "routes[0].scopes", "routes[0].strip_prefix"});
  all(route("path: a, authenticate: none, strip_prefix: /b"), {"routes[0].path"});
  all(route("path: /a, authenticate: [key], scopes: [s], features: [f], claims: { c: [d] }") + "plans: { p: { features: [f] } }\n",
      {"routes[0].authenticate[0]"});
  all(route("path: /a, authenticate: none, trailers: [X-A, host, x-a]"), {"routes[0].trailers[0]", "routes[0].trailers[1]"});
  const auto limits = [](std::string_view settings) { return document("limits: { per_key: { " + std::string(settings) + " } }\n"); };
  all(limits("concurrency: x, burst: 5, max_delay: 1s"), {"limits.per_key.concurrency", "limits.per_key.burst", "limits.per_key.max_delay"});
  all(limits("rate: x, burst: 5, over: delay"), {"limits.per_key.rate"});
  all(limits("rat: 1/s, burst: 5, over: delay"), {"limits.per_key.rat"});
  all(limits("burst: x, over: delay"), {"limits.per_key", "limits.per_key.burst", "limits.per_key.burst", "limits.per_key.over"});
  all(limits("rate: 1/s, over: dely, max_delay: 1s"), {"limits.per_key.over"});
  const auto issuer = [](std::string_view settings) {
    return document("issuers: { i: { issuer: \"https://i.example\", audience: [a], " + std::string(settings) + " } }\n");
  };
  all(issuer("algorithms: [HS256, ES256], skew: x"), {"issuers.i.algorithms", "issuers.i.skew"});
  all(issuer("algorithms: [HS265]"), {"issuers.i.algorithms[0]"});
  all(issuer("algorithms: [HS256], secret: { fiel: x }"), {"issuers.i.secret.fiel"});
  all(issuer("skew: x"), {"issuers.i.jwks", "issuers.i.skew"});
  all(issuer("jwks: { url: \"http://i.example/k\", refresh: x, file: a }"), {"issuers.i.jwks", "issuers.i.jwks.url", "issuers.i.jwks.refresh"});
  all(std::string(listeners) + "upstreams: { clinic: { servers: [x, \"http://a.example\", \"https://b.example\"], ca_file: x } }\n" +
          std::string(routes),
      {"upstreams.clinic.servers[0]", "upstreams.clinic.servers[2]", "upstreams.clinic.ca_file"});
  all("listeners: [{ address: 0.0.0.0:80, tls: off, insecure: maybe }]\n" + std::string(upstreams) + std::string(routes), {"listeners[0].insecure"});
  all("listeners: [{ address: 0.0.0.0:80, tls: off, insecur: true }]\n" + std::string(upstreams) + std::string(routes), {"listeners[0].insecur"});
  all("listeners: [{ address: 0.0.0.0:80, tls: off, bogus: 1 }]\n" + std::string(upstreams) + std::string(routes),
      {"listeners[0].tls", "listeners[0].bogus"});
}

TEST_CASE("a name that cannot be one hides from references what it was meant to be") {
  CHECK(told(std::string(listeners) + "upstreams: { \"my clinic\": { servers: [\"http://127.0.0.1:3000\"] } }\n" + std::string(routes)) ==
        "2:14 upstreams.my clinic: is not a name: letters, digits, '-' and '_', at most 64 of them\n");
}

TEST_CASE("a route that is to be watched needs somebody who learns; one that is not to be watched needs nobody") {
  CHECK(told(route("path: /a, authenticate: none, learn: true")).contains("routes[0].learn: needs the block `learn`"));
  CHECK(told(route("path: /a, authenticate: none, learn: true") + "learn: { everywhere: false }\n").empty());
  CHECK(told(route("path: /a, authenticate: none, learn: false")).empty());
  CHECK(told(route("path: /a, authenticate: none") + "learn: {}\n").empty());
  CHECK(told(route("path: /a, authenticate: none") + "learn: { body_max: 2MiB }\n").contains("learn.body_max"));
  CHECK(told(route("path: /a, authenticate: none") + "learn: { everywere: true }\n").contains("everywhere"));
}

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "app/config/trial_document.hpp"

using namespace gatehouse;
using namespace gatehouse::config;
using namespace gatehouse::config::trial;

TEST_CASE("the smallest document loads, and everything else has its default") {
  const auto loaded = load_text(document());
  REQUIRE(loaded);
  CHECK(loaded->routes.front().authenticate == std::vector{gateway::Credential::api_key});
  CHECK(loaded->limits.per_address->rate == settings::Rate{50, 1s});
  CHECK(loaded->limits.per_address->concurrency == 256);
  CHECK(loaded->data == "/gatehouse-data");
  CHECK(loaded->admin.socket == "/gatehouse-data/admin.sock");
  CHECK(loaded->audit.file == "/gatehouse-data/audit.jsonl");
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
        "1:24 listeners[0].address: 'localhost:1' is not an IP address with a port (127.0.0.1:1)\n"
        "1:42 listeners[0].tls: must be 'local', 'off', or a block of names (off)\n"
        "2:33 upstreams.clinic.servers: must not be empty\n"
        "3:10 workers: must not be zero; it takes 1 to 256\n"
        "4:24 plans.free.rate: must not be zero; it takes 1 to 1000000000\n"
        "4:36 plans.free.burst: must be a whole number, not text\n"
        "6:5 routes[0].upstream: is missing and has no default\n"
        "6:13 routes[0].name: 'a b' is not a name: letters, digits, '-' and '_', at most 64 of them\n"
        "6:24 routes[0].path: must begin with '/' (/patients)\n"
        "6:44 routes[0].methods[0]: methods are case-sensitive; write GET (GET)\n"
        "6:65 routes[0].authenticate[0]: 'key' is not one of api_key, jwt (api_key)\n");
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
        "2:34 upstreams.clinic.servers[0]: 'nowhere' is not an http:// or https:// URL (without user, password and fragment) (https://nowhere)\n"
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

TEST_CASE("a file is loaded with its name in the problems, and relative paths start beside it") {
  Folder folder;
  const auto good = folder.write("good.yaml", document());
  const auto loaded = load_file(good);
  REQUIRE(loaded);
  CHECK(loaded->data == folder.path() + "/gatehouse-data");
  CHECK(load_file(folder.write("bad.yaml", document("x: 1\n"))).error().front().file == folder.path() + "/bad.yaml");
  CHECK(load_file(folder.path() + "/missing.yaml").error().front().what.contains("cannot be opened"));
}

TEST_CASE("what is no configuration as a whole is refused in one line that says what to do") {
  Folder folder;
  const auto said = [](const std::string& path) {
    const auto loaded = load_file(path);
    return loaded ? std::string() : render_errors(loaded.error());
  };
  const auto fifo = folder.file("pipe");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(said(folder.path()) == folder.path() + ": error: is a directory; name the file in it, such as " + folder.path() + "/gatehouse.yaml\n");
  CHECK(said("/") == "/: error: is a directory; name the file in it, such as /gatehouse.yaml\n");
  CHECK(said(fifo) == fifo + ": error: is no ordinary file but a pipe; write what it holds into a file and name that\n");
  CHECK(said("/dev/null") == "/dev/null: error: is no ordinary file but a device; write what it holds into a file and name that\n");
  CHECK(said(folder.write("empty", "")).contains(": error: is empty; `gatehouse init URL` writes"));
  const auto binary = said(folder.write("binary", std::string("\x7f"
                                                              "ELF\x02\x00\x9b\x33[31m",
                                                              12)));
  CHECK(binary.contains(": error: holds NUL bytes and is no text"));
  CHECK_FALSE(binary.contains('\x7f'));  // none of it is shown
  const auto large = folder.write("large", "");
  REQUIRE(::truncate(large.c_str(), 100'000'000) == 0);
  CHECK(said(large).contains(": error: is larger than 1MiB, and no configuration is: is it the file that was meant?\n"));
  CHECK(said(folder.write("good.yaml", document())).empty());
}

TEST_CASE("the clinic's configuration is right, but for the issuer's keys that its first run makes") {
  std::string project = __FILE__;
  project.resize(project.size() - std::string_view("src/app/config/load_test.cpp").size());
  const auto loaded = load_file(project + "examples/clinic/gatehouse.yaml");
  if (loaded) {
    CHECK(loaded->routes.size() > 10);
  } else {
    CHECK(loaded.error().size() == 1);
    CHECK_MESSAGE(loaded.error().front().path == "issuers.clinic.jwks.file", render_errors(loaded.error()));
  }
}

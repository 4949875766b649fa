// Whatever only the making of a gate finds is said of a setting: of each step one case, none without its place in the document.
#include <doctest/doctest.h>

#include <sys/stat.h>
#include <filesystem>
#include <fstream>
#include <set>

#include "app/config/blame.hpp"
#include "app/main/gate/gate_trial.hpp"
#include "app/main/gate/rehearsal.hpp"
#include "app/main/running/running.hpp"
#include "engines/net/socket.hpp"
#include "ground/crypto/certificate.hpp"

using namespace gatehouse;
using namespace gatehouse::main;

namespace {
struct RehearsalTrial {
  RehearsalTrial() {
    SeededRandom random(11);
    const auto issued =
        crypto::make_authority({.common_name = "localhost", .names = {"localhost"}, .not_before = Instant(24h), .not_after = Instant(48h)}, random)
            .value();
    write("ca.pem", issued.certificate_pem);
    write("cert.pem", issued.certificate_pem);
    write("key.pem", issued.key.to_pem().reveal());
    write("issuer.jwks", R"({"keys":[{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",)"
                         R"("y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]})");
  }
  void write(const std::string& name, std::string_view text) const {
    std::ofstream(folder.file(name)) << text;
    ::chmod(folder.file(name).c_str(), 0600);
  }
  [[nodiscard]] config::Configuration load() const {
    auto loaded = config::load(
        "listeners: [{ address: 127.0.0.1:0, tls: { certificates: [{ certificate: cert.pem, key: key.pem }] } }]\n"
        "upstreams:\n"
        "  clinic: { servers: [\"https://127.0.0.1:3000\"], ca_file: ca.pem }\n"
        "issuers: { own: { issuer: \"https://i.example\", audience: [a], jwks: { file: issuer.jwks } } }\n"
        "plans: { free: { rate: 1/s } }\n"
        "limits: { per_address: { rate: 1/s }, per_key: { rate: 1/s }, failures: { count: 5 } }\n"
        "metrics: { address: 127.0.0.1:0 }\n"
        "audit: { file: audit.jsonl }\n"
        "admin: { socket: admin.sock }\n"
        "data: state\n"
        "workers: 1\n"
        "routes:\n"
        "  - { name: one, path: /one, methods: [GET], upstream: clinic, authenticate: [api_key], limits: { rate: 1/s } }\n"
        "  - { name: two, path: /two, methods: [GET], upstream: clinic, authenticate: [jwt] }\n",
        {.file = "gatehouse.yaml", .folder = folder.path(), .environment = {}});
    REQUIRE_MESSAGE(loaded.has_value(), config::render_errors(loaded ? config::Problems{} : loaded.error()));
    return std::move(*loaded);
  }
  gatehouse::testing::TemporaryFolder folder;
};

/// "3 upstreams.clinic.ca_file": where the operator is sent.
std::string place_of(const Error& error, const std::shared_ptr<const config::Source>& source) {
  const auto problems = config::problems_of(error, source);
  if (problems.empty()) return "nowhere: " + to_text(error);
  return std::to_string(problems.front().at.line) + " " + problems.front().path;
}

constexpr settings::Rate unkeepable{1, 24h * 365 * 60};
}  // namespace

TEST_CASE("a rehearsal passes what is right, and whatever it refuses has a place") {
  RehearsalTrial trial;
  const auto right = trial.load();
  REQUIRE(rehearse(right, SystemClock()).has_value());
  using Change = void (*)(const RehearsalTrial&, config::Configuration&);
  struct Case {
    std::string_view place;
    Change change;
  };
  for (const auto& [place, change] : {
           Case{"3 upstreams.clinic.ca_file", [](const auto& t, auto&) { std::filesystem::remove(t.folder.file("ca.pem")); }},
           Case{"3 upstreams.clinic", [](const auto&, auto& c) { c.upstreams.at("clinic").servers.clear(); }},
           Case{"4 issuers.own", [](const auto& t, auto&) { std::filesystem::remove(t.folder.file("issuer.jwks")); }},
           Case{"10 data",
                [](const auto& t, auto&) { ::mkdir(t.folder.file("state").c_str(), 0700), ::chmod(t.folder.file("state").c_str(), 0711); }},
           Case{"10 data", [](const auto& t, auto& c) { c.data = t.folder.file("no/such/state"); }},
           Case{"10 data", [](const auto& t, auto& c) { c.data = t.folder.file("ca.pem/state"); }},
           Case{"10 data", [](const auto&, auto& c) { c.data = "/dev/fd/nope"; }},
           Case{"4 issuers.own", [](const auto&, auto& c) { c.issuers.at("own").algorithms = {"none"}; }},
           Case{"5 plans.free.rate", [](const auto&, auto& c) { c.plans.at("free").rate = unkeepable; }},
           Case{"6 limits.per_address.rate", [](const auto&, auto& c) { c.limits.per_address->rate = unkeepable; }},
           Case{"6 limits.per_key.rate", [](const auto&, auto& c) { c.limits.per_key->rate = unkeepable; }},
           Case{"6 limits.failures", [](const auto&, auto& c) { c.limits.failures->count = 0; }},
           Case{"6 limits.failures.ban", [](const auto&, auto& c) { c.limits.failures->ban = 0s; }},
           Case{"13 routes[0]", [](const auto&, auto& c) { c.routes[0].upstream = "other"; }},
           Case{"14 routes[1]", [](const auto&, auto& c) { c.routes[1].authenticate = {gateway::Credential::none}, c.routes[1].scopes = {"s"}; }},
           Case{"13 routes[0].limits.rate", [](const auto&, auto& c) { c.routes[0].limits->rate = unkeepable; }},
           Case{"13 routes", [](const auto&, auto& c) { c.routes[1].methods = {"CONNECT"}; }},
           Case{"13 routes", [](const auto&, auto& c) { c.routes[1].path = "/one"; }},
       }) {
    CAPTURE(place);
    RehearsalTrial other;
    auto configuration = other.load();
    change(other, configuration);
    const auto done = rehearse(configuration, SystemClock());
    REQUIRE_FALSE(done);
    CHECK(place_of(done.error(), configuration.source) == place);
  }
}

TEST_CASE("a rehearsal leaves nothing where the data directory will be, whether it can be made or not") {
  RehearsalTrial trial;
  auto configuration = trial.load();
  const auto names = [&] {
    std::set<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(trial.folder.path())) all.insert(entry.path().filename());
    return all;
  };
  const auto before = names();
  for (const std::string data : {"state", "state/", "state//"}) {
    configuration.data = trial.folder.file(data);
    CHECK(rehearse(configuration, SystemClock()));
  }
  configuration.data = trial.folder.file("no/state");
  CHECK_FALSE(rehearse(configuration, SystemClock()));
  CHECK(names() == before);
}

TEST_CASE("a server that cannot start says which setting is to blame") {
  using Change = void (*)(const RehearsalTrial&, config::Configuration&);
  struct Case {
    std::string_view path;
    Change change;
  };
  const auto taken = net::listen_on(net::Endpoint{*http::Address::parse("127.0.0.1"), 0}, net::PortUse::exclusive).value();
  static std::uint16_t port = 0;  // for the changes, which capture nothing
  port = net::local_endpoint(taken.get()).value().port;
  for (const auto& [path, change] : {
           Case{"listeners[0].address", [](const auto&, auto& c) { c.listeners.front().address.port = port; }},
           Case{"metrics.address", [](const auto&, auto& c) { c.metrics->address.port = port; }},
           Case{"listeners[0].tls", [](const auto& t, auto&) { t.write("key.pem", "-----BEGIN PRIVATE KEY-----\n"); }},
           Case{"listeners[0].tls", [](const auto& t, auto&) { std::filesystem::remove(t.folder.file("cert.pem")); }},
           Case{"upstreams.clinic.ca_file", [](const auto& t, auto&) { t.write("ca.pem", ""); }},
           Case{"issuers.own", [](const auto& t, auto&) { t.write("issuer.jwks", "{"); }},
           Case{"data", [](const auto& t, auto&) { t.write("state", "a file"); }},
           Case{"data", [](const auto&, auto& c) { c.data += "/deeper/still"; }},
           Case{"audit.file", [](const auto& t, auto& c) { c.audit.file = t.folder.file("none/audit.jsonl"); }},
           Case{"admin.socket", [](const auto& t, auto& c) { c.admin.socket = t.folder.file("ca.pem"); }},
           Case{"admin.socket", [](const auto& t, auto& c) { c.admin.socket = t.folder.file(std::string(200, 's')); }},
       }) {
    CAPTURE(path);
    RehearsalTrial trial;
    auto configuration = trial.load();
    change(trial, configuration);
    const auto source = configuration.source;
    const auto started = Running::start(std::move(configuration));
    REQUIRE_FALSE(started);
    const auto told = place_of(started.error(), source);
    CHECK(told.substr(told.find(' ') + 1) == path);
  }
}

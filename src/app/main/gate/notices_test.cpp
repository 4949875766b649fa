#include "app/main/gate/notices.hpp"
#include "app/main/gate/gate_trial.hpp"
#include "ground/crypto/certificate.hpp"

using namespace gatehouse;
using namespace gatehouse::main;
using namespace gatehouse::main::trial;

TEST_CASE("a certificate is spoken of when it is over, not valid yet, or over within two weeks, and not before") {
  const Instant now{1'769'850'000s};  // 2026-01-31T09:00:00Z
  const auto notice = [&](Instant from, Instant to) {
    const auto all = certificate_notices(std::vector<net::CertificateLife>{{"a.pem", from, to}}, now);
    return all.empty() ? std::string() : all.front();
  };
  CHECK(notice(now - 1h, now + 24h * 14 + 1s).empty());
  CHECK(notice(now, now + 24h * 365).empty());
  CHECK(notice(now - 1h, now + 24h * 14).contains("a.pem expires on 2026-02-14"));
  CHECK(notice(now - 1h, now + 1s).contains("a.pem expires on 2026-01-31"));
  CHECK(notice(now - 1h, now).contains("a.pem expired on 2026-01-31"));
  CHECK(notice(now - 24h * 9, now - 24h * 8).contains("a.pem expired on 2026-01-23"));
  CHECK(notice(now + 24h, now + 24h * 365).contains("a.pem is not valid before 2026-02-01"));
}

TEST_CASE("while the gate serves a certificate is spoken of two weeks, one week and a day before its end and at its end, each once") {
  const Instant end{1'769'850'000s};
  const std::vector<net::CertificateLife> lives{{"a.pem", end - 24h * 90, end}};
  const auto told = [&](Instant from, Instant to, Duration step) {
    std::vector<Duration> left;  // at the turns that said something
    for (auto before = from; before < to; before += step)
      for (const auto& notice : certificate_notices_since(lives, before, before + step)) {
        CHECK(notice.contains("a.pem expire"));
        left.push_back(end - (before + step));
      }
    return left;
  };
  using Left = std::vector<Duration>;
  CHECK(told(end - 24h * 40, end + 24h * 40, 1min) == Left{24h * 14, 24h * 7, 24h, 0h});
  CHECK(told(end - 24h * 40 - 7s, end + 24h * 40, 1min) == Left{24h * 14 - 53s, 24h * 7 - 53s, 24h - 53s, -53s});
  CHECK(told(end - 24h * 90, end - 24h * 14 - 1min, 1min).empty());
  // A machine that slept says it once when it wakes.
  CHECK(certificate_notices_since(lives, end - 24h * 60, end - 24h * 3).size() == 1);
  CHECK(certificate_notices_since(lives, end - 24h * 3, end - 24h * 60).empty());  // a clock that is set back
  CHECK(certificate_notices_since(lives, end, end).empty());
}

TEST_CASE("the certificates that a configuration names are found in their files, each once, and broken ones left out") {
  const gatehouse::testing::TemporaryFolder folder;
  SeededRandom random(11);
  const Instant from{1'769'850'000s};
  const auto made =
      crypto::make_authority({.common_name = "localhost", .names = {"localhost"}, .not_before = from, .not_after = from + 24h}, random).value();
  std::ofstream(folder.file("good.pem")) << made.certificate_pem;
  std::ofstream(folder.file("broken.pem")) << "nothing";
  config::Configuration configuration;
  configuration.listeners.resize(2);
  for (auto& listener : configuration.listeners)
    listener.tls.certificates = {{.certificate = folder.file("good.pem"), .key = {}, .hosts = {}},
                                 {.certificate = folder.file("broken.pem"), .key = {}, .hosts = {}},
                                 {.certificate = folder.file("absent.pem"), .key = {}, .hosts = {}}};
  const auto lives = lives_in_files(configuration);
  REQUIRE(lives.size() == 1);
  CHECK(lives[0].origin == folder.file("good.pem"));
  CHECK(lives[0].not_before == from);
  CHECK(lives[0].not_after == from + 24h);
}

TEST_CASE("a host of a route that no certificate is for is spoken of, and one that some certificate is for is not") {
  const gatehouse::testing::TemporaryFolder folder;
  SeededRandom random(12);
  const auto options = [](std::vector<std::string> names) {
    return crypto::CertificateOptions{.common_name = "x", .names = std::move(names), .not_before = Instant(24h), .not_after = Instant(48h)};
  };
  const auto authority = crypto::make_authority(options({"example"}), random).value();
  const auto made = crypto::make_server_certificate(authority, options({"api.example", "*.shop.example"}), random);
  std::ofstream(folder.file("one.pem")) << made.value().certificate_pem;
  config::Configuration configuration;
  configuration.listeners.resize(2);
  configuration.listeners[1].tls.certificates = {{.certificate = folder.file("one.pem"), .key = {}, .hosts = {"anything.example"}}};
  const std::vector<std::string> local{"localhost", "127.0.0.1"};
  const auto hosts = [&](std::vector<std::string> names) {
    configuration.routes.resize(1);
    configuration.routes[0].name = "r";
    configuration.routes[0].hosts = std::move(names);
    return host_notices(configuration, local);
  };
  CHECK(hosts({}).empty());
  CHECK(hosts({"api.example", "a.shop.example", "*.shop.example", "localhost", "127.0.0.1", "API.example"}).empty());
  const auto notices = hosts({"api.example", "other.example"});
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].contains("no certificate is for the host other.example of the route 'r'"));
  for (const auto* host : {"a.b.shop.example", "shop.example", "*.example", "anything.example"}) {
    CAPTURE(host);
    CHECK(hosts({host}).size() == 1);
  }
  std::vector<std::string> many;
  for (int i = 0; i < 30; ++i) many.push_back("h" + std::to_string(i) + ".example");
  CHECK(hosts(many).size() == 21);
  CHECK(hosts(many).back().contains("10 more hosts"));
  configuration.listeners[0].tls.off = true;
  CHECK(hosts(many).empty());
}

TEST_CASE("keys whose plan is not configured are spoken of by its name and their number") {
  Trial trial([](auto& c) {
    c.plans["free"] = {};
    c.plans["gold"] = {};
  });
  auto& keys = *trial.opened->keys;
  for (const auto* name : {"a", "b"}) REQUIRE(keys.create({.name = name, .plan = "free"}));
  REQUIRE(keys.create({.name = "c", .plan = "gold"}));
  CHECK(plan_notices(keys.ring().get()->missing_plans(trial.clock.now())).empty());
  REQUIRE(trial.reload([](auto& c) { c.plans.erase("free"); }));
  const auto notices = plan_notices(keys.ring().get()->missing_plans(trial.clock.now()));
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].starts_with("2 keys have the plan 'free', which is not in the configuration"));
  REQUIRE(trial.reload([](auto& c) { c.plans.erase("gold"); }));
  CHECK(plan_notices(keys.ring().get()->missing_plans(trial.clock.now())).front().starts_with("1 key has the plan 'gold', "));
}

TEST_CASE("an upstream whose certificate is not looked at is spoken of, and others are not") {
  config::Configuration configuration;
  configuration.upstreams["checked"] = {};
  CHECK(unverified_notices(configuration).empty());
  configuration.upstreams["believed"].verify = false;
  const auto all = unverified_notices(configuration);
  REQUIRE(all.size() == 1);
  CHECK(all[0].starts_with("the certificate of the upstream 'believed' is not looked at (verify: false)"));
}

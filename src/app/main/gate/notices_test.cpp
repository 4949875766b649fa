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

TEST_CASE("keys whose plan is not configured are spoken of by its name and their number") {
  Trial trial([](auto& c) {
    c.plans["free"] = {};
    c.plans["gold"] = {};
  });
  auto& keys = *trial.opened->keys;
  for (const auto* name : {"a", "b"}) REQUIRE(keys.create({.name = name, .plan = "free"}));
  REQUIRE(keys.create({.name = "c", .plan = "gold"}));
  CHECK(plan_notices(*keys.ring().get(), trial.clock.now()).empty());
  REQUIRE(trial.reload([](auto& c) { c.plans.erase("free"); }));
  const auto notices = plan_notices(*keys.ring().get(), trial.clock.now());
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].starts_with("2 keys have the plan 'free', which is not in the configuration"));
  REQUIRE(trial.reload([](auto& c) { c.plans.erase("gold"); }));
  CHECK(plan_notices(*keys.ring().get(), trial.clock.now()).front().starts_with("1 key has the plan 'gold', "));
}

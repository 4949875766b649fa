#include <memory>
#include <vector>

#include "app/main/gate/gate_trial.hpp"

using namespace gatehouse;
using namespace gatehouse::main;
using namespace gatehouse::main::trial;
using audit::Counter;

TEST_CASE("what takes a restart is refused by name, and nothing of the new configuration is in force") {
  Trial trial;
  const auto refused = [&](std::string_view name, const Trial::Change& change) {
    const auto done = trial.reload([&](auto& configuration) {
      configuration.routes.front().path = "/moved";
      change(configuration);
    });
    REQUIRE_FALSE(done);
    CHECK_MESSAGE(done.error().told.starts_with(std::string(name) + " cannot change"), done.error().told);
    CHECK(get(trial.front(), "/").starts_with("HTTP/1.1 200 "));
  };
  refused("listeners[0].address", [](auto& c) { c.listeners.front().address.port = 1; });
  refused("listeners[0].tls", [](auto& c) { c.listeners.front().tls.off = false; });
  refused("listeners", [](auto& c) { c.listeners.push_back(c.listeners.front()); });
  refused("workers", [](auto& c) { c.workers = 2; });
  refused("data", [](auto& c) { c.data += "2"; });
  refused("process.user", [](auto& c) { c.process.user = "www-data"; });
  refused("admin.socket", [](auto& c) { c.admin.socket = "other.sock"; });
  refused("metrics.address", [](auto& c) { c.metrics.reset(); });
  refused("audit.file", [](auto& c) { c.audit.file = "other.jsonl"; });
  refused("audit.rotate_age", [](auto& c) { c.audit.rotate_age += 1h; });
  refused("audit.decisions", [](auto& c) { c.audit.decisions += 1; });
  refused("workers, audit.keep_age", [](auto& c) { c.workers = 3, c.audit.keep_age = 2h; });
  CHECK(trial.reload([](auto& c) { c.routes.front().path = "/moved"; }));
  CHECK(get(trial.front(), "/").starts_with("HTTP/1.1 404 "));
  CHECK(get(trial.front(), "/moved").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("a configuration that cannot be made changes nothing") {
  Trial trial;
  CHECK_FALSE(trial.reload([](auto& c) {
    c.routes.front().path = "/moved";
    c.routes.front().upstream = "nowhere";
  }));
  CHECK_FALSE(trial.reload([](auto& c) {
    c.routes.front().path = "/moved";
    c.limits.failures =
        limits::FailureOptions{.count = 3, .window = 1h, .ban = std::chrono::hours(24 * 400), .exempt = {}};  // longer than a ban may be
  }));
  CHECK(get(trial.front(), "/").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("a reloaded failure limit counts from then on, and one that is taken away counts no more") {
  Trial trial([](auto& c) { c.routes.front().path = "/only"; });
  const auto fail_twice = [&] {
    for (int i = 0; i < 2; ++i) (void)get(trial.front(), "/other");
  };
  fail_twice();
  CHECK(trial.count(Counter::bans) == 0);  // a hundred a minute
  CHECK(trial.reload([](auto& c) { c.limits.failures.reset(); }));
  fail_twice();
  CHECK(trial.count(Counter::bans) == 0);
  CHECK(trial.reload([](auto& c) { c.limits.failures = limits::FailureOptions{.count = 2, .window = 1h, .ban = 2h, .exempt = {}}; }));
  fail_twice();
  CHECK(trial.count(Counter::bans) == 1);
  const auto bans = trial.gate->bans().list(trial.clock.ticks());
  REQUIRE(bans.size() == 1);
  CHECK(bans.front().until - bans.front().since == 2h);
}

TEST_CASE("plans are taken over: a key of a plan that is gone is refused until the plan is back") {
  const auto with_plan = [](auto& c) {
    c.routes.front().authenticate = {gateway::Credential::api_key};
    c.plans["gold"] = {};
  };
  Trial trial(with_plan);
  const std::string key(trial.opened->keys->create({.name = "shop", .plan = "gold"}).value().clear_text.reveal());
  const auto ask = [&] { return get(trial.front(), "/", "x-api-key: " + key + "\r\n"); };
  CHECK(ask().starts_with("HTTP/1.1 200 "));
  CHECK(trial.reload([](auto& c) { c.plans.clear(); }));
  CHECK(ask().starts_with("HTTP/1.1 503 "));
  CHECK(trial.reload({}));
  CHECK(ask().starts_with("HTTP/1.1 200 "));
}

TEST_CASE("certificates are read anew for new connections, and a wrong one leaves the old one in force") {
  gatehouse::testing::TemporaryFolder certificates;
  SystemClock clock;
  SystemRandom random;
  const auto folder_a = certificates.file("a"), folder_b = certificates.file("b");
  const auto a = certificate_in(folder_a, clock, random), b = certificate_in(folder_b, clock, random);
  const auto with = [](const LocalTlsFiles& files) {
    return [files](auto& c) {
      c.listeners.front().tls = {.off = false, .certificates = {{.certificate = files.certificate, .key = files.key, .hosts = {}}}};
    };
  };
  Trial trial(with(a));
  CHECK(shakes_hands(trial.front(), authority_in(folder_a)));
  CHECK_FALSE(shakes_hands(trial.front(), authority_in(folder_b)));
  CHECK_FALSE(trial.reload(with({a.certificate, b.key})));  // the key of another certificate
  CHECK(shakes_hands(trial.front(), authority_in(folder_a)));
  CHECK(trial.reload(with(b)));
  CHECK(shakes_hands(trial.front(), authority_in(folder_b)));
  CHECK_FALSE(shakes_hands(trial.front(), authority_in(folder_a)));
}

TEST_CASE("the budget of buffered bytes is taken over") {
  Trial trial([](auto& c) { c.memory.bodies_bytes_max = 1; }, "HTTP/1.1 200 OK\r\ncontent-length: 8388608\r\n\r\n" + std::string(8388608, 'x'));
  const std::string post = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\nconnection: close\r\n\r\nab";
  std::vector<std::unique_ptr<Client>> slow;
  for (int i = 0; i < 16; ++i) {  // each adds the rest of one piece; small sums are not counted at once
    slow.push_back(std::make_unique<Client>(trial.front(), 4096));
    slow.back()->send("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
  }
  CHECK(comes_true([&] { return trial.sample("gatehouse_buffered_bytes") > 0; }));
  CHECK(comes_true([&] {  // on a slow machine the first of them may have been ended already for not reading
    if (Client(trial.front()).ask(post).starts_with("HTTP/1.1 503 ")) return true;
    slow.push_back(std::make_unique<Client>(trial.front(), 4096));
    slow.back()->send("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
    return false;
  }));
  CHECK(trial.reload([](auto& c) { c.memory.bodies_bytes_max = 16 * 1024 * 1024; }));
  CHECK(Client(trial.front()).ask(post).starts_with("HTTP/1.1 200 "));
}

TEST_CASE("a route says whether all of its requests are recorded or refusals only") {
  Trial trial([](auto& c) {
    auto& all = c.routes.emplace_back(c.routes.front());
    c.routes.front().path = "/quiet";
    c.routes.front().body_bytes_max = 10;
    all.name = "loud";
    all.path = "/loud";
    all.audit = audit::Level::all;
  });
  CHECK(get(trial.front(), "/quiet").starts_with("HTTP/1.1 200 "));
  CHECK(get(trial.front(), "/loud").starts_with("HTTP/1.1 200 "));
  CHECK(get(trial.front(), "/quiet", "content-length: 11\r\n").starts_with("HTTP/1.1 413 "));
  CHECK(get(trial.front(), "/nowhere").starts_with("HTTP/1.1 404 "));
  std::string log;  // an answer may leave before its line is written
  CHECK(comes_true([&] { return (log = trial.audit_log()).contains("\"/nowhere\""); }));
  CHECK(std::ranges::count(log, '\n') == 3);
  CHECK(log.contains("\"/loud\""));
  CHECK(log.contains("\"body-too-large\""));
  CHECK(log.contains("\"/nowhere\""));
}

TEST_CASE("the audit log is put aside at the age that the configuration says, and not before") {
  Trial trial([](auto& c) { c.routes.front().path = "/only", c.audit.rotate_age = 2h; });
  const auto path = trial.configuration.state_path(trial.configuration.audit.file);
  const auto files = [&] {
    return std::ranges::count_if(std::filesystem::directory_iterator(std::filesystem::path(path).parent_path()),
                                 [](const auto& entry) { return entry.path().filename().string().starts_with("audit.jsonl"); });
  };
  const auto refused = [&](std::string_view target) {
    (void)get(trial.front(), target);
    return comes_true([&] { return text_of(path).contains(target); });
  };
  CHECK(refused("/one"));
  trial.clock.advance(2h - 1min);
  CHECK(refused("/two"));
  CHECK(files() == 1);
  trial.clock.advance(2min);
  CHECK(refused("/three"));
  CHECK(files() == 2);
  CHECK_FALSE(text_of(path).contains("/one"));
}

#include "app/main/selftest/tryout.hpp"

#include "app/main/gate/gate_trial.hpp"
#include "ground/base/testing.hpp"

using namespace gatehouse;
using namespace gatehouse::main;
using namespace gatehouse::main::trial;

namespace {

std::vector<Tried> tried_out(const config::Configuration& running, const std::string& folder,
                             const std::function<void(config::Configuration&)>& change = {}) {
  auto trial = tryout_configuration(running, folder);
  REQUIRE(trial.has_value());
  if (change) change(*trial);
  SystemClock clock;
  SystemRandom random;
  auto all = try_out(*trial, clock, random, clock.ticks() + time_of_selftest);
  REQUIRE_MESSAGE(all.has_value(), (all ? std::string() : to_text(all.error())));
  return std::move(*all);
}

/// The names of those that have this verdict.
std::vector<std::string> with(const std::vector<Tried>& all, Tried::Verdict verdict) {
  std::vector<std::string> names;
  for (const auto& tried : all)
    if (tried.verdict == verdict) names.push_back(tried.name);
  return names;
}

bool contains(const std::vector<std::string>& names, std::string_view name) { return std::ranges::find(names, name) != names.end(); }

}  // namespace

TEST_CASE("a selftest finds nothing wrong at a gate whose limits, addresses, host, plan and scopes would have judged the test itself") {
  testing::TemporaryFolder folder;
  Api api;
  auto running = config::protect_configuration(api.url(), folder.path()).value();
  running.limits.per_address = limits::AddressLimitOptions{.rate = settings::Rate{1, 1h}, .burst = 1, .concurrency = {}};
  running.limits.failures->count = 1;
  running.addresses.allow = {http::AddressBlock::parse("192.0.2.0/24").value()};
  auto& route = running.routes.front();
  route.path = "/clinic/{id}/%2A";
  route.hosts = {"*.example.org"};
  route.features = {"export"};
  route.scopes = {"read"};
  route.addresses = running.addresses.allow;
  for (int i = 0; i < 2; ++i) {
    const auto all = tried_out(running, folder.path() + "/trial");
    CHECK(all.size() > 20);
    CHECK(with(all, Tried::Verdict::right).size() == all.size());
    CHECK_FALSE(std::filesystem::exists(folder.path() + "/trial"));
  }
}

TEST_CASE("a selftest finds the hole in a gate that lets everybody in, and not in what is refused all the same") {
  testing::TemporaryFolder folder;
  Api api;
  const auto running = config::protect_configuration(api.url(), folder.path()).value();
  const auto all = tried_out(running, folder.path() + "/trial", [](auto& trial) { trial.routes.front().authenticate = {gateway::Credential::none}; });
  const auto wrong = with(all, Tried::Verdict::wrong);
  CHECK(contains(wrong, "no credential"));
  CHECK(contains(wrong, "a key that was revoked"));
  CHECK_FALSE(contains(wrong, "two lengths"));
  CHECK_FALSE(contains(wrong, "a good key"));
}

TEST_CASE("what was tried twice and judged alike is one row, and what was judged in two ways stays two") {
  using enum Tried::Verdict;
  std::vector<Tried> all{
      {"a", "a good key", "passes", "passes", right}, {"b", "a good key", "passes", "passes", right}, {"a", "x", "401", "401", right}};
  add_tried(all, {{"", "a good key", "passes", "502", right}, {"", "x", "401", "passes", wrong}, {"", "two lengths", "400", "400", right}}, "a");
  REQUIRE(all.size() == 5);
  CHECK(all[3].name == "x");
  CHECK(all[3].route == "a");
  CHECK(all[3].verdict == wrong);
  CHECK(all[4].name == "two lengths");
}

TEST_CASE("an answer that never came is not held against the gate") {
  const SelftestCase refused{"r", "", {400, 401}}, passing{"p", "", {}};
  const std::string refusal = "HTTP/1.1 401 Unauthorized\r\n\r\n{\"type\":\"urn:gatehouse:problem:x\"}";
  CHECK(judge(refused, refusal).verdict == Tried::Verdict::right);
  CHECK(judge(refused, refusal).wanted == "400 or 401");
  CHECK(judge(passing, refusal).verdict == Tried::Verdict::wrong);
  CHECK(judge(passing, std::string("HTTP/1.1 200 OK\r\n\r\n")).verdict == Tried::Verdict::right);
  CHECK(judge(refused, std::string("HTTP/1.1 200 OK\r\n\r\n")).verdict == Tried::Verdict::wrong);
  CHECK(judge(refused, std::string()).verdict == Tried::Verdict::unjudged);
  CHECK(judge(passing, fail(Fault::unavailable, "refused")).verdict == Tried::Verdict::unjudged);
}

TEST_CASE("a configuration without a route for keys has nothing to be tested") {
  testing::TemporaryFolder folder;
  auto running = config::protect_configuration("http://127.0.0.1:1", folder.path()).value();
  running.routes.front().authenticate = {gateway::Credential::none};
  CHECK(tryout_configuration(running, folder.path()).error().fault == Fault::not_found);
}

#include "app/main/gate/gate_trial.hpp"

using namespace gatehouse;
using namespace gatehouse::main;
using namespace gatehouse::main::trial;

TEST_CASE("names of upstreams are resolved again while the gate serves; when that fails the gate goes on with what it knew") {
  enum class Answer : std::uint8_t { one, none, two };
  std::atomic<Answer> answer{Answer::one};
  const auto address = [](const char* text) { return http::Address::parse(text).value(); };
  const auto resolve = [&](const std::string& host) -> Result<std::vector<http::Address>> {
    CHECK(host == "api.test");
    switch (answer.load()) {
      case Answer::one: return std::vector{address("127.0.0.1")};
      case Answer::none: return fail(Fault::unavailable, "the name server does not answer");
      case Answer::two: return std::vector{address("127.0.0.1"), address("127.0.0.9")};  // nothing listens at the second one: it is passed over
    }
    return fail(Fault::internal, "no such answer");
  };
  Trial trial([](auto& c) { c.upstreams.begin()->second.servers.front().host = "api.test"; }, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
              {.resolve = resolve, .fetch = {}});
  const auto failures = [&] { return trial.sample("gatehouse_upstream_resolutions_failed_total"); };
  const auto changes = [&] { return trial.sample("gatehouse_upstream_address_changes_total"); };
  CHECK(get(trial.front(), "/").starts_with("HTTP/1.1 200 "));
  answer = Answer::none;
  trial.clock.advance(31s);
  CHECK(comes_true([&] { return failures() >= 1; }));
  CHECK(changes() == 0);
  CHECK(get(trial.front(), "/").starts_with("HTTP/1.1 200 "));
  const auto refused = trial.reload({});  // a configuration whose names cannot be resolved does not come into force
  REQUIRE_FALSE(refused);
  CHECK(to_text(refused.error()).contains(".servers[0]: the name server does not answer"));
  answer = Answer::two;
  trial.clock.advance(31s);
  CHECK(comes_true([&] { return changes() == 1; }));
  for (int i = 0; i < 3; ++i) CHECK(get(trial.front(), "/").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("the gate drops usage that is older than it is to be kept, when the day changes and when a reload asks for less") {
  Trial trial([](auto& c) { c.keys.usage_kept = 24h * 400; });
  const auto today = keys::day_number(trial.clock.now());
  for (const std::uint32_t days_ago : {1U, 2U, 10U, 100U, 398U, 400U})
    REQUIRE(trial.opened->store->write(
        store::Statement{"INSERT INTO usage_count (key_id, route, feature, day, requests) VALUES ('AAAAAAAAAAAA', 'r', '', $1, 1)",
                         {store::value(std::int64_t{today - days_ago})}}));
  const auto left = [&] {
    std::vector<std::uint32_t> all;
    REQUIRE(keys::for_each_usage(*trial.opened->store, 0, today, std::nullopt, [&](const keys::UsageRow& row) -> Result<> {
      all.push_back(today - row.day);
      return {};
    }));
    return all;
  };
  trial.clock.advance(24h);  // the oldest is 401 days back now
  CHECK(comes_true([&] { return left() == std::vector<std::uint32_t>{398, 100, 10, 2, 1}; }));
  REQUIRE(trial.reload([](auto& c) { c.keys.usage_kept = 24h * 62; }));
  CHECK(comes_true([&] { return left() == std::vector<std::uint32_t>{10, 2, 1}; }));
}

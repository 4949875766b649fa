// What is shared or paid for is taken only by requests that may have it, and given back by those that come to nothing.
#include "doors/gateway/trial_keys.hpp"

using namespace gatehouse;
using namespace gatehouse::gateway;

namespace {
/// /export asks for the scope "write", which the reader lacks; the rest of the paths for a key alone. The reader's plan has a quota.
struct RationedGate {
  explicit RationedGate(TrialGate::Setup setup, std::uint64_t a_day = 1000) : gate(with_routes(std::move(setup), a_day)) {
    keys.emplace(gate, std::vector<keys::Plan>{{"free", gate.setup.plans["free"]}, {"paid", {}}});
    client = gate.connect();
  }
  static TrialGate::Setup with_routes(TrialGate::Setup setup, std::uint64_t a_day) {
    setup.plans["free"].quota.day = a_day;
    setup.plans["paid"] = {};
    auto exporting = open_route("export", "/export", {"GET", "POST"});
    exporting.scopes = {"write"};
    exporting.limits = setup.routes[0].limits;
    setup.routes.push_back(std::move(exporting));
    for (auto& route : setup.routes) route.authenticate = {Credential::api_key};
    return setup;
  }
  std::string status(std::string_view target, const std::string& key) {
    auto got = exchange(gate, client, with_key(target, key));
    if (got.empty()) got = answer(gate, client, ok, gate.servers.size() - 1);  // the newest: older ones may have been idle for too long
    REQUIRE(got.size() > 12);
    return got.substr(9, 3);
  }
  [[nodiscard]] std::uint64_t used() const { return keys->reader_live->day.count(keys::day_number(gate.clock.now())); }

  TrialGate gate;
  std::optional<TrialKeys> keys;
  TrialSocket client;
};

limits::LimitOptions hourly(std::uint32_t burst) { return {.rate = settings::Rate{1, 1h}, .burst = burst, .concurrency = {}}; }
}  // namespace

TEST_CASE("who may not use a route uses up nothing of its rate for those who may, and nothing of its own quota") {
  auto setup = open_gate();
  setup.routes[0].limits = hourly(2);
  RationedGate rationed(std::move(setup), 2);
  for (int i = 0; i < 5; ++i) CHECK(rationed.status("/export", rationed.keys->reader) == "403");
  CHECK(rationed.used() == 0);
  CHECK(rationed.status("/export", rationed.keys->writer) == "200");
  CHECK(rationed.status("/export", rationed.keys->writer) == "200");
  CHECK(rationed.status("/export", rationed.keys->writer) == "429");
  CHECK(rationed.status("/x", rationed.keys->reader) == "200");
  CHECK(rationed.used() == 1);
}

TEST_CASE("who may not use a route still uses up the rate of its own key, and is told so in the fields of each refusal") {
  auto setup = open_gate();
  setup.limits.per_key = hourly(2);
  RationedGate rationed(std::move(setup));
  const auto refused = exchange(rationed.gate, rationed.client, with_key("/export", rationed.keys->reader));
  CHECK(refused.starts_with("HTTP/1.1 403 "));
  CHECK(field_of(refused, "ratelimit").starts_with("\"key\";r=1;"));
  CHECK(rationed.status("/export", rationed.keys->reader) == "403");
  CHECK(rationed.status("/export", rationed.keys->reader) == "429");
  CHECK(rationed.status("/export", rationed.keys->writer) == "200");
}

TEST_CASE("the answer of a request that several rates allowed tells all of them in one field") {
  auto setup = open_gate();
  setup.limits.per_key = hourly(5);
  setup.routes[0].limits = hourly(9);
  RationedGate rationed(std::move(setup));
  CHECK(exchange(rationed.gate, rationed.client, with_key("/x", rationed.keys->writer)).empty());
  const auto told = field_of(answer(rationed.gate, rationed.client, ok), "ratelimit-policy");
  CHECK(told.contains("\"key\";q=5;"));
  CHECK(told.contains("\"route\";q=9;"));
}

TEST_CASE("a key whose quota is used up takes nothing of the route from others, and a request that the route refuses nothing of the quota") {
  auto setup = open_gate();
  setup.routes[0].limits = hourly(3);
  RationedGate rationed(std::move(setup), 1);
  SUBCASE("the quota refuses") {
    CHECK(rationed.status("/x", rationed.keys->reader) == "200");
    for (int i = 0; i < 4; ++i) CHECK(rationed.status("/x", rationed.keys->reader) == "429");
    CHECK(rationed.status("/x", rationed.keys->writer) == "200");
    CHECK(rationed.status("/x", rationed.keys->writer) == "200");
    CHECK(rationed.status("/x", rationed.keys->writer) == "429");
  }
  SUBCASE("the route refuses") {
    for (int i = 0; i < 3; ++i) CHECK(rationed.status("/x", rationed.keys->writer) == "200");
    for (int i = 0; i < 4; ++i) CHECK(rationed.status("/x", rationed.keys->reader) == "429");
    CHECK(rationed.used() == 0);
    rationed.gate.pass(1h);
    rationed.client = rationed.gate.connect();
    CHECK(rationed.status("/x", rationed.keys->reader) == "200");
    CHECK(rationed.used() == 1);
  }
}

TEST_CASE("a quota is told in answers while it is the nearest limit, and is not while a rate is nearer") {
  auto setup = open_gate();
  SUBCASE("alone") {
    RationedGate rationed(std::move(setup), 3);
    const auto told = [&](std::string_view name) {
      CHECK(exchange(rationed.gate, rationed.client, with_key("/x", rationed.keys->reader)).empty());
      return field_of(answer(rationed.gate, rationed.client, ok), name);
    };
    CHECK(told("ratelimit").starts_with("\"quota-day\";r=2;t="));
    CHECK(told("ratelimit-policy") == "\"quota-day\";q=3;w=86400");
    CHECK(told("ratelimit").starts_with("\"quota-day\";r=0;t="));
    const auto refused = exchange(rationed.gate, rationed.client, with_key("/x", rationed.keys->reader));
    CHECK(refused.starts_with("HTTP/1.1 429 "));
    CHECK(field_of(refused, "ratelimit").starts_with("\"quota-day\";r=0;t="));
    CHECK(exchange(rationed.gate, rationed.client, with_key("/x", rationed.keys->writer)).empty());
    CHECK(field_of(answer(rationed.gate, rationed.client, ok), "ratelimit").empty());  // its plan has none
  }
  SUBCASE("beside a rate") {
    setup.limits.per_key = hourly(3);
    RationedGate rationed(std::move(setup), 2);
    CHECK(exchange(rationed.gate, rationed.client, with_key("/x", rationed.keys->reader)).empty());
    const auto first = field_of(answer(rationed.gate, rationed.client, ok), "ratelimit");  // 1 of the quota, 2 of the rate
    CHECK(first.starts_with("\"quota-day\";r=1;"));
    CHECK(first.contains("\"key\";r=2;"));
  }
  SUBCASE("farther than a rate") {
    setup.limits.per_key = hourly(2);
    RationedGate rationed(std::move(setup), 100);
    CHECK(exchange(rationed.gate, rationed.client, with_key("/x", rationed.keys->reader)).empty());
    CHECK(field_of(answer(rationed.gate, rationed.client, ok), "ratelimit").starts_with("\"key\";r=1;"));
  }
  SUBCASE("given back by a refusal of the route") {
    setup.routes[0].limits = hourly(2);
    RationedGate rationed(std::move(setup), 1);
    for (int i = 0; i < 2; ++i) CHECK(rationed.status("/x", rationed.keys->writer) == "200");
    const auto refused = exchange(rationed.gate, rationed.client, with_key("/x", rationed.keys->reader));
    CHECK(refused.starts_with("HTTP/1.1 429 "));
    CHECK(field_of(refused, "ratelimit").starts_with("\"route\";r=0;"));
  }
  SUBCASE("the upstream's own is not told beside it") {
    RationedGate rationed(std::move(setup), 3);
    CHECK(exchange(rationed.gate, rationed.client, with_key("/x", rationed.keys->reader)).empty());
    const auto got = answer(rationed.gate, rationed.client, "HTTP/1.1 200 OK\r\nratelimit: \"own\";r=9;t=9\r\ncontent-length: 2\r\n\r\nok");
    CHECK_FALSE(got.contains("own"));
    CHECK(got.contains("quota-day"));
  }
}

TEST_CASE("a request over the places of its route takes nothing of the route's rate") {
  auto setup = open_gate();
  setup.routes[0].limits = hourly(2);
  setup.routes[0].limits->concurrency = 1;
  RationedGate rationed(std::move(setup));
  auto other = rationed.gate.connect();
  CHECK(exchange(rationed.gate, rationed.client, with_key("/x", rationed.keys->writer)).empty());
  for (int i = 0; i < 3; ++i) CHECK(exchange(rationed.gate, other, with_key("/x", rationed.keys->reader)).contains("too-many-requests-at-once"));
  CHECK(rationed.used() == 0);
  CHECK(answer(rationed.gate, rationed.client, ok).ends_with("ok"));
  CHECK(rationed.status("/x", rationed.keys->reader) == "200");
}

TEST_CASE("the quota is for answers: what the upstream does not answer is given back, what the client breaks off is not") {
  auto setup = open_gate();
  setup.routes[0].body_bytes_max = 8;
  SUBCASE("nobody listens") {
    RationedGate rationed(std::move(setup));
    rationed.gate.end_upstream(0);
    CHECK(rationed.status("/x", rationed.keys->reader) == "502");
    CHECK(rationed.used() == 0);
  }
  SUBCASE("the client leaves while it is held back") {
    setup.routes[0].limits =
        limits::LimitOptions{.rate = settings::Rate{1, 1s}, .burst = 1, .over = limits::Over::delay, .max_delay = 5s, .concurrency = {}};
    RationedGate rationed(std::move(setup));
    CHECK(rationed.status("/x", rationed.keys->writer) == "200");
    CHECK(exchange(rationed.gate, rationed.client, with_key("/x", rationed.keys->reader)).empty());
    CHECK(rationed.used() == 1);
    rationed.client.reset();
    rationed.gate.turn();
    CHECK(rationed.used() == 0);
  }
  SUBCASE("the client leaves while the upstream works") {
    RationedGate rationed(std::move(setup));
    CHECK(exchange(rationed.gate, rationed.client, with_key("/x", rationed.keys->reader)).empty());
    rationed.client.reset();
    rationed.gate.turn();
    CHECK(rationed.used() == 1);
  }
  SUBCASE("the client's body turns out too long after the upstream has begun") {
    RationedGate rationed(std::move(setup));
    CHECK(exchange(rationed.gate, rationed.client,
                   "POST /x HTTP/1.1\r\nhost: a\r\nx-api-key: " + rationed.keys->reader + "\r\ntransfer-encoding: chunked\r\n\r\n4\r\nbody\r\n")
              .empty());
    CHECK(exchange(rationed.gate, rationed.client, "8\r\nmuch too\r\n").starts_with("HTTP/1.1 413 "));
    CHECK(rationed.used() == 1);
  }
}

TEST_CASE("Retry-After is not earlier than the last of the limits that have nothing left, also where another one refuses") {
  auto setup = open_gate();
  setup.plans["free"].rate = settings::Rate{1, 1s}, setup.plans["free"].burst = 1;
  std::uint32_t burst = 2;
  std::string wanted = "10";
  SUBCASE("the key's rate has given its last to the request that the plan refuses") {}
  SUBCASE("the key's rate has one left") { burst = 3, wanted = "1"; }
  setup.limits.per_key = limits::LimitOptions{.rate = settings::Rate{1, 10s}, .burst = burst, .concurrency = {}};
  RationedGate rationed(std::move(setup));
  CHECK(rationed.status("/x", rationed.keys->reader) == "200");
  const auto refused = exchange(rationed.gate, rationed.client, with_key("/x", rationed.keys->reader));
  CHECK(refused.starts_with("HTTP/1.1 429 "));
  CHECK(field_of(refused, "retry-after") == wanted);
}

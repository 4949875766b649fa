// Names of upstream servers that stand for other addresses than before, while requests are under way.
#include <algorithm>
#include <map>

#include "doors/gateway/trial_talk.hpp"

using namespace gatehouse;
using namespace gatehouse::gateway;

namespace {

http::Address loopback(int last) { return http::Address::parse("127.0.0." + std::to_string(last)).value(); }

/// What names stand for, in the test's hands. No entry: it cannot be resolved.
struct Names {
  std::map<std::string, std::vector<http::Address>> table;
  [[nodiscard]] Resolve resolve() {
    return [this](const std::string& host) -> Result<std::vector<http::Address>> {
      const auto found = table.find(host);
      if (found == table.end()) return fail(Fault::unavailable, "no answer for " + host);
      return found->second;
    };
  }
};

net::UpstreamOptions upstream_of(std::initializer_list<std::string> hosts) {
  net::UpstreamOptions options;
  std::uint16_t port = 8000;
  for (const auto& host : hosts) options.servers.push_back({false, host, ++port, {}});
  return options;
}

std::vector<std::string> servers_of(const Upstream& upstream) {
  std::vector<std::string> texts;
  for (const auto& server : *upstream.servers().get()) texts.push_back(server.endpoint.to_text());
  return texts;
}

using Texts = std::vector<std::string>;

/// A gate whose upstream is a name, and further servers on its port at other addresses.
struct NamedGate {
  explicit NamedGate(Names& names) : gate(setup(names)) {}
  static TrialGate::Setup setup(Names& names) {
    names.table["api.test"] = {loopback(1)};
    auto setup = open_gate();
    setup.upstream_host = "api.test";
    setup.resolve = names.resolve();
    return setup;
  }
  void listen(int last) { listeners.push_back(net::listen_on({loopback(last), gate.upstream_ports[0]}).value()); }
  /// What a new connection to the last listener has brought.
  TrialSocket accepted(std::size_t listener) {
    gate.turn();
    bool out_of_descriptors = false;
    TrialSocket socket(net::accept_from(listeners[listener].get(), out_of_descriptors).socket);
    gate.turn();
    socket.read();
    return socket;
  }
  Upstream::Resolution resolve() { return gate.last_made.lock()->upstreams[0]->resolve(gate.clock.ticks()); }
  TrialGate gate;
  std::vector<net::Descriptor> listeners;
};

}  // namespace

TEST_CASE("requests go where the name points now, those under way end where they began, and nothing idle stays behind") {
  Names names;
  NamedGate named(names);
  auto& gate = named.gate;
  named.listen(2);
  auto slow = gate.connect(), quick = gate.connect();
  CHECK(exchange(gate, slow, ask("/slow")).empty());
  CHECK(exchange(gate, quick, ask("/quick")).empty());
  CHECK(answer(gate, quick, ok, 1).ends_with("ok"));
  CHECK_FALSE(gate.servers[1]->ended());

  names.table["api.test"] = {loopback(2)};
  CHECK(named.resolve().changed);
  CHECK(exchange(gate, quick, ask("/moved")).empty());
  auto moved = named.accepted(0);
  CHECK(moved.got.starts_with("GET /moved "));
  CHECK(gate.servers[1]->ended());
  moved.send(ok);
  gate.turn();
  quick.read();
  CHECK(quick.got.ends_with("ok"));

  CHECK_FALSE(gate.servers[0]->ended());
  CHECK(answer(gate, slow, ok, 0).ends_with("ok"));
  gate.turn();
  CHECK(gate.servers[0]->ended());
  CHECK(gate.servers.size() == 2);
}

TEST_CASE("a name that moves to and fro under load loses no request and no place") {
  Names names;
  NamedGate named(names);
  auto& gate = named.gate;
  named.listen(2);
  auto slow = gate.connect(), quick = gate.connect();
  CHECK(exchange(gate, slow, ask("/slow")).empty());
  for (int round = 0; round < 200; ++round) {
    const bool away = round % 2 == 0;
    names.table["api.test"] = {loopback(away ? 2 : 1)};
    REQUIRE(named.resolve().changed);
    REQUIRE(exchange(gate, quick, ask("/x")).empty());
    if (!away) {
      REQUIRE(answer(gate, quick, ok, gate.servers.size() - 1).ends_with("ok"));
      continue;
    }
    auto moved = named.accepted(0);
    moved.send(ok);
    gate.turn();
    quick.read();
    REQUIRE(quick.got.ends_with("ok"));
  }
  CHECK(answer(gate, slow, ok, 0).ends_with("ok"));
}

TEST_CASE("a name that fails keeps its last addresses, and the others of its upstream move on") {
  Names names;
  names.table = {{"a.test", {loopback(1)}}, {"b.test", {loopback(2), loopback(3)}}};
  const auto upstream = Upstream::create("api", upstream_of({"a.test", "b.test"}), names.resolve(), Ticks{}).value();
  CHECK(servers_of(*upstream) == Texts{"127.0.0.1:8001", "127.0.0.2:8002", "127.0.0.3:8002"});
  const auto again = upstream->resolve(Ticks{});
  CHECK_FALSE(again.changed);
  CHECK_FALSE(again.failed);
  CHECK_FALSE(again.turned);

  names.table.erase("b.test");
  names.table["a.test"] = {loopback(9)};
  const auto half = upstream->resolve(Ticks{});
  CHECK(half.changed);
  REQUIRE(half.failed);
  CHECK(half.failed->detail.contains("b.test"));
  CHECK(half.turned);
  CHECK(servers_of(*upstream) == Texts{"127.0.0.9:8001", "127.0.0.2:8002", "127.0.0.3:8002"});
  CHECK_FALSE(upstream->resolve(Ticks{}).turned);  // still failing: said once

  names.table["b.test"] = {loopback(3), loopback(2), loopback(3)};  // another order and one twice: the same servers
  const auto well = upstream->resolve(Ticks{});
  CHECK_FALSE(well.changed);
  CHECK_FALSE(well.failed);
  CHECK(well.turned);

  names.table["b.test"].clear();  // a name without addresses is no answer
  CHECK(upstream->resolve(Ticks{}).failed);
  CHECK(servers_of(*upstream).size() == 3);
}

TEST_CASE("names are asked for at the start and when their time has come, addresses never") {
  Names names;
  CHECK_FALSE(Upstream::create("api", upstream_of({"a.test"}), names.resolve(), Ticks{}));
  names.table["a.test"] = {loopback(1)};
  auto options = upstream_of({"a.test", "127.0.0.1"});
  const auto upstream = Upstream::create("api", options, names.resolve(), Ticks{1h}).value();
  CHECK_FALSE(upstream->due(Ticks{1h + 30s - 1ns}));
  CHECK(upstream->due(Ticks{1h + 30s}));
  (void)upstream->resolve(Ticks{1h + 30s});
  CHECK_FALSE(upstream->due(Ticks{1h + 59s}));
  CHECK(upstream->due(Ticks{1h + 60s}));
  options.resolve_every = 0s;
  CHECK_FALSE(Upstream::create("api", options, names.resolve(), Ticks{}).value()->due(Ticks{24h}));
  CHECK_FALSE(Upstream::create("api", upstream_of({"127.0.0.1", "::1"}), names.resolve(), Ticks{}).value()->due(Ticks{24h}));
}

TEST_CASE("of a name with too many addresses the first ones are used, and each server of the setting has one") {
  Names names;
  for (int i = 200; i > 100; --i) names.table["many.test"].push_back(loopback(i));
  names.table["last.test"] = {loopback(3), loopback(4)};
  const auto upstream = Upstream::create("api", upstream_of({"many.test", "last.test"}), names.resolve(), Ticks{}).value();
  const auto servers = servers_of(*upstream);
  REQUIRE(servers.size() == Upstream::servers_max);
  CHECK(servers.front() == "127.0.0.101:8001");
  CHECK(servers.back() == "127.0.0.3:8002");
}

TEST_CASE("when requests to servers that are gone take every place, a new server waits for one, and its requests are told to come back") {
  Names names;
  NamedGate named(names);
  auto& gate = named.gate;
  for (int i = 2; i <= 65; ++i) named.listen(i);
  names.table["api.test"].clear();
  for (int i = 2; i <= 65; ++i) names.table["api.test"].push_back(loopback(i));
  REQUIRE(named.resolve().changed);
  std::vector<TrialSocket> clients;
  for (int i = 0; i < 64; ++i) {
    clients.push_back(gate.connect());
    REQUIRE(exchange(gate, clients.back(), ask("/held")).empty());
  }
  names.table["api.test"] = {loopback(1)};
  REQUIRE(named.resolve().changed);
  auto late = gate.connect();
  const auto refused = exchange(gate, late, ask("/late"));
  CHECK(refused.starts_with("HTTP/1.1 503 "));
  CHECK(field_of(refused, "retry-after") == "1");

  auto held = named.accepted(7);
  held.send(ok);
  gate.turn();
  CHECK(exchange(gate, late, ask("/late")).empty());
  CHECK(told_server(gate).starts_with("GET /late "));
  CHECK(answer(gate, late, ok).ends_with("ok"));
}

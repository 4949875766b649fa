#include <doctest/doctest.h>

#include <latch>
#include <string>
#include <thread>

#include "doors/gateway/trial_keys.hpp"
#include "doors/gateway/trial_talk.hpp"
#include "ground/base/encoding.hpp"
#include "ground/crypto/key.hpp"
#include "ground/json/document.hpp"

using namespace gatehouse;
using namespace gatehouse::gateway;

TEST_CASE("a request reaches the upstream rebuilt, its answer the client, and the upstream's connection is used again") {
  TrialGate gate(open_gate());
  auto client = gate.connect();
  for (int i = 0; i < 3; ++i) {
    CHECK(
        exchange(
            gate, client,
            "GET /a/%62?x=1 HTTP/1.1\r\nhost: A.example:80\r\nauthorization: Bearer t\r\nx-forwarded-for: 6.6.6.6\r\nconnection: x-y\r\nx-y: 1\r\n\r\n")
            .empty());
    const auto told = told_server(gate);
    CHECK(told.starts_with("GET /a/b?x=1 HTTP/1.1\r\n"));
    CHECK_FALSE(told.contains("authorization"));
    CHECK_FALSE(told.contains("6.6.6.6"));
    CHECK_FALSE(told.contains("\r\nconnection:"));
    const auto got = answer(gate, client, "HTTP/1.1 200 OK\r\nserver: secret\r\nkeep-alive: timeout=5\r\ncontent-length: 2\r\n\r\nok");
    CHECK(got.ends_with("\r\n\r\nok"));
    CHECK_FALSE(got.contains("secret"));
    CHECK_FALSE(got.contains("keep-alive"));
    CHECK(field_of(got, "gatehouse-decision") == field_of(told, "gatehouse-decision"));
  }
  CHECK(gate.servers.size() == 1);
  CHECK(gate.worker->busy() == 0);
}

TEST_CASE("a HEAD that is refused before it is canonical has no body, so that the next answer is read as itself") {
  TrialGate gate(open_gate());
  auto client = gate.connect();
  const auto got = exchange(gate, client, "HEAD /%zz HTTP/1.1\r\nhost: a\r\n\r\nHEAD /%2e%2e/%00 HTTP/1.1\r\nhost: a\r\n\r\n");
  CHECK(got.starts_with("HTTP/1.1 400 "));
  CHECK(got.ends_with("\r\n\r\n"));
  CHECK_FALSE(got.contains("{"));
  SUBCASE("a GET has one") {
    client = gate.connect();
    CHECK(exchange(gate, client, ask("/%zz")).contains("urn:gatehouse:problem:"));
  }
}

TEST_CASE("an upstream's connection is not used again after bytes that nobody asked for") {
  TrialGate gate(open_gate());
  auto client = gate.connect(), victim = gate.connect();
  const std::string evil = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil";
  exchange(gate, client, ask("/one"));
  SUBCASE("with the answer") {
    CHECK(answer(gate, client, std::string(ok) + evil).ends_with("ok"));
    CHECK_FALSE(exchange(gate, victim, ask("/two")).contains("evil"));
  }
  SUBCASE("later") {
    CHECK(answer(gate, client, ok).ends_with("ok"));
    CHECK(answer(gate, client, evil).empty());
    CHECK_FALSE(exchange(gate, victim, ask("/two")).contains("evil"));
  }
  SUBCASE("in the same turn as the next request, which is in the gate's hands first") {
    CHECK(answer(gate, client, ok).ends_with("ok"));
    victim.send(ask("/two"));
    gate.servers[0]->send(evil);
    gate.turn();
    victim.read();
    CHECK_FALSE(victim.got.contains("evil"));
  }
  gate.turn();
  REQUIRE(gate.servers.size() == 2);
  CHECK(gate.servers[1]->got.starts_with("GET /two "));
  CHECK(answer(gate, victim, ok, 1).ends_with("ok"));
}

TEST_CASE("framing that is not believed is 502, and the connection is gone") {
  TrialGate gate(open_gate());
  auto client = gate.connect();
  for (const std::string_view bad : {"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\nok",
                                     "HTTP/1.1 200 OK\ncontent-length: 2\n\nok", "HTTP/1.1 101 Switching\r\n\r\n",
                                     "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", "SSH-2.0-x\r\n\r\n"}) {
    CAPTURE(bad);
    exchange(gate, client, ask("/x"));
    const auto got = answer(gate, client, bad, gate.servers.size() - 1);
    CHECK(got.starts_with("HTTP/1.1 502 "));
    gate.turn();
    CHECK(gate.servers.back()->ended());
  }
  CHECK(gate.servers.size() == 5);
}

TEST_CASE("a pooled connection that the upstream closes as we write: a GET is sent again, a POST never, and nothing twice over") {
  TrialGate gate(open_gate());
  auto client = gate.connect();
  exchange(gate, client, ask("/first"));
  CHECK(answer(gate, client, ok).ends_with("ok"));
  SUBCASE("GET") {
    CHECK(exchange(gate, client, ask("/again")).empty());
    gate.servers[0]->close();
    gate.turn();
    REQUIRE(gate.servers.size() == 2);
    CHECK(gate.servers[1]->got.starts_with("GET /again "));
    gate.servers[1]->close();  // a fresh connection: this is no accident of the pool
    gate.turn();
    client.read();
    CHECK(client.got.starts_with("HTTP/1.1 502 "));
    CHECK(gate.servers.size() == 2);
  }
  SUBCASE("POST") {
    CHECK(exchange(gate, client, "POST /again HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\nx").empty());
    gate.servers[0]->close();
    gate.turn();
    client.read();
    CHECK(client.got.starts_with("HTTP/1.1 502 "));
    CHECK(gate.servers.size() == 1);
  }
  CHECK(gate.worker->busy() == 0);
}

TEST_CASE("an upstream that is not there is 502, whatever the method, and the connection goes on") {
  TrialGate gate(open_gate());
  {
    const auto closed = net::listen_on({*http::Address::parse("127.0.0.1"), 0}).value();
    gate.upstream_ports = {net::local_endpoint(closed.get()).value().port};
  }
  gate.worker->adopt(gate.snapshot().value());
  auto client = gate.connect();
  for (const std::string_view request : {"GET /x HTTP/1.1\r\nhost: a\r\n\r\n", "POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc",
                                         "POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\na"}) {
    const auto got = exchange(gate, client, request);
    CHECK(got.starts_with("HTTP/1.1 502 "));
    CHECK_FALSE(got.contains("127.0.0.1"));  // where the upstream is, is not told
  }
  client.send("bc");
  CHECK(exchange(gate, client, ask("/y")).starts_with("HTTP/1.1 502 "));
}

TEST_CASE("an upstream whose connections are all in use is 503 with the time to wait, and no more once one is free") {
  auto setup = open_gate();
  setup.connections_max = 1;
  TrialGate gate(std::move(setup));
  auto first = gate.connect(), second = gate.connect();
  CHECK(exchange(gate, first, ask("/one")).empty());
  const auto refused = exchange(gate, second, ask("/two"));
  CHECK(refused.starts_with("HTTP/1.1 503 "));
  CHECK(refused.contains("urn:gatehouse:problem:overloaded"));
  CHECK(field_of(refused, "retry-after") == "1");
  CHECK(answer(gate, first, ok).ends_with("ok"));
  CHECK(exchange(gate, second, ask("/two")).empty());
  CHECK(answer(gate, second, ok).ends_with("ok"));
}

TEST_CASE("an upstream that says nothing is 504 in its time, one that stops within its answer breaks the client's") {
  TrialGate gate(open_gate());
  auto client = gate.connect();
  exchange(gate, client, ask("/x"));
  SUBCASE("silent") {
    gate.pass(59s);
    client.read();
    CHECK(client.got.empty());
    gate.pass(2s);
    client.read();
    CHECK(client.got.starts_with("HTTP/1.1 504 "));
  }
  SUBCASE("stops") {
    CHECK(answer(gate, client, "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc").ends_with("abc"));
    gate.pass(31s);
    client.read();
    CHECK(client.ended());
  }
  SUBCASE("is cut") {
    CHECK(answer(gate, client, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n").contains("abc"));
    gate.servers[0]->close();
    gate.turn();
    client.read();
    CHECK(client.ended());
    CHECK_FALSE(client.got.contains("0\r\n\r\n"));  // no end is made up
  }
  CHECK(gate.worker->busy() == 0);
}

TEST_CASE("a body that is refused or answered early leaves no request half told to an upstream that goes on being used") {
  TrialGate gate(open_gate());
  gate.setup.routes[0].body_bytes_max = 100;
  gate.worker->adopt(gate.snapshot().value());
  auto client = gate.connect();
  SUBCASE("too large as announced: the upstream hears nothing") {
    CHECK(exchange(gate, client, "POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 101\r\n\r\n").starts_with("HTTP/1.1 413 "));
    CHECK(gate.servers.empty());
  }
  SUBCASE("too large as it comes") {
    exchange(gate, client, "POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n40\r\n" + std::string(64, 'x') + "\r\n");
    CHECK(exchange(gate, client, "40\r\n" + std::string(64, 'x') + "\r\n").starts_with("HTTP/1.1 413 "));
    CHECK_FALSE(told_server(gate).contains("\r\n0\r\n\r\n"));
    CHECK(gate.servers[0]->ended());
  }
  SUBCASE("answered early") {
    exchange(gate, client, "POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nx");
    CHECK(answer(gate, client, ok).ends_with("ok"));
    gate.turn();
    CHECK(gate.servers[0]->ended());
    CHECK(exchange(gate, client, std::string(99, 'x') + ask("/next")).empty());
    CHECK(told_server(gate, 1).starts_with("GET /next "));
    CHECK(answer(gate, client, ok, 1).ends_with("ok"));
  }
  SUBCASE("broken") {
    exchange(gate, client, "POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n");
    CHECK(exchange(gate, client, "zz\r\n").starts_with("HTTP/1.1 400 "));
    CHECK(gate.servers[0]->ended());
  }
  gate.turn();
  CHECK(gate.worker->busy() == 0);
}

TEST_CASE("interim answers: 103 goes on with its links alone, 100 and 102 do not, HTTP/1.0 hears none") {
  TrialGate gate(open_gate());
  auto client = gate.connect();
  exchange(gate, client, ask("/x"));
  CHECK(answer(gate, client, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n").empty());
  CHECK(answer(gate, client, "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\nset-cookie: a=b\r\n\r\n") ==
        "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n");
  CHECK(answer(gate, client, ok).ends_with("ok"));
  exchange(gate, client, "GET /x HTTP/1.0\r\nhost: a\r\n\r\n");
  CHECK(answer(gate, client, "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n").empty());
}

TEST_CASE("authenticate: a good key passes, a bad one never does, and two credentials at once are refused") {
  auto setup = open_gate();
  setup.routes[0].authenticate = {Credential::api_key};
  setup.plans["free"] = {};
  setup.plans["paid"] = {};
  TrialGate gate(std::move(setup));
  const std::vector<keys::Plan> plans{{"free", {}}, {"paid", {}}};
  const TrialKeys trial(gate, plans);
  auto client = gate.connect();
  const auto status = [&](const std::string& text) { return exchange(gate, client, text).substr(0, 12); };
  CHECK(status(ask("/x")) == "HTTP/1.1 401");
  CHECK(status(with_key("/x", trial.reader.substr(0, 70))) == "HTTP/1.1 401");
  CHECK(status(with_key("/x", trial.old)) == "HTTP/1.1 401");
  CHECK(status(ask("/x", "authorization: Basic YTpi\r\n")) == "HTTP/1.1 401");
  CHECK(status(ask("/x", "x-api-key: " + trial.reader + "\r\nauthorization: Bearer " + trial.reader + "\r\n")) == "HTTP/1.1 400");
  client = gate.connect();  // after a 400 nothing that follows is trusted
  CHECK(status(ask("/x?k=" + trial.reader)) == "HTTP/1.1 401");
  CHECK(gate.servers.empty());  // nothing of it was told
  CHECK(status(with_key("/x", trial.reader)).empty());
  CHECK_FALSE(told_server(gate).contains(trial.reader));
  CHECK(answer(gate, client, ok).ends_with("ok"));
  CHECK(status(ask("/x", "authorization: Bearer " + trial.writer + "\r\n")).empty());
}

TEST_CASE("authorize: scopes and features that are held pass, missing ones are named in a 403") {
  auto setup = open_gate();
  setup.routes[0].authenticate = {Credential::api_key};
  setup.routes[0].scopes = {"read", "write"};
  setup.routes[0].features = {"export"};
  setup.plans["free"] = {};
  setup.plans["paid"].features = {"export"};
  TrialGate gate(std::move(setup));
  keys::PlanOptions paid;
  paid.features = {"export"};
  const std::vector<keys::Plan> plans{{"free", {}}, {"paid", paid}};
  const TrialKeys trial(gate, plans);
  auto client = gate.connect();
  const auto refused = exchange(gate, client, with_key("/x", trial.reader));
  CHECK(refused.starts_with("HTTP/1.1 403 "));
  CHECK(refused.contains("scope=\"read write\""));
  CHECK(gate.servers.empty());
  CHECK(exchange(gate, client, with_key("/x", trial.writer)).empty());
  CHECK(gate.servers.size() == 1);
}

TEST_CASE("meter: the rate of a plan, its quota and its places at once; one key's use is not another's") {
  auto setup = open_gate();
  setup.routes[0].authenticate = {Credential::api_key};
  keys::PlanOptions free;
  SUBCASE("rate") { free.rate = settings::Rate{1, 1min}, free.burst = 2; }
  SUBCASE("quota") { free.quota.day = 2; }
  setup.plans["free"] = free;
  setup.plans["paid"] = {};
  TrialGate gate(std::move(setup));
  const std::vector<keys::Plan> plans{{"free", free}, {"paid", {}}};
  const TrialKeys trial(gate, plans);
  auto client = gate.connect();
  const auto use = [&](const std::string& key) {
    const auto refused = exchange(gate, client, with_key("/x", key));
    return refused.empty() ? answer(gate, client, ok) : refused;
  };
  if (!free.rate && !free.quota.day) {
    CHECK(use(trial.reader).starts_with("HTTP/1.1 200 "));
    return;
  }
  CHECK(use(trial.reader).starts_with("HTTP/1.1 200 "));
  CHECK(use(trial.reader).starts_with("HTTP/1.1 200 "));
  const auto refused = use(trial.reader);
  CHECK(refused.starts_with("HTTP/1.1 429 "));
  CHECK_FALSE(field_of(refused, "retry-after").empty());
  CHECK(use(trial.writer).starts_with("HTTP/1.1 200 "));
  gate.pass(free.rate ? Duration(1min) : Duration(24h));
  client = gate.connect();
  gate.turn();
  CHECK(exchange(gate, client, with_key("/x", trial.reader)).empty());
}

TEST_CASE("meter: places at once are given back when the exchange ends, however it ends") {
  auto setup = open_gate();
  setup.routes[0].limits = limits::LimitOptions{.rate = {}, .burst = {}, .concurrency = 1};
  TrialGate gate(std::move(setup));
  auto first = gate.connect(), second = gate.connect();
  exchange(gate, first, ask("/x"));
  CHECK(exchange(gate, second, ask("/y")).starts_with("HTTP/1.1 "));
  CHECK(gate.servers.size() == 1);
  SUBCASE("answered") { CHECK(answer(gate, first, ok).ends_with("ok")); }
  SUBCASE("the client left") {
    first.reset();
    gate.turn();
  }
  SUBCASE("the upstream left") {
    gate.servers[0]->close();
    gate.turn();
  }
  CHECK(exchange(gate, second, ask("/y")).empty());
}

TEST_CASE("identify: the upstream is told who asks, the same word for the same credential for a while, and another for another") {
  auto setup = open_gate();
  setup.routes[0].authenticate = {Credential::api_key};
  setup.plans["free"] = {};
  setup.plans["paid"] = {};
  setup.signer = std::make_shared<const token::Signer>(
      token::Signer::create(crypto::PrivateKey::generate(crypto::KeyType::p256).value(), "gatehouse-identity+jwt").value());
  TrialGate gate(std::move(setup));
  const std::vector<keys::Plan> plans{{"free", {}}, {"paid", {}}};
  const TrialKeys trial(gate, plans);
  auto client = gate.connect();
  const auto told = [&](const std::string& key) {
    CHECK(exchange(gate, client, ask("/x", "x-api-key: " + key + "\r\ngatehouse-identity: forged\r\n")).empty());
    const auto identity = field_of(told_server(gate), "gatehouse-identity");
    CHECK(answer(gate, client, ok).ends_with("ok"));
    return identity;
  };
  const auto reader = told(trial.reader);
  CHECK(std::ranges::count(reader, '.') == 2);
  CHECK(told(trial.reader) == reader);
  const auto writer = told(trial.writer);
  CHECK(writer != reader);
  CHECK(told(trial.reader) == reader);
  gate.clock.advance(59s);
  CHECK(told(trial.reader) == reader);
  gate.clock.advance(2s);
  CHECK(told(trial.reader) != reader);
}

TEST_CASE("identify: what is sent is good for one lifetime at least, at the end of the time for which it is kept too") {
  for (const Duration lifetime : std::initializer_list<Duration>{1s, 1500ms, 60s}) {
    CAPTURE(lifetime.count());
    auto setup = open_gate();
    setup.routes[0].authenticate = {Credential::api_key};
    setup.plans["free"] = {};
    setup.identity.lifetime = lifetime;
    setup.signer = std::make_shared<const token::Signer>(
        token::Signer::create(crypto::PrivateKey::generate(crypto::KeyType::p256).value(), "gatehouse-identity+jwt").value());
    TrialGate gate(std::move(setup));
    gate.pass(900ms);  // seconds are not the gate's: `exp` is one
    const std::vector<keys::Plan> plans{{"free", {}}, {"paid", {}}};
    const TrialKeys trial(gate, plans);
    auto client = gate.connect();
    const auto told = [&] {
      CHECK(exchange(gate, client, with_key("/x", trial.reader)).empty());
      const auto identity = field_of(told_server(gate), "gatehouse-identity");
      CHECK(answer(gate, client, ok).ends_with("ok"));
      return identity;
    };
    const auto expires = [](const std::string& identity) {
      const auto dot = identity.find('.') + 1;
      const auto claims = json::parse(encoding::from_base64url(identity.substr(dot, identity.rfind('.') - dot)).value(), {}).value();
      return Instant(std::chrono::seconds(claims.root().get("exp")->integer().value()));
    };
    const auto issued = gate.clock.now();
    const auto first = told();
    CHECK(expires(first) >= issued + 2 * lifetime);
    CHECK(expires(first) < issued + 2 * lifetime + 1s);
    gate.pass(lifetime - 1ms);
    CHECK(told() == first);
    CHECK(expires(first) >= gate.clock.now() + lifetime);
    gate.pass(1ms);
    const auto second = told();
    CHECK(second != first);
    CHECK(expires(second) >= gate.clock.now() + 2 * lifetime);
  }
}

TEST_CASE("identify: what one upstream is told is for that upstream alone") {
  auto setup = open_gate();
  setup.routes[0].authenticate = {Credential::api_key};
  setup.plans["free"] = {};
  setup.signer = std::make_shared<token::Signer>(
      token::Signer::create(crypto::PrivateKey::generate(crypto::KeyType::p256).value(), "gatehouse-identity+jwt").value());
  const auto upstream = setup.routes[0].upstream;
  TrialGate gate(std::move(setup));
  const std::vector<keys::Plan> plans{{"free", {}}, {"paid", {}}};
  const TrialKeys trial(gate, plans);
  auto client = gate.connect();
  CHECK(exchange(gate, client, with_key("/x", trial.reader)).empty());
  const auto identity = field_of(told_server(gate), "gatehouse-identity");
  const auto dot = identity.find('.') + 1;
  const auto claims = json::parse(encoding::from_base64url(identity.substr(dot, identity.rfind('.') - dot)).value(), {}).value();
  CHECK(claims.root().get("aud")->string() == upstream);
}

TEST_CASE("identities are found by the whole of what they say") {
  Identities kept;
  const Instant now{1'700'000'000s};
  const std::string_view ab[] = {"a", "b"}, joined[] = {"ab"};
  Principal one, two;
  one.subject = two.subject = "s";
  one.scopes = ab;
  two.scopes = joined;
  kept.put(std::string(kept.key_of(one, "r", "u")), "first", now + 60s);
  CHECK(kept.find(std::string(kept.key_of(one, "r", "u")), now) == "first");
  CHECK(kept.find(std::string(kept.key_of(two, "r", "u")), now).empty());
  CHECK(kept.find(std::string(kept.key_of(one, "rs", "u")), now).empty());
  CHECK(kept.find(std::string(kept.key_of(one, "r", "other")), now).empty());
  CHECK(kept.find(std::string(kept.key_of(one, "ru", "")), now).empty());
  one.subject = "";
  one.key_id = "s";
  CHECK(kept.find(std::string(kept.key_of(one, "r", "u")), now).empty());
  one.subject = "s";
  one.key_id = "";
  CHECK(kept.find(std::string(kept.key_of(one, "r", "u")), now + 60s).empty());  // its time is over
}

TEST_CASE("a request under way keeps the snapshot that it began with; then the snapshot is freed") {
  TrialGate gate(open_gate());
  auto slow = gate.connect(), idle = gate.connect();
  auto first = gate.snapshot().value();
  const std::weak_ptr<const Snapshot> watched = first;
  gate.worker->adopt(std::move(first));
  gate.turn();
  exchange(gate, slow, ask("/old"));
  gate.setup.routes[0].methods = {"HEAD"};
  gate.worker->adopt(gate.snapshot().value());
  gate.turn();
  CHECK_FALSE(watched.expired());
  CHECK(exchange(gate, idle, ask("/new")).starts_with("HTTP/1.1 405 "));
  CHECK(answer(gate, slow, ok).ends_with("ok"));
  gate.turn();
  CHECK(watched.expired());
  CHECK(gate.servers[0]->ended());  // with its pooled connections
  CHECK(exchange(gate, slow, ask("/old")).starts_with("HTTP/1.1 405 "));
}

TEST_CASE("what cannot be compiled says which setting is wrong, and changes nothing") {
  TrialGate gate(open_gate());
  auto client = gate.connect();
  const auto said = [&] {
    const auto made = gate.snapshot();
    REQUIRE_FALSE(made.has_value());
    return to_text(made.error());
  };
  auto& route = gate.setup.routes[0];
  SUBCASE("upstream") {
    route.upstream = "nowhere";
    CHECK(said().contains("routes.all"));
    CHECK(said().contains("nowhere"));
  }
  SUBCASE("scopes without a credential") {
    route.scopes = {"read"};
    CHECK(said().contains("routes.all"));
  }
  SUBCASE("a method that is never forwarded") {
    route.methods = {"CONNECT"};
    CHECK(said().contains("CONNECT"));
  }
  SUBCASE("two routes for one request") {
    gate.setup.routes.push_back(open_route("other", "/{all...}", {"GET"}));
    CHECK_FALSE(said().empty());
  }
  exchange(gate, client, ask("/x"));
  CHECK(answer(gate, client, ok).ends_with("ok"));
}

TEST_CASE("a route without a word on credentials lets nobody in") {
  auto setup = open_gate();
  setup.routes[0].authenticate = {};
  TrialGate gate(std::move(setup));
  auto client = gate.connect();
  CHECK(exchange(gate, client, ask("/x")).starts_with("HTTP/1.1 401 "));
  CHECK(gate.servers.empty());
}

TEST_CASE("a worker does not die before the pool has let go of its loop") {
  std::latch begun(1), released(1);
  std::atomic<bool> ran = false;
  auto gate = std::make_unique<TrialGate>(open_gate());
  REQUIRE(gate->worker->submit([&, loop = &gate->worker->loop()] {
    begun.count_down();
    released.wait();
    loop->post([] {});
    ran = true;
  }));
  begun.wait();
  std::jthread ending([&] { gate->worker.reset(); });
  released.count_down();
  ending.join();
  CHECK(ran);
}

TEST_CASE("draining ends the listeners, finishes what is under way and tells the client") {
  TrialGate gate(open_gate());
  auto client = gate.connect();
  exchange(gate, client, ask("/x"));
  gate.worker->drain(10s);
  gate.turn();
  CHECK(gate.worker->connections() == 1);
  CHECK(answer(gate, client, ok).contains("connection: close\r\n"));
  client.close();
  gate.turn();
  CHECK(gate.worker->connections() == 0);
}

TEST_CASE("no more connections than the bound, in all and of one address; one that ends makes room for another") {
  auto setup = open_gate();
  SUBCASE("in all, of which one address has no more than are left") { setup.connections.connections_max = 3; }
  SUBCASE("of one address") { setup.connections.connections_per_address_max = 2; }
  TrialGate gate(std::move(setup));
  auto first = gate.connect(), second = gate.connect(), third = gate.connect();
  third.read();
  CHECK(third.ended());
  CHECK(exchange(gate, first, ask("/1")).empty());
  CHECK(told_server(gate).starts_with("GET /1 "));
  CHECK(answer(gate, first, ok).ends_with("ok"));
  second.reset();
  gate.turn();
  auto fourth = gate.connect();
  CHECK(exchange(gate, fourth, ask("/4")).empty());
  CHECK(told_server(gate).starts_with("GET /4 "));
}

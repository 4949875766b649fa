// What an exchange tells to who learns: all of what passed well, nothing of what did not, and no request waits for it.
#include "doors/gateway/trial_talk.hpp"
#include "engines/inference/endpoints.hpp"
#include "services/learning/learner.hpp"

using namespace gatehouse;
using namespace gatehouse::gateway;

namespace {
/// A gate whose exchanges are watched.
struct WatchedGate {
  explicit WatchedGate(TrialGate::Setup setup = watched(100)) : gate(std::move(setup)), client(gate.connect()) { gate.services().learner = &learner; }
  static TrialGate::Setup watched(std::size_t body_max) {
    auto setup = open_gate();
    setup.learn = learning::LearnOptions{.everywhere = true, .body_bytes_max = body_max};
    return setup;
  }
  std::string passes(std::string_view request, std::string_view answered) {
    CHECK(exchange(gate, client, request).empty());
    told = told_server(gate, gate.servers.size() - 1);
    gate.servers.back()->send(answered);
    gate.turn(20);
    gate.settle();
    return heard(gate, client);
  }
  [[nodiscard]] std::vector<inference::Endpoint> endpoints() { return inference::endpoints_of(learner.learned()); }

  gatehouse::testing::TemporaryFolder folder;
  learning::Learner learner{folder.file("learned.json")};
  TrialGate gate;
  TrialSocket client;
  std::string told;
};

std::string sent_post(std::string_view target, std::string_view body) {
  return "POST " + std::string(target) + " HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}
std::string json_answer(std::string_view body, std::string_view status = "200 OK", std::string_view fields = {}) {
  return "HTTP/1.1 " + std::string(status) + "\r\ncontent-type: application/json\r\n" + std::string(fields) +
         "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}
}  // namespace

TEST_CASE("what passed is learned from: path, query, both bodies, in whatever pieces they came") {
  WatchedGate trial;
  CHECK(exchange(trial.gate, trial.client,
                 "POST /patients?dry=true HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{\"na")
            .empty());
  CHECK(exchange(trial.gate, trial.client, "me\":").empty());
  CHECK(exchange(trial.gate, trial.client, "1").empty());
  CHECK(exchange(trial.gate, trial.client, "}").empty() == true);
  (void)told_server(trial.gate);
  trial.gate.servers.back()->send("HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n4\r\n{\"id\r\n");
  trial.gate.turn(10);
  trial.gate.servers.back()->send("3\r\n\":7\r\n1\r\n}\r\n0\r\n\r\n");
  trial.gate.turn(10);
  CHECK(heard(trial.gate, trial.client).contains("201"));
  const auto all = trial.endpoints();
  REQUIRE(all.size() == 1);
  CHECK(all[0].method + all[0].path() == "POST/patients");
  CHECK(all[0].seen.query.contains("dry"));
  CHECK(all[0].seen.requests.all.at("application/json").shape.members.contains("name"));
  CHECK(all[0].seen.answers.at(201).media.all.at("application/json").shape.members.contains("id"));
  CHECK(all[0].seen.proofs[0] == 1);
}

TEST_CASE("what the gate refuses, what the server refuses and what breaks off teach no path") {
  auto setup = WatchedGate::watched(100);
  setup.routes[0].methods = {"GET"};
  WatchedGate trial(std::move(setup));
  CHECK(exchange(trial.gate, trial.client, sent_post("/x", "{}")).starts_with("HTTP/1.1 405"));
  auto other = trial.gate.connect();
  trial.client = std::move(other);
  CHECK(trial.passes(ask("/probe"), json_answer("{}", "404 Not Found")).starts_with("HTTP/1.1 404"));
  CHECK(trial.passes(ask("/broken"), json_answer("{}", "500 Oops")).starts_with("HTTP/1.1 500"));
  CHECK(exchange(trial.gate, trial.client, ask("/cut")).empty());
  (void)told_server(trial.gate, trial.gate.servers.size() - 1);
  trial.gate.servers.back()->send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
  trial.gate.turn(10);
  trial.gate.servers.back()->close();
  trial.gate.turn(10);
  CHECK(trial.endpoints().empty());
  CHECK(trial.learner.count(inference::Taken::taken) == 1);  // what a 404 looks like
  auto fresh = trial.gate.connect();
  trial.client = std::move(fresh);
  CHECK(trial.passes(ask("/right"), json_answer("{}")).starts_with("HTTP/1.1 200"));
  CHECK(trial.endpoints().size() == 1);
}

TEST_CASE("of a body that is larger than is looked at, of a part and of a coded one only the type is learned") {
  WatchedGate trial(WatchedGate::watched(20));
  const std::string large = R"({"name":"more than twenty bytes"})";
  CHECK(trial.passes(sent_post("/large", large), json_answer("{}")).starts_with("HTTP/1.1 200"));
  CHECK(trial.passes(ask("/answer"), json_answer(large)).ends_with(large));
  CHECK(trial.passes(ask("/part", "range: bytes=0-1\r\n"), json_answer("{\"", "206 Partial Content", "content-range: bytes 0-1/9\r\n"))
            .starts_with("HTTP/1.1 206"));
  CHECK(trial.told.contains("range: bytes=0-1"));
  CHECK(trial.passes(ask("/coded"), json_answer("xx", "200 OK", "content-encoding: gzip\r\n")).starts_with("HTTP/1.1 200"));
  CHECK(trial.told.contains("accept-encoding: identity"));
  const auto all = trial.endpoints();
  REQUIRE(all.size() == 4);
  for (const auto& each : all) {
    CAPTURE(each.path());
    const auto& table = each.method == "POST" ? each.seen.requests : each.seen.answers.begin()->second.media;
    CHECK(table.all.at("application/json").unread == 1);
    CHECK(table.all.at("application/json").shape.seen == 0);
  }
}

TEST_CASE("a route that is not watched is not, and its server may code its answers") {
  auto setup = WatchedGate::watched(100);
  SUBCASE("it says so") { setup.routes[0].learn = false; }
  SUBCASE("not everywhere") { setup.learn->everywhere = false; }
  SUBCASE("nobody learns") { setup.learn.reset(); }
  WatchedGate trial(std::move(setup));
  CHECK(trial.passes(ask("/x", "accept-encoding: gzip\r\n"), json_answer("{}")).starts_with("HTTP/1.1 200"));
  CHECK(trial.told.contains("accept-encoding: gzip"));
  CHECK(trial.endpoints().empty());
}

TEST_CASE("a route that says so is watched although not everywhere is") {
  auto setup = WatchedGate::watched(100);
  setup.learn->everywhere = false;
  setup.routes[0].learn = true;
  WatchedGate trial(std::move(setup));
  CHECK(trial.passes(ask("/x"), json_answer("{}")).starts_with("HTTP/1.1 200"));
  CHECK(trial.endpoints().size() == 1);
}

TEST_CASE("where the learner has no room requests pass all the same, and are counted as dropped") {
  WatchedGate trial;
  for (std::size_t i = 0; i < learning::Learner::waiting_max; ++i) trial.learner.take({});
  CHECK(trial.passes(ask("/x"), json_answer("{}")).starts_with("HTTP/1.1 200"));
  CHECK(trial.learner.dropped() == 1);
  trial.learner.catch_up();
  CHECK(trial.passes(ask("/x"), json_answer("{}")).starts_with("HTTP/1.1 200"));
  CHECK(trial.endpoints().size() == 1);
}

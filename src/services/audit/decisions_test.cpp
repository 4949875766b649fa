#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "ground/base/testing.hpp"
#include "ground/base/text.hpp"
#include "ground/json/document.hpp"
#include "services/audit/audit.hpp"
#include "services/audit/explain.hpp"

using namespace gatehouse;
using namespace gatehouse::audit;

namespace {

struct DecisionsFile : gatehouse::testing::TemporaryFolder {
  [[nodiscard]] std::string path() const { return file("decisions"); }
};

Record decision_record(std::uint64_t number) {
  Record record;
  record.id = {number, number * 3};
  record.time = Instant{1'769'850'000s};
  record.outcome = Outcome::refused;
  record.status = 403;
  record.problem = http::ProblemKind::scope_missing;
  record.stage = "authorize";
  record.rule = "routes.export.scopes";
  record.facts = "needs records:export, has records:read";
  record.principal = "https://issuer.example nurse-7";
  record.key_id = "A1b2C3d4E5f6";
  record.route = "export";
  record.method = "GET";
  record.path = "/records/export";
  record.client = *http::Address::parse("203.0.113.9");
  record.total = 1234567ns;
  record.bytes_out = 312;
  return record;
}

}  // namespace

TEST_CASE("a decision is found again as it was recorded, also by a reader that comes later") {
  const DecisionsFile file;
  {
    auto decisions = Decisions::open(file.path(), 100).value();
    for (std::uint64_t i = 1; i <= 50; ++i) decisions.record(decision_record(i));
    CHECK(decisions.find({7, 21}));
    CHECK_FALSE(decisions.find({7, 22}));
  }
  const auto reader = Decisions::read(file.path()).value();
  const auto found = reader.find({7, 21});
  REQUIRE(found);
  const auto sent = decision_record(7);
  CHECK(found->time == sent.time);
  CHECK(found->outcome == sent.outcome);
  CHECK(found->status == sent.status);
  CHECK(found->problem == sent.problem);
  CHECK(found->stage == sent.stage);
  CHECK(found->rule == sent.rule);
  CHECK(found->facts == sent.facts);
  CHECK(found->principal == sent.principal);
  CHECK(found->key_id == sent.key_id);
  CHECK(found->route == sent.route);
  CHECK(found->method == sent.method);
  CHECK(found->path == sent.path);
  CHECK(found->client == sent.client);
  CHECK(found->total == sent.total);
  CHECK(found->bytes_out == sent.bytes_out);
}

TEST_CASE("the last decisions are kept and the older ones forgotten, over a restart too") {
  const DecisionsFile file;
  for (std::uint64_t start = 0; start < 3; ++start) {
    auto decisions = Decisions::open(file.path(), 10).value();
    for (std::uint64_t i = 1; i <= 8; ++i) decisions.record(decision_record(start * 8 + i));
  }
  const auto reader = Decisions::read(file.path()).value();
  const auto latest = reader.latest(100);
  REQUIRE(latest.size() == 10);
  for (std::size_t i = 0; i < 10; ++i) CHECK(latest[i].id.high == 24 - i);
  CHECK_FALSE(reader.find({14, 42}));
  CHECK(reader.find({15, 45}));
  CHECK(reader.latest(3).size() == 3);
}

TEST_CASE("a second server on the same file is refused, another size begins anew, and other files are not read") {
  const DecisionsFile file;
  {
    auto decisions = Decisions::open(file.path(), 10).value();
    CHECK(Decisions::open(file.path(), 10).error().fault == Fault::conflict);
    decisions.record(decision_record(1));
  }
  {
    const auto decisions = Decisions::open(file.path(), 20).value();
    CHECK(decisions.latest(100).empty());
  }
  std::ofstream(file.file("other")) << "no decisions";
  CHECK_FALSE(Decisions::read(file.file("other")));
  CHECK_FALSE(Decisions::read(file.file("absent")));
  CHECK_FALSE(Decisions::open(file.path(), 0));
  std::filesystem::resize_file(file.path(), 5000);  // cut short: mapping it would kill the reader
  CHECK_FALSE(Decisions::read(file.path()));
}

TEST_CASE("long texts are cut, the rule before the path, and credentials are masked") {
  const DecisionsFile file;
  auto decisions = Decisions::open(file.path(), 10).value();
  auto record = decision_record(1);
  const std::string longest(5000, 'x'), umlauts = "ä" + longest, secret = "/ghk_live_A1b2C3d4E5f6_0123456789abcdef/" + longest;
  record.facts = longest;
  record.principal = longest;
  record.path = secret;
  decisions.record(record);
  record = decision_record(2);
  record.stage = record.rule = record.facts = record.route = record.method = record.key_id = record.principal = record.path = longest;
  decisions.record(record);
  record = decision_record(3);
  const std::string many = [] {
    std::string s;
    for (int i = 0; i < 3000; ++i) s += "ä";
    return s;
  }();
  record.rule = record.path = many;
  decisions.record(record);
  const auto first = *decisions.find({1, 3}), second = *decisions.find({2, 6}), third = *decisions.find({3, 9});
  CHECK(first.rule == "routes.export.scopes");
  CHECK(first.facts.size() == 112);
  CHECK(first.path.starts_with("/ghk_live_A1b2C3d4E5f6_***/xxx"));
  CHECK(second.rule.size() == 64);
  CHECK(text::is_utf8(third.rule));
  CHECK(text::is_utf8(third.path));
}

TEST_CASE("decisions of a process that was killed in the middle of its work are whole") {
  const DecisionsFile file;
  for (int round = 0; round < 10; ++round) {
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      auto decisions = Decisions::open(file.path(), 64);
      if (!decisions) ::_exit(1);
      (void)!::write(ready[1], "x", 1);
      for (std::uint64_t i = 1;; ++i) decisions->record(decision_record(i));
    }
    char byte = 0;
    REQUIRE(::read(ready[0], &byte, 1) == 1);
    for (int i = 0; i < 200'000; ++i) asm volatile("" ::: "memory");  // let it run on: a place anywhere in its work
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    ::close(ready[0]), ::close(ready[1]);
    const auto reader = Decisions::read(file.path()).value();
    for (const auto& decision : reader.latest(100)) {
      REQUIRE(decision.id.low == decision.id.high * 3);
      REQUIRE(decision.path == "/records/export");
    }
  }
  auto next = Decisions::open(file.path(), 64).value();  // a slot that was left half written is used again
  for (std::uint64_t i = 1; i <= 64; ++i) next.record(decision_record(1'000'000 + i));
  CHECK(next.latest(100).size() == 64);
}

TEST_CASE("while threads write over the ring, a reader sees whole decisions only") {
  const DecisionsFile file;
  auto decisions = Decisions::open(file.path(), 8).value();
  std::atomic<bool> stop{false};
  std::vector<std::jthread> writers;
  for (std::uint64_t t = 0; t < 2; ++t)
    writers.emplace_back([&, t] {
      std::array<std::string, 3> texts{"", std::string(60, 'a'), std::string(90, 'b')};
      for (std::uint64_t i = 1; !stop; ++i) {
        auto record = decision_record(i * 2 + t);
        record.bytes_in = i * 2 + t;
        record.path = texts[i % 3];
        record.bytes_out = record.path.size();
        decisions.record(record);
      }
    });
  std::size_t seen = 0;
  for (int i = 0; i < 20'000 || (seen == 0 && i < 2'000'000); ++i)
    for (const auto& decision : decisions.latest(8)) {
      REQUIRE(decision.bytes_in == decision.id.high);
      REQUIRE(decision.id.low == decision.id.high * 3);
      REQUIRE(decision.path.size() == decision.bytes_out);
      ++seen;
    }
  stop = true;
  writers.clear();
  CHECK(seen > 0);
  CHECK(decisions.latest(8).size() > 0);
}

TEST_CASE("bytes flipped in the file hide a decision instead of showing a wrong one") {
  const DecisionsFile file;
  {
    Decisions::open(file.path(), 1).value().record(decision_record(5));
  }
  const auto size = std::filesystem::file_size(file.path());
  for (std::size_t at = 4096; at < size; at += 3) {
    std::fstream bytes(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekg(static_cast<std::streamoff>(at));
    const char before = static_cast<char>(bytes.get());
    bytes.seekp(static_cast<std::streamoff>(at));
    bytes.put(static_cast<char>(before ^ 0x10));
    bytes.flush();
    const auto reader = Decisions::read(file.path()).value();
    for (const auto& decision : reader.latest(1)) {
      REQUIRE(decision.path == "/records/export");
      REQUIRE(decision.bytes_out == 312);
      REQUIRE(decision.rule == "routes.export.scopes");
    }
    bytes.seekp(static_cast<std::streamoff>(at));
    bytes.put(before);
  }
  CHECK(Decisions::read(file.path()).value().latest(1).size() == 1);
}

TEST_CASE("a refusal is explained by stage, rule, facts and what would have allowed it") {
  const DecisionsFile file;
  auto decisions = Decisions::open(file.path(), 10).value();
  decisions.record(decision_record(1));
  const auto text = explain(*decisions.find({1, 3}));
  for (const auto* part :
       {"Refused by the stage \"authorize\" with 403", "scope-missing", "routes.export.scopes", "needs records:export, has records:read",
        "GET /records/export", "203.0.113.9", "A1b2C3d4E5f6", "2026-01-31T09:00:00.000000Z"})
    CHECK_MESSAGE(text.find(part) != std::string::npos, text);
  CHECK(text.find("Was told:   " + std::string(http::info(http::ProblemKind::scope_missing).remedy)) != std::string::npos);
  CHECK(text.find("To pass:    `gatehouse keys set A1b2C3d4E5f6 --scope SCOPE`") != std::string::npos);  // the operator's words, about this key
  const auto document = json::parse(explain_json(*decisions.find({1, 3})), {});
  REQUIRE(document);
  CHECK(document->root().string("remedy") == http::info(http::ProblemKind::scope_missing).remedy);
  CHECK(document->root().string("cure").value_or("").starts_with("`gatehouse keys set A1b2C3d4E5f6 --scope SCOPE`"));
  CHECK(document->root().string("rule") == "routes.export.scopes");
  CHECK(text.find("Took:       1.23") != std::string::npos);
  auto in_query = *decisions.find({1, 3});
  in_query.problem = http::ProblemKind::credential_invalid;
  in_query.rule = "authenticate.key-in-query";
  for (const auto& said : {explain(in_query), explain_json(in_query)}) {
    CHECK(said.contains("Send it in X-Api-Key"));
    CHECK_FALSE(said.contains(http::info(http::ProblemKind::credential_invalid).remedy));
  }
  auto at_once = *decisions.find({1, 3});
  at_once.total = at_once.upstream = 0ns;
  CHECK(explain(at_once).find("Took") == std::string::npos);
}

TEST_CASE("what the API or the gate did wrong is explained to the operator by what he can set, never by waiting and reporting") {
  Decision decision;
  decision.outcome = Outcome::failed;
  for (const auto& [kind, rule, setting] : {std::tuple{http::ProblemKind::upstream_unreachable, "upstreams.api", "`ca_file`"},
                                            {http::ProblemKind::answer_invalid, "routes.a.validate.answers", "answers: log"},
                                            {http::ProblemKind::plan_unavailable, "keys.plan-missing", "`plans`"},
                                            {http::ProblemKind::issuer_unavailable, "authenticate.key-set", "`jwks.url`"},
                                            {http::ProblemKind::upstream_timeout, "upstreams.api", "`response_head_timeout`"}}) {
    decision.problem = kind;
    decision.rule = rule;
    const auto text = explain(decision);
    const auto to_pass = text.substr(text.find("To pass:"), text.find("Was told:") - text.find("To pass:"));
    CAPTURE(to_pass);
    CHECK(to_pass.contains(setting));
    CHECK_FALSE(to_pass.contains("ry again"));
    CHECK_FALSE(to_pass.contains("report the decision id"));
  }
  decision.problem = http::ProblemKind::scope_missing;  // of a token: there is no key to name
  CHECK(explain(decision).contains("`gatehouse keys set ID --scope SCOPE`"));
  CHECK(explain_json(decision).contains("gatehouse keys set ID --scope SCOPE"));
}

TEST_CASE("a pass is explained too, and a hostile path does not reach the terminal raw") {
  Decision decision;
  decision.outcome = Outcome::passed;
  decision.status = 200;
  decision.method = "GET";
  decision.path = "/\x1b[2J\u202E\n";
  decision.route = "prices";
  const auto text = explain(decision);
  CHECK(text.find("Passed: the upstream's answer, 200, was forwarded (route \"prices\")") != std::string::npos);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("\u202E") == std::string::npos);
  CHECK(json::parse(explain_json(decision), {}));
}

TEST_CASE("one call at the end of an exchange counts it, keeps it and writes refusals down") {
  const DecisionsFile file;
  const ManualClock clock;
  SeededRandom random(1);
  Audit::Setup setup;
  setup.log.file.path = file.file("audit.jsonl");
  setup.log.threads = 2;
  setup.log.own_thread = false;
  setup.decisions_path = file.path();
  setup.decisions = 100;
  auto audit = Audit::start(setup, clock, random).value();
  auto record = decision_record(0);
  record.route_number = audit->metrics().route("export");
  record.id = audit->next_id(1, clock.now());
  audit->finish(1, record);
  auto pass = record;
  pass.outcome = Outcome::passed;
  pass.problem.reset();
  pass.status = 200;
  pass.id = audit->next_id(0, clock.now());
  audit->finish(0, pass);
  pass.logged = true;
  audit->finish(0, pass);
  CHECK(audit->log().pump());
  CHECK(audit->decisions().find(record.id));
  CHECK(audit->decisions().find(pass.id));
  std::ifstream lines(file.file("audit.jsonl"));
  int count = 0;
  for (std::string line; std::getline(lines, line);) ++count;
  CHECK(count == 2);
  const auto text = audit->metrics().exposition();
  CHECK(text.find(R"(gatehouse_requests_total{route="export",outcome="refused",class="4xx"} 1)") != std::string::npos);
  CHECK(text.find(R"(gatehouse_requests_total{route="export",outcome="passed",class="2xx"} 2)") != std::string::npos);
  CHECK(text.find(R"(gatehouse_refusals_total{kind="scope-missing"} 1)") != std::string::npos);
  CHECK(text.find("gatehouse_audit_dropped_lines_total 0\n") != std::string::npos);
}

TEST_CASE("an explanation is for people: quotation marks are themselves, and what a terminal would act on is not") {
  Decision decision;
  decision.outcome = Outcome::refused;
  decision.status = 401;
  decision.problem = gatehouse::http::ProblemKind::credential_invalid;
  decision.facts = "realm=\"a\\b\" \x1b[31m\n";
  const auto text = explain(decision);
  CHECK(text.contains("Facts:      realm=\"a\\b\" \\u001b[31m\\n\n"));
}

// A request with a contract: its body is held until it was judged, and leaves whole or not at all.
#include <utility>

#include "doors/gateway/trial_keys.hpp"
#include "doors/gateway/trial_validator.hpp"

using namespace gatehouse;
using namespace gatehouse::gateway;

namespace {
/// Knows one rule: no body holds the word "bad", and no query. Remembers what it was shown.
class TrialValidator final : public RequestValidator {
 public:
  [[nodiscard]] bool reads_body(const http::Request& request) const noexcept override { return request.headers.has(http::HeaderId::content_type); }
  [[nodiscard]] Findings check_request(const http::Request& request, std::optional<std::string_view> sent, Arena&) const override {
    const auto body = sent.value_or("");
    shown.emplace_back(body);
    Findings findings;
    if (request.query.present()) {
      findings.kind = http::ProblemKind::parameter_invalid;
      findings.violations.push_back({http::Violation::In::query, "q", "must not be there", "api.yaml#/paths/~1x/post"});
    }
    if (body.contains("bad")) {
      if (findings.empty()) findings.kind = http::ProblemKind::body_invalid;
      findings.violations.push_back({http::Violation::In::body, "/word", "must be another word", "api.yaml#/components/schemas/Word"});
    }
    return findings;
  }
  [[nodiscard]] Findings try_request(const http::Request& request, std::optional<std::string_view> sent, Arena& memory) const override {
    if (!slow) return check_request(request, sent, memory);
    return {http::ProblemKind::body_invalid, {{http::Violation::In::body, "", "takes too long to judge", "api.yaml#"}}, {}, false, true};
  }
  mutable std::vector<std::string> shown;
  bool slow = false;
};

struct ValidatedGate {
  explicit ValidatedGate(Validate mode = Validate::enforce, std::uint64_t body_max = 1024 * 1024)
      : gate(with_contract(mode, body_max, validator)), client(gate.connect()) {}
  static TrialGate::Setup with_contract(Validate mode, std::uint64_t body_max, const std::shared_ptr<TrialValidator>& validator) {
    auto setup = open_gate();
    setup.routes[0].validate = mode;
    setup.routes[0].body_bytes_max = body_max;
    setup.routes[0].validator = validator;
    return setup;
  }
  std::shared_ptr<TrialValidator> validator = std::make_shared<TrialValidator>();
  TrialGate gate;
  TrialSocket client;
};

std::string posting(std::string_view body, std::string_view target = "/x", std::string_view method = "POST") {
  return std::string(method) + " " + std::string(target) +
         " HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}
constexpr std::string_view chunked_head = "POST /x HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n";
}  // namespace

TEST_CASE("a body that the contract says something of reaches the upstream only when it has come whole and was judged") {
  ValidatedGate trial;
  const auto whole = posting("a good word");
  CHECK(exchange(trial.gate, trial.client, whole.substr(0, whole.size() - 4)).empty());
  CHECK(trial.gate.servers.empty());
  CHECK(trial.validator->shown.empty());
  CHECK(exchange(trial.gate, trial.client, whole.substr(whole.size() - 4)).empty());
  const auto told = told_server(trial.gate);
  CHECK(field_of(told, "content-length") == "11");
  CHECK(told.ends_with("\r\n\r\na good word"));
  CHECK(trial.validator->shown == std::vector<std::string>{"a good word"});
  CHECK(answer(trial.gate, trial.client, ok).starts_with("HTTP/1.1 200 "));
}

namespace {
/// A route that takes keys and has a contract; the reader's plan lets one request a minute pass.
struct KeyedContract {
  static TrialGate::Setup gate_of(const std::shared_ptr<TrialValidator>& validator) {
    auto setup = ValidatedGate::with_contract(Validate::enforce, 1024, validator);
    setup.failures_max = 2;
    return setup;
  }
  static keys::PlanOptions one_a_minute() {
    keys::PlanOptions plan;
    plan.rate = settings::Rate{1, 1min}, plan.burst = 1;
    return plan;
  }
  /// The head of a request of the reader's and half of its body; the other half is still to come.
  void begin() { CHECK(exchange(trial.gate, trial.client, head() + "a good ").empty()); }
  [[nodiscard]] std::string end() { return exchange(trial.gate, trial.client, "word"); }
  [[nodiscard]] std::string head() const {
    return "POST /x HTTP/1.1\r\nhost: a\r\nx-api-key: " + trial.keys.reader + "\r\ncontent-type: text/plain\r\ncontent-length: 11\r\n\r\n";
  }
  std::shared_ptr<TrialValidator> validator = std::make_shared<TrialValidator>();
  TrialPlans trial{gate_of(validator), one_a_minute()};
};
}  // namespace

TEST_CASE("a key that is taken back while its request's body is awaited does not act any more") {
  KeyedContract contract;
  contract.begin();
  keys::KeyRingBuilder none(std::make_shared<const std::vector<keys::Plan>>());
  contract.trial.gate.use_keys(none.finish().value());
  CHECK(contract.end().starts_with("HTTP/1.1 401 "));
  CHECK(contract.trial.gate.servers.empty());
  CHECK(contract.validator->shown.empty());
}

TEST_CASE("an address that is banned while a body of its is awaited does not act any more") {
  KeyedContract contract;
  contract.begin();
  auto other = contract.trial.gate.connect();
  for (int i = 0; i < 3; ++i) (void)exchange(contract.trial.gate, other, ask("/x"));
  CHECK(contract.end().contains("urn:gatehouse:problem:address-banned"));
  CHECK(contract.trial.gate.servers.empty());
}

TEST_CASE("a request whose body was awaited is charged once, also where its rights are looked at twice") {
  KeyedContract contract;
  contract.begin();
  CHECK(contract.end().empty());
  CHECK(told_server(contract.trial.gate).ends_with("a good word"));
  CHECK(answer(contract.trial.gate, contract.trial.client, ok).starts_with("HTTP/1.1 200 "));
  CHECK(exchange(contract.trial.gate, contract.trial.client, contract.head() + "a good word").starts_with("HTTP/1.1 429 "));
}

TEST_CASE("a chunked body is judged without its chunks, and arrives as it was meant") {
  ValidatedGate trial;
  CHECK(exchange(trial.gate, trial.client, std::string(chunked_head) + "2\r\na \r\n4;x=y\r\ngood\r\n").empty());
  CHECK(trial.gate.servers.empty());
  CHECK(exchange(trial.gate, trial.client, "0\r\n\r\n").empty());
  CHECK(trial.validator->shown == std::vector<std::string>{"a good"});
  CHECK(told_server(trial.gate).ends_with("6\r\na good\r\n0\r\n\r\n"));
}

TEST_CASE("what does not keep the contract is refused with everything that is wrong, and no upstream hears of it") {
  ValidatedGate trial;
  auto refused = exchange(trial.gate, trial.client, posting("a bad word"));
  CHECK(refused.starts_with("HTTP/1.1 422 "));
  CHECK(refused.contains(
      R"("violations":[{"in":"body","pointer":"/word","detail":"must be another word","contract":"api.yaml#/components/schemas/Word"}])"));
  refused = exchange(trial.gate, trial.client, posting("a bad word", "/x?q=1"));
  CHECK(refused.starts_with("HTTP/1.1 400 "));
  CHECK(refused.contains(R"({"in":"query","name":"q")"));
  CHECK(refused.contains(R"("pointer":"/word")"));
  CHECK(trial.gate.servers.empty());
}

TEST_CASE("where a contract judges the query nothing stands in it that some servers split otherwise") {
  ValidatedGate trial;
  const auto refused = exchange(trial.gate, trial.client, ask("/x?q=a;limit=5000"));
  CHECK(refused.starts_with("HTTP/1.1 400 "));
  CHECK(refused.contains("%3B"));
  CHECK(trial.validator->shown.empty());
  CHECK(trial.gate.servers.empty());
  auto client = trial.gate.connect();
  CHECK(exchange(trial.gate, client, ask("/x?q=a%3Blimit=5000")).contains("parameter-invalid"));  // the contract says what it thinks of this one
  CHECK(trial.validator->shown.size() == 1);

  ValidatedGate open(Validate::off);
  CHECK(exchange(open.gate, open.client, ask("/x?q=a;limit=5000")).empty());
  CHECK(told_server(open.gate).starts_with("GET /x?q=a;limit=5000 "));
  ValidatedGate shadow(Validate::shadow);
  CHECK(exchange(shadow.gate, shadow.client, ask("/x?q=a;limit=5000")).empty());
  CHECK(shadow.gate.ended(audit::Counter::shadow_refusals) == 1);
}

TEST_CASE("after a body was refused the same connection takes the next request") {
  ValidatedGate trial;
  CHECK(exchange(trial.gate, trial.client, posting("bad") + posting("fine")).starts_with("HTTP/1.1 422 "));
  CHECK(told_server(trial.gate).ends_with("fine"));
  CHECK(answer(trial.gate, trial.client, ok).ends_with("ok"));
}

TEST_CASE("a request without a body is judged at once") {
  ValidatedGate trial;
  CHECK(exchange(trial.gate, trial.client, ask("/x", "content-type: text/plain\r\n")).empty());
  CHECK(trial.validator->shown == std::vector<std::string>{""});
  CHECK(told_server(trial.gate).starts_with("GET /x "));
}

TEST_CASE("a body that nothing is said of streams as it comes, judged by its head alone") {
  ValidatedGate trial;
  CHECK(exchange(trial.gate, trial.client, "POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 6\r\n\r\nbad").empty());
  CHECK(told_server(trial.gate).ends_with("bad"));
  CHECK(trial.validator->shown == std::vector<std::string>{""});
}

TEST_CASE("a client that waits for 100 Continue is asked for the body that is to be judged") {
  ValidatedGate trial;
  const auto asked = exchange(trial.gate, trial.client,
                              "POST /x HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ncontent-length: 4\r\nexpect: 100-continue\r\n\r\n");
  CHECK(asked.starts_with("HTTP/1.1 100 "));
  CHECK(exchange(trial.gate, trial.client, "word").empty());
  CHECK(told_server(trial.gate).ends_with("word"));
}

TEST_CASE("a body over the limit of its route is refused while it comes, also when no length was told") {
  ValidatedGate trial(Validate::enforce, 8);
  CHECK(exchange(trial.gate, trial.client, std::string(chunked_head) + "5\r\n12345\r\n").empty());
  CHECK(exchange(trial.gate, trial.client, "5\r\n67890\r\n").starts_with("HTTP/1.1 413 "));
  CHECK(trial.gate.servers.empty());
  CHECK(trial.validator->shown.empty());
}

TEST_CASE("bodies that are being collected count in the budget of buffered bytes, and not any more when their client leaves") {
  ValidatedGate trial;
  auto& memory = trial.gate.services().memory;
  const std::string half(200'000, 'x');
  trial.client.send("POST /x HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ncontent-length: 400000\r\n\r\n");
  for (std::size_t at = 0; at < half.size(); at += 20'000) {
    trial.client.send(half.substr(at, 20'000));
    trial.gate.turn();
  }
  CHECK(memory.used() >= half.size() - 2 * net::BufferTally::batch);
  trial.client.reset();
  trial.gate.turn();
  CHECK(memory.used() <= net::BufferTally::batch);
  CHECK(trial.gate.worker->busy() == 0);
}

TEST_CASE("when the budget of buffered bytes is spent, a body that is being collected gives way") {
  ValidatedGate trial;
  CHECK(exchange(trial.gate, trial.client, std::string(chunked_head) + "5\r\n12345\r\n").empty());
  trial.gate.services().memory.limit(0);
  CHECK(exchange(trial.gate, trial.client, "5\r\n67890\r\n").starts_with("HTTP/1.1 503 "));
  CHECK(trial.gate.servers.empty());
}

TEST_CASE("bodies of one address that are being collected take no more of the budget than they leave free, and no more than was announced") {
  auto validator = std::make_shared<TrialValidator>();
  auto setup = ValidatedGate::with_contract(Validate::enforce, 1024 * 1024, validator);
  setup.trusted_proxies = {http::AddressBlock{}};  // the test's sockets have the address that is none
  TrialGate gate(std::move(setup));
  auto& memory = gate.services().memory;
  memory.limit(1024 * 1024);
  const auto hold = [&](std::string_view address, std::size_t bytes) {
    auto client = gate.connect();
    client.send("POST /x HTTP/1.1\r\nhost: a\r\nx-forwarded-for: " + std::string(address) +
                "\r\ncontent-type: text/plain\r\ncontent-length: " + std::to_string(bytes + 1) + "\r\n\r\n");
    for (std::size_t sent = 0; sent < bytes; sent += 20'000) {
      client.send(std::string(std::min<std::size_t>(20'000, bytes - sent), 'x'));
      gate.turn();
    }
    client.read();
    return client;
  };
  auto first = hold("192.0.2.1", 400'000);
  CHECK(first.got.empty());
  CHECK(memory.used() <= 400'001 + 2 * net::BufferTally::batch);
  const auto greedy = hold("192.0.2.1", 400'000);
  CHECK(greedy.got.starts_with("HTTP/1.1 503 "));
  CHECK(greedy.got.contains("overloaded"));
  auto other = hold("192.0.2.2", 250'000);
  CHECK(other.got.empty());
  other.send("y");
  gate.turn();
  gate.settle();
  CHECK(told_server(gate).ends_with("xy"));
  first.reset();
  gate.turn();
  CHECK(hold("192.0.2.1", 300'000).got.empty());  // what was held is given back
}

TEST_CASE("a collected body is sent again when a pooled connection had died, if doing it twice does no harm") {
  ValidatedGate trial;
  CHECK(exchange(trial.gate, trial.client, ask("/x")).empty());
  CHECK(answer(trial.gate, trial.client, ok).ends_with("ok"));
  SUBCASE("PUT") {
    CHECK(exchange(trial.gate, trial.client, posting("a word", "/x", "PUT")).empty());
    trial.gate.servers[0]->close();
    trial.gate.turn();
    CHECK(told_server(trial.gate, 1).ends_with("a word"));
    CHECK(answer(trial.gate, trial.client, ok, 1).ends_with("ok"));
  }
  SUBCASE("POST") {
    CHECK(exchange(trial.gate, trial.client, posting("a word")).empty());
    trial.gate.servers[0]->close();
    CHECK(heard(trial.gate, trial.client).starts_with("HTTP/1.1 502 "));
    CHECK(trial.gate.servers.size() == 1);
  }
}

TEST_CASE("in shadow mode the request passes, and is counted and told as one that would be refused") {
  ValidatedGate trial(Validate::shadow);
  CHECK(exchange(trial.gate, trial.client, posting("a bad word")).empty());
  CHECK(told_server(trial.gate).ends_with("a bad word"));
  const auto answered = answer(trial.gate, trial.client, ok);
  CHECK(answered.starts_with("HTTP/1.1 200 "));
  CHECK(trial.gate.ended(audit::Counter::shadow_refusals) == 1);
  const auto decision = decision_on(trial.gate, answered);
  CHECK(decision.outcome == audit::Outcome::passed);
  CHECK(decision.stage == "validate");
  CHECK(decision.rule == "routes.all.validate");
  CHECK(decision.facts == "would be refused with 422: a violation: body /word by api.yaml#/components/schemas/Word");
  const auto rows = trial.gate.services().audit.shadow().rows();
  REQUIRE(rows.size() == 1);
  CHECK_FALSE(rows[0].answer);
  CHECK(rows[0].status == 422);
  CHECK(rows[0].in + rows[0].at + ' ' + rows[0].contract == "body/word api.yaml#/components/schemas/Word");
  CHECK(trial.gate.ended(audit::Counter::shadow_answer_refusals) == 0);
  CHECK(exchange(trial.gate, trial.client, posting("a good word")).empty());
  CHECK(trial.gate.ended(audit::Counter::shadow_refusals) == 1);
}

TEST_CASE("a large body is judged on the pool, where it holds up nobody, and a client that leaves meanwhile takes nothing with it") {
  ValidatedGate trial;
  const std::string filler(20'000, 'x');
  SUBCASE("good") {
    trial.client.send(posting(filler + " good"));
    trial.gate.turn();
    trial.gate.settle();
    CHECK(told_server(trial.gate).ends_with("x good"));
    CHECK(answer(trial.gate, trial.client, ok).starts_with("HTTP/1.1 200 "));
  }
  SUBCASE("bad") {
    trial.client.send(posting(filler + " bad"));
    trial.gate.turn();
    trial.gate.settle();
    CHECK(heard(trial.gate, trial.client).starts_with("HTTP/1.1 422 "));
    CHECK(trial.gate.servers.empty());
  }
  SUBCASE("its client leaves") {
    trial.client.send(posting(filler + " bad"));
    trial.gate.turn();
    trial.client.reset();
    trial.gate.settle();
    CHECK(trial.gate.worker->busy() == 0);
    trial.gate.turn();
    CHECK(trial.gate.worker->exchanges().taken() == 0);
  }
  CHECK(trial.validator->shown.size() == 1);
}

TEST_CASE("a small body that takes long to judge is judged on the pool as well") {
  ValidatedGate trial;
  trial.validator->slow = true;
  SUBCASE("good") {
    trial.client.send(posting("a good word"));
    trial.gate.turn();
    trial.gate.settle();
    CHECK(told_server(trial.gate).ends_with("a good word"));
  }
  SUBCASE("bad") {
    trial.client.send(posting("a bad word"));
    trial.gate.turn();
    trial.gate.settle();
    CHECK(heard(trial.gate, trial.client).starts_with("HTTP/1.1 422 "));
    CHECK(trial.gate.servers.empty());
  }
  CHECK(trial.validator->shown.size() == 1);
}

TEST_CASE("a route that says off is not looked at") {
  ValidatedGate trial(Validate::off);
  CHECK(exchange(trial.gate, trial.client, posting("a bad word")).empty());
  CHECK(told_server(trial.gate).ends_with("a bad word"));
  CHECK(trial.validator->shown.empty());
}

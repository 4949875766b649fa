// An answer with a contract: refused with 502, freed of what is not declared, or let through and told.
#include <utility>

#include "doors/gateway/trial_talk.hpp"

using namespace gatehouse;
using namespace gatehouse::gateway;

namespace {
/// Knows three rules: only 200 is described, text/plain only, and no body holds the word "bad". "(...)" is what is not declared.
class TrialAnswers final : public Validator {
 public:
  [[nodiscard]] bool reads_body(const http::Request&) const noexcept override { return false; }
  [[nodiscard]] Findings check_request(const http::Request& request, std::optional<std::string_view>, Arena&) const override {
    if (!request.query.present()) return {};
    return {http::ProblemKind::parameter_invalid, {{http::Violation::In::query, "q", "must not be there", "api.yaml#/q"}}, {}, false};
  }
  [[nodiscard]] bool describes(http::Status status) const noexcept override { return status == 200 || (parts && status == 206); }
  [[nodiscard]] bool reads_answer(const SeenAnswer& answer) const override {
    CHECK_FALSE(answer.body);
    return answer.headers.get(http::HeaderId::content_type) == "text/plain";
  }
  [[nodiscard]] Findings check_answer(const SeenAnswer& answer, Arena&) const override {
    Findings findings{http::ProblemKind::answer_invalid, {}, {}, false};
    if (answer.status != 200)
      findings.violations.push_back({http::Violation::In::status, "", std::to_string(answer.status) + " is not described", "api.yaml#/x"});
    if (answer.headers.get(http::HeaderId::content_type) == "text/html")
      findings.violations.push_back({http::Violation::In::header, "content-type", "must be one of text/plain", "api.yaml#/y"});
    if (answer.body && answer.body->contains("bad"))
      findings.violations.push_back({http::Violation::In::body, "/word", "must be another word", "api.yaml#/z"});
    return findings;
  }
  [[nodiscard]] std::optional<Stripped> stripped(const SeenAnswer& answer) const override {
    const auto from = answer.body->find('('), to = answer.body->find(')');
    if (from == answer.body->npos) return std::nullopt;
    std::string left(*answer.body);
    left.erase(from, to - from + 1);
    return Stripped{left, 1, "/secret"};
  }
  [[nodiscard]] Findings try_answer(const SeenAnswer& answer, Arena& memory) const override {
    if (!slow) return check_answer(answer, memory);
    return {http::ProblemKind::answer_invalid, {{http::Violation::In::body, "", "takes too long to judge", "api.yaml#"}}, {}, false, true};
  }
  bool parts = false, slow = false;
};

struct AnsweringGate {
  explicit AnsweringGate(ValidateAnswers mode, LargeAnswers large = LargeAnswers::refuse, std::uint64_t most = 100'000)
      : gate(with_contract(mode, large, most, validator)), client(gate.connect()) {}
  static TrialGate::Setup with_contract(ValidateAnswers mode, LargeAnswers large, std::uint64_t most,
                                        const std::shared_ptr<TrialAnswers>& validator) {
    auto setup = open_gate();
    setup.routes[0].validate_answers = mode;
    setup.routes[0].large_answers = large;
    setup.routes[0].answer_bytes_max = most;
    setup.routes[0].validator = validator;
    return setup;
  }
  /// What the client hears when the upstream says that.
  std::string hears(std::string_view text, std::string_view method = "GET") {
    CHECK(exchange(gate, client, std::string(method) + " /x HTTP/1.1\r\nhost: a\r\n\r\n").empty());
    told = told_server(gate, gate.servers.empty() ? 0 : gate.servers.size() - 1);
    gate.servers.back()->send(text);
    gate.turn(20);
    gate.settle();
    return heard(gate, client);
  }
  audit::Decision decision_on(std::string_view answered) { return gateway::decision_on(gate, answered); }
  std::shared_ptr<TrialAnswers> validator = std::make_shared<TrialAnswers>();
  TrialGate gate;
  TrialSocket client;
  std::string told;
};

std::string plain(std::string_view body, std::string_view status = "200 OK", std::string_view type = "text/plain") {
  return "HTTP/1.1 " + std::string(status) + "\r\ncontent-type: " + std::string(type) + "\r\ncontent-length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}
}  // namespace

TEST_CASE("an answer that does not keep the contract is 502 and says nothing of it to the caller; one that keeps it passes as it is") {
  AnsweringGate trial(ValidateAnswers::refuse);
  const auto passed = trial.hears(plain("a good (declared or not) word"));
  CHECK(passed.starts_with("HTTP/1.1 200 "));
  CHECK(passed.ends_with("a good (declared or not) word"));
  std::string wrong, facts;
  SUBCASE("body") { wrong = plain("a bad word"), facts = "body /word must be another word (api.yaml#/z)"; }
  SUBCASE("status") { wrong = plain("a stack trace", "500 Oops"), facts = "status 500 is not described (api.yaml#/x)"; }
  SUBCASE("media type") { wrong = plain("<p>", "200 OK", "text/html"), facts = "header content-type must be one of text/plain (api.yaml#/y)"; }
  SUBCASE("several") {
    wrong = plain("bad", "404 Not Found"), facts = "status 404 is not described (api.yaml#/x); body /word must be another word (api.yaml#/z)";
  }
  const auto refused = trial.hears(wrong);
  CHECK(refused.starts_with("HTTP/1.1 502 "));
  CHECK(refused.contains("urn:gatehouse:problem:answer-invalid"));
  for (const std::string_view leak : {"violations", "word", "described", "api.yaml", "trace", "text/html"}) CHECK_FALSE(refused.contains(leak));
  const auto decision = trial.decision_on(refused);
  CHECK(decision.outcome == audit::Outcome::failed);
  CHECK(decision.stage == "validate");
  CHECK(decision.rule == "routes.all.validate.answers");
  CHECK(decision.facts == facts);
  CHECK(trial.gate.ended(audit::Counter::shadow_refusals) == 0);
}

TEST_CASE("log lets the answer pass, and counts and tells it") {
  AnsweringGate trial(ValidateAnswers::log);
  const auto passed = trial.hears(plain("a bad word"));
  CHECK(passed.ends_with("a bad word"));
  CHECK(trial.gate.ended(audit::Counter::shadow_refusals) == 1);
  const auto decision = trial.decision_on(passed);
  CHECK(decision.outcome == audit::Outcome::passed);
  CHECK(decision.facts == "would be refused with 502: body /word must be another word (api.yaml#/z)");
  CHECK(trial.gate.ended(audit::Counter::shadow_answer_refusals) == 1);
  CHECK_FALSE(passed.contains("violations"));
  const auto rows = trial.gate.services().audit.shadow().rows();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].route == "all");
  CHECK(rows[0].answer);
  CHECK(rows[0].status == 502);
  CHECK(rows[0].in + rows[0].at + ' ' + rows[0].contract == "body/word api.yaml#/z");
  CHECK(trial.hears(plain("a good word")).ends_with("a good word"));
  CHECK(trial.gate.ended(audit::Counter::shadow_refusals) == 1);
}

TEST_CASE("strip takes out what is not declared, tells it, and refuses what is wrong all the same") {
  AnsweringGate trial(ValidateAnswers::strip);
  const auto passed = trial.hears(plain("a good (secret) word"));
  CHECK(passed.ends_with("\r\n\r\na good  word"));
  CHECK(field_of(passed, "content-length") == "12");
  CHECK(trial.gate.ended(audit::Counter::changed_answers) == 1);
  CHECK(trial.decision_on(passed).facts == "members taken out: 1, the first: /secret");
  CHECK(trial.hears(plain("a (bad) word")).ends_with("a  word"));
  CHECK(trial.hears(plain("a bad (secret) word")).starts_with("HTTP/1.1 502 "));
  CHECK(trial.hears(plain("a good word")).ends_with("a good word"));
  CHECK(trial.gate.ended(audit::Counter::changed_answers) == 2);
  CHECK(field_of(trial.hears("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 20\r\n\r\n", "HEAD"), "content-length").empty());
}

TEST_CASE("off does not look at answers, and changes nothing of what the upstream is asked") {
  AnsweringGate trial(ValidateAnswers::off);
  CHECK(trial.hears(plain("a bad word", "500 Oops")).ends_with("a bad word"));
  CHECK(field_of(trial.told, "accept-encoding").empty());
}

TEST_CASE("answers can be judged where requests are not, and the other way round") {
  auto validator = std::make_shared<TrialAnswers>();
  auto setup = AnsweringGate::with_contract(ValidateAnswers::refuse, LargeAnswers::refuse, 1000, validator);
  setup.routes[0].validate = Validate::off;
  TrialGate gate(std::move(setup));
  auto client = gate.connect();
  CHECK(exchange(gate, client, ask("/x?q=1")).empty());
  CHECK(answer(gate, client, plain("bad")).starts_with("HTTP/1.1 502 "));
  AnsweringGate other(ValidateAnswers::off);
  CHECK(exchange(other.gate, other.client, ask("/x?q=1")).starts_with("HTTP/1.1 400 "));
}

TEST_CASE("an answer that is too large to be held is refused, or streams by its head alone where the operator says so") {
  const std::string large(300, 'x');
  SUBCASE("refused") {
    AnsweringGate trial(ValidateAnswers::refuse, LargeAnswers::refuse, 200);
    const auto refused = trial.hears(plain(large));
    CHECK(refused.starts_with("HTTP/1.1 502 "));
    CHECK(trial.decision_on(refused).facts == "the body has more bytes than answer_max, 200");
  }
  SUBCASE("passed") {
    AnsweringGate trial(ValidateAnswers::refuse, LargeAnswers::pass, 200);
    CHECK(trial.hears(plain(large + "bad")).ends_with("xbad"));
    CHECK(trial.hears(plain(large, "500 Oops")).starts_with("HTTP/1.1 502 "));
  }
  SUBCASE("logged") {
    AnsweringGate trial(ValidateAnswers::log, LargeAnswers::refuse, 200);
    CHECK(trial.hears(plain(large)).ends_with("xxx"));
    CHECK(trial.gate.ended(audit::Counter::shadow_refusals) == 1);
  }
  SUBCASE("just as large as it may be") {
    AnsweringGate trial(ValidateAnswers::refuse, LargeAnswers::refuse, 300);
    CHECK(trial.hears(plain(large)).ends_with("xxx"));
  }
}

TEST_CASE("a large answer is judged on the pool, with the same outcome") {
  const std::string filler(20'000, 'x');
  AnsweringGate trial(ValidateAnswers::strip);
  CHECK(trial.hears(plain(filler + " good (secret) word")).ends_with("x good  word"));
  CHECK(trial.hears(plain(filler + " bad (secret) word")).starts_with("HTTP/1.1 502 "));
  CHECK(trial.hears(plain(filler + " good")).ends_with("x good"));
  CHECK(trial.gate.ended(audit::Counter::changed_answers) == 1);
}

TEST_CASE("an answer that takes long to judge is judged on the pool, however small it is") {
  AnsweringGate trial(ValidateAnswers::strip);
  trial.validator->slow = true;
  CHECK(trial.hears(plain("a good (secret) word")).ends_with("a good  word"));
  CHECK(trial.hears(plain("a bad word")).starts_with("HTTP/1.1 502 "));
}

TEST_CASE("of a body that nothing is said of only the head is judged, and it streams as it comes") {
  AnsweringGate trial(ValidateAnswers::refuse);
  CHECK(exchange(trial.gate, trial.client, ask("/x")).empty());
  (void)told_server(trial.gate);
  CHECK(answer(trial.gate, trial.client, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: bad\n\n").ends_with("data: bad\n\n\r\n"));
}

TEST_CASE("parts of a body are asked for only where the contract describes them") {
  AnsweringGate trial(ValidateAnswers::refuse);
  CHECK(exchange(trial.gate, trial.client, ask("/x", "range: bytes=0-1\r\n")).empty());
  CHECK(field_of(told_server(trial.gate), "range").empty());
  trial.validator->parts = true;
  trial.gate.worker->adopt(trial.gate.snapshot().value());
  trial.gate.turn();
  CHECK(answer(trial.gate, trial.client, plain("ok")).ends_with("ok"));
  CHECK(exchange(trial.gate, trial.client, ask("/x", "range: bytes=0-1\r\n")).empty());
  CHECK(field_of(told_server(trial.gate, trial.gate.servers.size() - 1), "range") == "bytes=0-1");
}

namespace {
using namespace std::string_view_literals;
/// "a good (secret) word" by gzip, "a bad word" by deflate.
constexpr std::string_view good_in_gzip =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\x54\x48\xcf\xcf\x4f\x51\xd0\x28\x4e\x4d\x2e\x4a\x2d\xd1\x54\x28\xcf\x2f\x4a"
    "\x01\x00\x1e\x1c\x69\x9e\x14\x00\x00\x00"
    ""sv;
constexpr std::string_view bad_in_deflate =
    "\x78\x9c\x4b\x54\x48\x4a\x4c\x51\x28\xcf\x2f\x4a\x01\x00\x12\x14\x03\x85"
    ""sv;
/// 60,000 times the letter a.
constexpr std::string_view much_in_gzip =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xed\xc1\x31\x01\x00\x00\x00\xc2\xa0\xac\xeb\x5f\xc2\x1a\x1e\x40\x01\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x7c\x19\x92\x89\xe2\xb2"
    "\x60\xea\x00\x00"
    ""sv;
std::string coded(std::string_view body, std::string_view coding, std::string_view more = {}) {
  return "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-encoding: " + std::string(coding) +
         "\r\netag: \"e\"\r\ncontent-digest: sha-256=:x:\r\n" + std::string(more) + "content-length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}
}  // namespace

TEST_CASE("an answer that comes coded although it was asked for plain is judged as what is in it, and leaves plain") {
  for (const auto mode : {ValidateAnswers::refuse, ValidateAnswers::log}) {
    AnsweringGate trial(mode);
    const auto heard = trial.hears(coded(good_in_gzip, "gzip"));
    CHECK(trial.told.contains("accept-encoding: identity"));
    CHECK(heard.starts_with("HTTP/1.1 200 "));
    CHECK(heard.ends_with("\r\n\r\na good (secret) word"));
    CHECK_FALSE(heard.contains("content-encoding"));
    CHECK_FALSE(heard.contains("content-digest"));
    CHECK(heard.contains("etag: \"e\""));
    CHECK(heard.contains("content-length: 20\r\n"));
  }
  AnsweringGate strict(ValidateAnswers::refuse);
  CHECK(strict.hears(coded(bad_in_deflate, "Deflate")).starts_with("HTTP/1.1 502 "));
  AnsweringGate strips(ValidateAnswers::strip);
  CHECK(strips.hears(coded(good_in_gzip, "x-gzip")).ends_with("\r\n\r\na good  word"));
}

TEST_CASE("an answer whose coding cannot be undone keeps it, for who judges it to refuse") {
  const auto keeps = [](const std::string& answer, std::uint64_t most = 100'000) {
    AnsweringGate trial(ValidateAnswers::log, LargeAnswers::pass, most);
    return trial.hears(answer).contains("content-encoding: ");
  };
  CHECK(keeps(coded("\x1b\x03", "br")));
  CHECK(keeps(coded(good_in_gzip, "gzip, gzip")));
  CHECK(keeps(coded(good_in_gzip, "gzip", "content-encoding: br\r\n")));
  CHECK(keeps(coded(good_in_gzip, "deflate")));
  CHECK(keeps(coded(good_in_gzip.substr(0, good_in_gzip.size() - 1), "gzip")));
  CHECK(keeps(coded(good_in_gzip, "gzip"), good_in_gzip.size() - 1));  // larger than is held
  CHECK(keeps(coded(much_in_gzip, "gzip"), 59'999));                   // or would be, inflated
  CHECK_FALSE(keeps(coded(much_in_gzip, "gzip"), 60'000));
}

TEST_CASE("an answer to HEAD names the coding and the length that GET's has: none") {
  AnsweringGate trial(ValidateAnswers::refuse);
  const auto heard = trial.hears("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-encoding: gzip\r\ncontent-length: 40\r\n\r\n", "HEAD");
  CHECK(heard.starts_with("HTTP/1.1 200 "));
  CHECK_FALSE(heard.contains("content-encoding"));
  CHECK_FALSE(heard.contains("content-length: 40"));
}

TEST_CASE("where nobody reads answers, one that is coded goes on as it came") {
  AnsweringGate trial(ValidateAnswers::off);
  const auto heard = trial.hears(coded(good_in_gzip, "gzip"));
  CHECK(heard.contains("content-encoding: gzip"));
  CHECK(heard.ends_with(good_in_gzip));
}

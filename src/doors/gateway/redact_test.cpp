// The redact stage: what of an answer is not for who asks leaves neither whole nor in pieces, whatever the head says.
#include <utility>

#include "doors/gateway/answer_edits.hpp"
#include "doors/gateway/trial_talk.hpp"
#include "doors/gateway/trial_validator.hpp"

using namespace gatehouse;
using namespace gatehouse::gateway;

namespace {
/// Says that `ssn` is for holders of a scope, in answers of JSON; of others it can be taken out of none but pictures.
class TrialMarks final : public RequestValidator {
 public:
  TrialMarks() {
    rules_.guards = {{"ssn:read"}};
    rules_.places.resize(3);
    rules_.places[1].members = {{"ssn", 2}};
    rules_.places[2].marks = {{redaction::Action::remove, 1}};
  }
  [[nodiscard]] bool reads_body(const http::Request&) const noexcept override { return false; }
  [[nodiscard]] Findings check_request(const http::Request&, std::optional<std::string_view>, Arena&) const override { return {}; }
  [[nodiscard]] bool marks() const noexcept override { return true; }
  [[nodiscard]] std::vector<Marked> marked(http::Status, const http::Headers& headers) const override {
    const auto type = headers.get(http::HeaderId::content_type).value_or("");
    if (type == "image/png") return {};
    return {{&rules_, 1, redaction::FieldEditor::Values::one, type == "application/json"}};
  }

 private:
  redaction::FieldRules rules_;
};

struct RedactingGate {
  explicit RedactingGate(RedactOptions options, bool marks = false) : gate(with(std::move(options), marks)), client(gate.connect()) {}
  static TrialGate::Setup with(RedactOptions options, bool marks) {
    auto setup = open_gate();
    setup.routes[0].redact = std::move(options);
    setup.routes[0].validate = Validate::off;
    if (marks) setup.routes[0].validator = std::make_shared<const TrialMarks>();
    return setup;
  }
  /// What the client hears when the upstream says that, in those pieces.
  std::string hears(std::vector<std::string> pieces, std::string_view method = "GET") {
    CHECK(exchange(gate, client, std::string(method) + " /x HTTP/1.1\r\nhost: a\r\naccept-encoding: gzip\r\nrange: bytes=0-1\r\n\r\n").empty());
    told = told_server(gate, gate.servers.empty() ? 0 : gate.servers.size() - 1);
    for (const auto& piece : pieces) {
      gate.servers.back()->send(piece);
      gate.turn(20);
      gate.settle();
    }
    return heard(gate, client);
  }
  audit::Decision decision_on(std::string_view answered) { return gateway::decision_on(gate, answered); }
  TrialGate gate;
  TrialSocket client;
  std::string told;
};

std::string answer_of(std::string_view body, std::string_view type = "application/json", std::string_view more = "") {
  return "HTTP/1.1 200 OK\r\ncontent-type: " + std::string(type) + "\r\n" + std::string(more) + "content-length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}
RedactOptions naming(std::string path, redaction::Action action = redaction::Action::remove) {
  RedactOptions out;
  out.fields.emplace(std::move(path), action);
  return out;
}
}  // namespace

TEST_CASE("redact: a member that the configuration names leaves neither held nor in pieces, and it is told") {
  RedactingGate trial(naming("ssn"));
  const auto held = trial.hears({answer_of(R"({"ssn":"1","a":2})")});
  CHECK(held.ends_with("\r\n\r\n{\"a\":2}"));
  CHECK(field_of(held, "content-length") == "7");
  CHECK(trial.told.contains("accept-encoding: identity"));
  CHECK_FALSE(trial.told.contains("range"));
  CHECK(trial.decision_on(held).rule == "routes.all.redact");
  CHECK(trial.decision_on(held).facts == "members taken out: 1, masked: 0, the first: /ssn");
  const auto pieces = trial.hears({"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n7\r\n{\"a\":2,\r\n",
                                   "6\r\n\"ssn\":\r\n", "4\r\n\"1\"}\r\n0\r\n\r\n"});
  CHECK(pieces.contains("transfer-encoding: chunked"));
  CHECK(pieces.contains("{\"a\":2"));
  CHECK_FALSE(pieces.contains("ssn"));
  CHECK(trial.gate.ended(audit::Counter::changed_answers) == 2);
}

TEST_CASE("redact: what the contract marks is withheld from who lacks the scope although answers are not compared with it") {
  RedactingGate trial({}, true);
  CHECK(trial.hears({answer_of(R"({"ssn":"1","a":2})")}).ends_with("{\"a\":2}"));
  CHECK(trial.hears({answer_of("png", "image/png")}).ends_with("png"));
  const auto refused = trial.hears({answer_of("<p>1</p>", "text/html")});
  CHECK(refused.starts_with("HTTP/1.1 502 "));
  CHECK_FALSE(refused.contains("<p>"));
  CHECK(trial.decision_on(refused).stage == "redact");
  CHECK(trial.decision_on(refused).facts == "the contract withholds values, and they cannot be taken out of such an answer");
}

TEST_CASE("redact: what cannot be read is refused, and of what turns out to be no JSON nothing more leaves") {
  RedactingGate trial(naming("ssn"));
  for (const auto& answer :
       {answer_of("x", "application/json", "content-encoding: br\r\n"), answer_of("x", "application/json; charset=UTF-16"),
        answer_of("{\"a\":1,ssn:2}"),
        std::string("HTTP/1.1 206 Partial\r\ncontent-type: application/json\r\ncontent-range: bytes 0-1/9\r\ncontent-length: 2\r\n\r\n{\"")})
    CHECK(trial.hears({answer}).starts_with("HTTP/1.1 502 "));
  CHECK(trial.hears({answer_of("{\"ssn\":1}", "application/json", "content-encoding: identity\r\n")}).ends_with("\r\n\r\n{}"));
  const auto broken = trial.hears(
      {"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n7\r\n{\"a\":1,\r\n", "5\r\nssn:1\r\n0\r\n\r\n"});
  CHECK(broken.starts_with("HTTP/1.1 200 "));
  CHECK_FALSE(broken.contains("ssn"));
  CHECK_FALSE(broken.ends_with("0\r\n\r\n"));
}

TEST_CASE("redact: a text is edited if it is JSON, and bytes of other kinds are not looked at") {
  RedactingGate trial(naming("ssn", redaction::Action::mask));
  CHECK(trial.hears({answer_of(" {\"ssn\":1}", "text/html")}).ends_with(" {\"ssn\":0}"));
  CHECK(trial.hears({answer_of("my ssn: {\"ssn\":1}", "text/plain")}).ends_with("my ssn: {\"ssn\":1}"));
  CHECK(trial.hears({answer_of("{\"ssn\":1}", "image/png")}).ends_with("{\"ssn\":1}"));
  CHECK(trial.hears({"HTTP/1.1 204 No\r\n\r\n"}).starts_with("HTTP/1.1 204 "));
  CHECK(trial.gate.ended(audit::Counter::changed_answers) == 1);
}

TEST_CASE("redact: an answer to HEAD says nothing of a length that the body would not have") {
  RedactingGate fields(naming("ssn"));
  CHECK(field_of(fields.hears({"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n"}, "HEAD"), "content-length").empty());
  RedactOptions cards;
  cards.numbers = {redaction::NumberKind::card};
  RedactingGate numbers(cards);
  CHECK(field_of(numbers.hears({"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n"}, "HEAD"), "content-length") == "9");
}

TEST_CASE("redact: numbers are masked while they stream, and the length stays") {
  RedactOptions options;
  options.numbers = {redaction::NumberKind::card, redaction::NumberKind::iban};
  RedactingGate trial(options);
  const auto answer = answer_of(R"({"card":"4111 1111 1111 1111","n":4111111111111111,"iban":"DE89370400440532013000"})");
  const auto cut = answer.size() - 60;
  const auto got = trial.hears({answer.substr(0, cut), answer.substr(cut)});
  CHECK(got.ends_with(R"({"card":"**** **** **** 1111","n":1000000000000000,"iban":"DE****************3000"})"));
  CHECK(field_of(got, "content-length") == field_of(answer, "content-length"));
  CHECK(trial.decision_on(got).facts == "numbers of cards masked: 2, of accounts: 1");
  CHECK(trial.hears({answer_of("<b>4111111111111111</b>", "text/html")}).ends_with("<b>************1111</b>"));
  CHECK(trial.hears({answer_of("{\"a\":4111111111111111}", "text/html")}).ends_with("{\"a\":1000000000000000}"));
  CHECK(trial.hears({answer_of("4111111111111111", "application/pdf")}).ends_with("4111111111111111"));
}

TEST_CASE("redact: a leak is refused, masked or told, by its name and never its text") {
  const std::string trace = "\tat org.clinic.Patients.find(Patients.java:17)\n";
  const auto gate_with = [](redaction::LeakAction action) {
    RedactOptions options;
    options.leaks.stack_traces = action;
    return options;
  };
  RedactingGate refusing(gate_with(redaction::LeakAction::refuse));
  const auto refused = refusing.hears({answer_of(trace, "text/plain")});
  CHECK(refused.starts_with("HTTP/1.1 502 "));
  CHECK_FALSE(refused.contains("clinic"));
  CHECK(refusing.decision_on(refused).facts == "it shows what no answer should: stack trace of Java");
  CHECK(refusing
            .hears({"HTTP/1.1 500 Oops\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n2\r\nx\n\r\n",
                    "2f\r\n" + trace + "\r\n0\r\n\r\n"})
            .starts_with("HTTP/1.1 502 "));
  CHECK(refusing.gate.ended(audit::Counter::leaks) == 2);
  CHECK(refusing.hears({answer_of("about java.lang.NullPointerException\n", "text/plain")}).starts_with("HTTP/1.1 200 "));
  RedactingGate masking(gate_with(redaction::LeakAction::mask));
  const auto masked = masking.hears({answer_of(trace, "text/plain")});
  CHECK(masked.ends_with("\tat ***.******.********.****(********.****:**)\n"));
  CHECK(masking.decision_on(masked).facts == "what no answer should show: 1, the first: stack trace of Java");
  CHECK(masking.gate.ended(audit::Counter::changed_answers) == 1);
  RedactingGate telling(gate_with(redaction::LeakAction::log));
  CHECK(telling.hears({answer_of(trace, "text/plain")}).ends_with(trace));
  CHECK(telling.gate.ended(audit::Counter::leaks) == 1);
  CHECK(telling.gate.ended(audit::Counter::changed_answers) == 0);
}

TEST_CASE("redact: a leak in what streams already breaks the answer off before it") {
  RedactOptions options;
  options.leaks.stack_traces = redaction::LeakAction::refuse;
  RedactingGate trial(options);
  const auto got = trial.hears({"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n",
                                "21\r\ndata: goroutine 17 [running]: x\n\n\r\n0\r\n\r\n"});
  CHECK(got.contains("data: 1\n\n"));
  CHECK_FALSE(got.contains("goroutine"));
  CHECK_FALSE(got.ends_with("0\r\n\r\n"));
}

TEST_CASE("redact: what a body is by its media type") {
  for (const std::string_view type : {"application/json", "Application/Problem+JSON; charset=utf-8", "text/json"})
    CHECK(form_of(type) == BodyForm::value);
  for (const std::string_view type : {"application/x-ndjson", "application/json-seq", "application/geo+json-seq"})
    CHECK(form_of(type) == BodyForm::sequence);
  for (const std::string_view type : {"text/html", "application/xml", "image/svg+xml", "", "application/x-www-form-urlencoded"})
    CHECK(form_of(type) == BodyForm::text);
  for (const std::string_view type : {"image/png", "application/octet-stream", "application/zip", "multipart/mixed", "json"})
    CHECK(form_of(type) == BodyForm::bytes);
  CHECK(form_of(std::nullopt) == BodyForm::text);
}

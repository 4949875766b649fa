#include "doors/gateway/stages/validate.hpp"

#include <algorithm>

#include "doors/gateway/facts.hpp"
#include "doors/gateway/worker.hpp"

namespace gatehouse::gateway {

namespace {
using Findings = Validator::Findings;

constexpr std::size_t told_max = 4;  // violations of an answer, whose author reads the log and nothing else

/// The first violation stands for all: where it is, and where the contract says so. What was sent is nobody's business.
http::Words what_was_seen(const Findings& findings, Arena& memory) {
  const auto& first = findings.violations.front();
  const bool one = findings.violations.size() == 1 && !findings.more;
  return facts(memory, {one             ? ""
                        : findings.more ? "more than "
                                        : "",
                        one ? std::string_view("a violation") : Digits(findings.violations.size()), one ? ": " : " violations, the first: ",
                        http::to_text(first.in), first.at.empty() ? "" : " ", first.at, " by ", first.contract});
}

/// What is wrong with the answer, and where the contract says so; nothing of what the upstream has sent but its status.
http::Words what_was_answered(const Findings& findings, Arena& memory) {
  std::string_view out;
  for (std::size_t i = 0; i < std::min(findings.violations.size(), told_max); ++i) {
    const auto& each = findings.violations[i];
    out = memory.concat(
        {out, i == 0 ? "" : "; ", http::to_text(each.in), each.at.empty() ? "" : " ", each.at, " ", each.detail, " (", each.contract, ")"});
  }
  if (findings.more || findings.violations.size() > told_max) out = memory.concat({out, "; and more"});
  return http::Words::lasting(out);
}

Verdict judged(Exchange& exchange, Findings findings, std::string_view stage) {
  if (findings.empty()) return Verdict::pass();
  http::Problem problem{.kind = findings.kind,
                        .told = findings.more ? http::Words("The first violations are listed.") : http::Words(),
                        .rule = exchange.rule_of_route("validate"),
                        .facts = what_was_seen(findings, exchange.memory()),
                        .headers = {},
                        .violations = std::move(findings.violations)};
  if (!findings.codings.empty()) problem.headers = {http::HeaderId::accept_encoding, http::Words::lasting(findings.codings)};
  if (exchange.route().options.validate == Validate::enforce) return Verdict::refuse(std::move(problem));
  exchange.would_refuse(problem, stage);
  return Verdict::pass();
}

/// What came of judging an answer.
struct Judgement {
  Findings findings;
  std::optional<Validator::Stripped> stripped;
};

Judgement judge(const Validator& validator, Validator::SeenAnswer answer, bool strip, Arena& memory,
                Findings (Validator::*check)(const Validator::SeenAnswer&, Arena&) const) {
  Judgement out;
  if (strip && answer.body) out.stripped = validator.stripped(answer);
  if (out.stripped) answer.body = out.stripped->body;
  out.findings = (validator.*check)(answer, memory);
  return out;
}

Verdict refused_answer(Exchange& exchange, http::Words facts, std::vector<http::Violation> violations, std::string_view stage) {
  http::Problem problem{.kind = http::ProblemKind::answer_invalid,
                        .told = {},
                        .rule = exchange.rule_of_route("validate.answers"),
                        .facts = std::move(facts),
                        .headers = {}};
  if (exchange.route().options.validate_answers != ValidateAnswers::log) return Verdict::refuse(std::move(problem));
  problem.violations = std::move(violations);  // for the sum of them alone: no caller hears what is wrong with an answer
  exchange.would_refuse(problem, stage);
  return Verdict::pass();
}

Verdict judged_answer(Exchange& exchange, Judgement judgement, std::string_view stage) {
  if (!judgement.findings.empty()) {
    auto facts = what_was_answered(judgement.findings, exchange.memory());
    return refused_answer(exchange, std::move(facts), std::move(judgement.findings.violations), stage);
  }
  if (judgement.stripped) {
    auto& memory = exchange.memory();
    exchange.has_found(exchange.rule_of_route("validate.answers"),
                       facts(memory, {"members taken out: ", Digits(judgement.stripped->members), ", the first: ", judgement.stripped->first}), stage,
                       {});
    exchange.replace_answer_body(std::move(judgement.stripped->body));
  }
  return Verdict::pass();
}
}  // namespace

namespace {
/// To the contract ';' is data (WHATWG URL section 5.1); Rack 2 and Python before 3.9.2 begin another parameter there, which the contract has not judged.
http::Problem split_query() {
  auto problem = http::refusal(http::ProblemKind::bad_query, "http.query.semicolon", "A ';' within a parameter must be percent-encoded (%3B) here.");
  problem.facts = "a ';' in the query, at which some servers begin another parameter";
  return problem;
}
}  // namespace

bool ValidateStage::reads_answers(const RouteOptions& route) const noexcept { return route.validate_answers != ValidateAnswers::off; }

Verdict ValidateStage::request(Exchange& exchange) const {
  const auto& route = exchange.route();
  if (route.options.validate == Validate::off) return Verdict::pass();
  if (exchange.request().query.text().contains(';')) {
    if (route.options.validate == Validate::enforce) return Verdict::refuse(split_query());
    exchange.would_refuse(split_query(), name());
    return Verdict::pass();
  }
  const auto& validator = *route.options.validator;
  const bool reads_body = validator.reads_body(exchange.request());
  if (reads_body && !exchange.body()) return Verdict::body();
  const auto body = reads_body ? exchange.body() : std::nullopt;
  // What is coded may be a hundred times as much.
  const bool coded = exchange.request().headers.has(http::HeaderId::content_encoding);
  if (!body || (body->size() <= judged_at_once_max && !coded)) {
    auto findings = validator.try_request(exchange.request(), body, exchange.memory());
    if (!findings.undecided) return judged(exchange, std::move(findings), name());
  }
  return Verdict::wait_reading([this, validator = route.options.validator, request = &exchange.request(), body]() -> Resume {
    Arena memory;
    auto findings = validator->check_request(*request, body, memory);
    return [this, findings = std::move(findings)](Exchange* back) mutable { return judged(*back, std::move(findings), name()); };
  });
}

// On the pool, where it may take its time.
Verdict ValidateStage::judged_elsewhere(const RouteOptions& options, const Validator::SeenAnswer& seen) const {
  const bool strip = options.validate_answers == ValidateAnswers::strip;
  return Verdict::wait_reading([this, validator = options.validator, seen, strip]() -> Resume {
    Arena memory;
    return [this, judgement = judge(*validator, seen, strip, memory, &Validator::check_answer)](Exchange* back) mutable {
      return judged_answer(*back, std::move(judgement), name());
    };
  });
}

Verdict ValidateStage::response(Exchange& exchange) const {
  const auto& options = exchange.route().options;
  if (options.validate_answers == ValidateAnswers::off) return Verdict::pass();
  const auto& validator = *options.validator;
  const auto& head = exchange.answer();
  Validator::SeenAnswer seen{
      .request = exchange.request(), .status = head.status, .headers = head.headers, .has_body = exchange.answer_has_body(), .body = {}};
  const bool strip = options.validate_answers == ValidateAnswers::strip;
  const bool reads = seen.has_body && validator.reads_answer(seen);
  if (reads && !exchange.answer_too_large()) {
    seen.body = exchange.answer_body();
    if (!seen.body) return Verdict::body(options.answer_bytes_max);
    if (seen.body->size() > judged_at_once_max) return judged_elsewhere(options, seen);
  }
  auto judgement = judge(validator, seen, strip, exchange.memory(), &Validator::try_answer);
  if (judgement.findings.undecided) return judged_elsewhere(options, seen);
  if (!reads || !judgement.findings.empty() || !exchange.answer_too_large()) return judged_answer(exchange, std::move(judgement), name());
  if (options.large_answers == LargeAnswers::pass) return Verdict::pass();
  auto large = facts(exchange.memory(), {"the body has more bytes than answer_max, ", Digits(options.answer_bytes_max)});
  return refused_answer(exchange, std::move(large), {{http::Violation::In::body, {}, "must have at most answer_max bytes", "answer_max"}}, name());
}

}  // namespace gatehouse::gateway

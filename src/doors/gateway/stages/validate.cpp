#include "doors/gateway/stages/validate.hpp"

#include "doors/gateway/facts.hpp"
#include "doors/gateway/worker.hpp"

namespace gatehouse::gateway {

namespace {
/// The first violation stands for all: where it is, and where the contract says so. What was sent is nobody's business.
http::Words what_was_seen(const Validator::Findings& findings, Arena& memory) {
  const auto& first = findings.violations.front();
  const bool one = findings.violations.size() == 1 && !findings.more;
  return facts(memory, {one             ? ""
                        : findings.more ? "more than "
                                        : "",
                        one ? std::string_view("a violation") : Digits(findings.violations.size()), one ? ": " : " violations, the first: ",
                        http::to_text(first.in), first.at.empty() ? "" : " ", first.at, " by ", first.contract});
}
}  // namespace

Verdict ValidateStage::request(Exchange& exchange) const {
  const auto& route = exchange.route();
  const auto& validator = *route.options.validator;
  const bool reads_body = validator.reads_body(exchange.request());
  if (reads_body && !exchange.body()) return Verdict::body();
  auto findings = validator.check_request(exchange.request(), reads_body ? exchange.body() : std::nullopt, exchange.memory());
  if (findings.empty()) return Verdict::pass();
  http::Problem problem{.kind = findings.kind,
                        .told = findings.more ? http::Words("The first violations are listed.") : http::Words(),
                        .rule = exchange.rule_of_route("validate"),
                        .facts = what_was_seen(findings, exchange.memory()),
                        .headers = {},
                        .violations = std::move(findings.violations)};
  if (route.options.validate == Validate::enforce) return Verdict::refuse(std::move(problem));
  exchange.would_refuse(problem, name());
  return Verdict::pass();
}

}  // namespace gatehouse::gateway

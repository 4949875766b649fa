#include "doors/gateway/stages/redact.hpp"

#include <algorithm>
#include <expected>
#include <memory>

#include "doors/gateway/answer_edits.hpp"
#include "doors/gateway/facts.hpp"
#include "doors/gateway/worker.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::gateway {

namespace redact {
namespace {
using redaction::Caller, redaction::FieldEditor;

/// What is told of the edits so far.
http::Words told(const AnswerEdits& edits, Arena& memory) {
  std::string_view out;
  if (edits.removed() + edits.masked() > 0)
    out =
        memory.concat({"members taken out: ", Digits(edits.removed()), ", masked: ", Digits(edits.masked()), ", the first: ", edits.first_member()});
  if (edits.cards() + edits.ibans() > 0)
    out = memory.concat({out, out.empty() ? "" : "; ", "numbers of cards masked: ", Digits(edits.cards()), ", of accounts: ", Digits(edits.ibans())});
  if (edits.leaks() > 0)
    out = memory.concat({out, out.empty() ? "" : "; ", "what no answer should show: ", Digits(edits.leaks()), ", the first: ", edits.first_leak()});
  return http::Words::lasting(out);
}

bool has_found(const AnswerEdits& edits) noexcept { return edits.changed() || edits.leaks() > 0; }

void tell(Exchange& exchange, const AnswerEdits& edits, std::string_view stage) {
  exchange.has_found(exchange.rule_of_route("redact"), told(edits, exchange.memory()), stage,
                     {.changed = edits.changed(), .leaks = edits.leaks() > 0});
}

Verdict refused(Exchange& exchange, std::string_view why) {
  return Verdict::refuse({.kind = http::ProblemKind::answer_invalid,
                          .told = {},
                          .rule = exchange.rule_of_route("redact"),
                          .facts = facts(exchange.memory(), {why}),
                          .headers = {}});
}

class Filter final : public AnswerFilter {
 public:
  Filter(Exchange& exchange, AnswerEdits edits, std::string_view stage)
      : exchange_(exchange), edits_(std::move(edits)), stage_(stage), rule_(exchange.rule_of_route("redact").view()) {}

  bool take(std::string_view piece, bool last, std::string& out) override {
    if (!edits_.take(piece, last, out)) {
      if (edits_.leaks() > 0 && !told_) exchange_.worker().count(audit::Counter::leaks);
      return false;
    }
    // Once when it is certain that there is something to be told, and once with all that there was.
    if (has_found(edits_) && (!told_ || last)) {
      tell(exchange_, edits_, stage_);
      told_ = true;
    }
    return true;
  }
  [[nodiscard]] std::string_view stage() const noexcept override { return stage_; }
  [[nodiscard]] std::string_view why() const noexcept override { return edits_.why(); }
  [[nodiscard]] std::string_view rule() const noexcept override { return rule_; }
  [[nodiscard]] bool keeps_length() const noexcept override { return edits_.keeps_length(); }

 private:
  Exchange& exchange_;  // which owns it
  AnswerEdits edits_;
  std::string_view stage_, rule_;
  bool told_ = false;
};

/// Of a body that is there: what is left of it. Nothing: it must not leave.
struct Outcome {
  AnswerEdits edits;
  std::optional<std::string> body;
};

Outcome edited(AnswerEdits edits, std::string_view body) {
  Outcome out{std::move(edits), std::string()};
  out.body->reserve(body.size());
  if (!out.edits.take(body, true, *out.body)) out.body.reset();
  return out;
}

Verdict finished(Exchange& exchange, Outcome outcome, std::string_view stage) {
  if (!outcome.body) {
    if (outcome.edits.leaks() > 0) exchange.worker().count(audit::Counter::leaks);
    return refused(exchange, outcome.edits.why());
  }
  if (has_found(outcome.edits)) tell(exchange, outcome.edits, stage);
  if (outcome.edits.changed()) exchange.replace_answer_body(std::move(*outcome.body));
  return Verdict::pass();
}

bool is_coded(const http::Headers& headers) noexcept {
  return std::ranges::any_of(headers.all(), [](const http::Field& field) {
    return field.id == http::HeaderId::content_encoding && !text::equal_ignoring_case(field.value, "identity");
  });
}

/// By its type; of one that says several nobody knows which of them a client goes by.
BodyForm form_of(const http::Headers& headers) {
  const bool twice = std::ranges::count(headers.all(), http::HeaderId::content_type, &http::Field::id) > 1;
  return twice ? BodyForm::text : gateway::form_of(headers.get(http::HeaderId::content_type));
}

/// Texts of which a byte is not a character cannot be read.
bool is_wide(const http::Headers& headers) {
  const auto type = headers.get(http::HeaderId::content_type);
  if (!type) return false;
  const auto lower = text::lower(*type);
  return lower.contains("utf-16") || lower.contains("utf-32") || lower.contains("ucs-");
}

/// All that is to be done to this answer for this caller; else why it must not leave.
std::expected<AnswerEdits, std::string_view> edits_of(const Exchange& exchange) {
  const auto& route = exchange.route();
  const auto& head = exchange.answer();
  const auto form = form_of(head.headers);
  AnswerEdits edits(form);
  if (const auto* const validator = route.options.validator.get(); validator != nullptr && validator->marks()) {
    for (const auto& marked : validator->marked(head.status, head.headers)) {
      const Caller caller(*marked.rules, [&](std::string_view scope) { return exchange.principal.has_scope(scope); });
      if (!redaction::withholds(*marked.rules, caller)) continue;
      if (!marked.readable) return std::unexpected("the contract withholds values, and they cannot be taken out of such an answer");
      edits.add(FieldEditor(*marked.rules, marked.root, caller, marked.values));
    }
  }
  if (form == BodyForm::bytes || route.options.redact.none()) return edits;
  if (is_coded(head.headers)) return std::unexpected("it is in a coding, and cannot be read");
  if (head.status == 206) return std::unexpected("it is a part, which cannot be read alone");
  if (is_wide(head.headers)) return std::unexpected("it is in a charset that cannot be read");
  redaction::NumberMasker::Kinds kinds;
  for (const auto kind : route.options.redact.numbers) (kind == redaction::NumberKind::card ? kinds.cards : kinds.ibans) = true;
  edits.mask(kinds);
  if (!route.options.redact.leaks.none()) edits.look_for(route.options.redact.leaks.actions());
  if (route.fields == nullptr) return edits;
  using Values = FieldEditor::Values;
  const auto values = form == BodyForm::sequence ? Values::several : Values::one;
  edits.add(FieldEditor(*route.fields, redaction::compiled_root, Caller(*route.fields), values), form == BodyForm::text);
  return edits;
}
/// Whether it is worth waiting for the body: what must not leave is then refused, and not broken off. A stream of values or events is for somebody who waits for each.
bool is_held(const Exchange& exchange, const AnswerEdits& edits) {
  const auto& head = exchange.answer();
  const bool refuses_leaks = exchange.route().options.redact.leaks.has(redaction::LeakAction::refuse);
  if (edits.keeps_length() && !refuses_leaks) return false;
  if (head.framing.kind == http::Framing::Kind::length) return head.framing.length <= RedactStage::held_max;
  const auto type = head.headers.get(http::HeaderId::content_type);
  return refuses_leaks && form_of(head.headers) != BodyForm::sequence && !(type && text::lower(*type).starts_with("text/event-stream"));
}
}  // namespace
}  // namespace redact

bool RedactStage::has_work(const RouteOptions& route) noexcept { return !route.redact.none() || (route.validator && route.validator->marks()); }

Verdict RedactStage::response(Exchange& exchange) const {
  if (!exchange.answer_has_body()) return Verdict::pass();
  auto edits = redact::edits_of(exchange);
  if (!edits) return redact::refused(exchange, edits.error());
  if (edits->none()) return Verdict::pass();
  if (const auto body = exchange.answer_body()) {
    if (body->size() <= edited_at_once_max) return redact::finished(exchange, redact::edited(std::move(*edits), *body), name());
    // The rules that the edits point to belong to the route's snapshot, which work on the pool keeps.
    return Verdict::wait_reading([this, fields = exchange.route().fields, validator = exchange.route().options.validator, edits = std::move(*edits),
                                  body]() mutable -> Resume {
      return [this, outcome = redact::edited(std::move(edits), *body)](Exchange* back) mutable {
        return redact::finished(*back, std::move(outcome), name());
      };
    });
  }
  if (!exchange.answer_too_large() && redact::is_held(exchange, *edits)) return Verdict::body(held_max);
  exchange.filter_answer(std::make_unique<redact::Filter>(exchange, std::move(*edits), name()));
  return Verdict::pass();
}

}  // namespace gatehouse::gateway

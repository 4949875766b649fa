#include "app/config/contract/operation_validator.hpp"

#include <algorithm>
#include <array>

#include "engines/contract/undeclared.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::config {

namespace {

using In = http::Violation::In;

http::Violation told(const contract::Violation& violation) {
  // "query.limit#/0" and "body#/name": where, and behind the mark the place within the value.
  const std::string_view where = violation.where;
  const auto mark = std::min(where.find('#'), where.size());
  const auto place = where.substr(0, mark);
  const auto pointer = where.substr(std::min(mark + 1, where.size()));
  constexpr std::array<std::pair<std::string_view, In>, 6> places{
      {{"path", In::path}, {"query", In::query}, {"header", In::header}, {"cookie", In::cookie}, {"body", In::body}, {"status", In::status}}};
  const auto dot = std::min(place.find('.'), place.size());
  const auto* const known = std::ranges::find(places, place.substr(0, dot), &std::pair<std::string_view, In>::first);
  http::Violation out{known == places.end() ? In::body : known->second, {}, violation.expected, violation.rule};
  out.at = place.substr(std::min(dot + 1, place.size()));
  if (!pointer.empty()) out.at += out.in == In::body || out.at.empty() ? std::string(pointer) : '#' + std::string(pointer);
  return out;
}

http::ProblemKind kind_of(const contract::Violations& violations) {
  const auto status = violations.status();
  if (status == 502) return http::ProblemKind::answer_invalid;
  if (status == 415) return http::ProblemKind::media_type_unsupported;
  if (status == 422) return http::ProblemKind::body_invalid;
  // What cannot be read is a parameter before it is the body: without the parameters it is not known what the body is for.
  const bool only_body = std::ranges::all_of(violations.all(), [](const auto& one) { return one.status != 400 || one.where.starts_with("body"); });
  return only_body ? http::ProblemKind::body_malformed : http::ProblemKind::parameter_invalid;
}

gateway::Validator::Findings findings_of(const contract::Violations& violations, bool undecided) {
  gateway::Validator::Findings findings{.kind = kind_of(violations), .violations = {}, .more = violations.cut()};
  for (const auto& violation : violations.all()) {
    if (violation.expected == contract::coding_expected) findings.codings = "gzip, deflate";
    else if (violation.expected == contract::no_coding_expected) findings.codings = "identity";
    findings.violations.push_back(told(violation));
  }
  findings.undecided = undecided;
  return findings;
}

/// What a loop thread has for one message: about a millisecond for the largest that it judges.
constexpr contract::StepBudget quick_steps{.least = 10'000, .a_byte = 2};

constexpr std::size_t answer_depth_max = contract::written_depth_max - 1;  // what passes can be written again

bool names(const contract::OperationRules& operation, http::Status status) noexcept {
  const auto* const rule = operation.response(status);
  return rule != nullptr && text::parse_number<unsigned>(rule->status) == status;
}

bool is_conditional(const http::Request& request) noexcept {
  return request.headers.has(http::HeaderId::if_none_match) || request.headers.has(http::HeaderId::if_modified_since);
}

std::optional<contract::In> place_of(In in) noexcept {
  switch (in) {
    case In::path: return contract::In::path;
    case In::query: return contract::In::query;
    case In::header: return contract::In::header;
    case In::cookie: return contract::In::cookie;
    case In::body:
    case In::status: break;
  }
  return std::nullopt;
}

/// A request keeps one of the operations, nobody knows which: harmless is what is so for all of them.
class HarmlessForAll final : public gateway::Validator::Harmless {
 public:
  HarmlessForAll(const std::vector<const contract::OperationRules*>& operations, const http::Headers& headers) : operations_(operations) {
    for (const auto* const operation : operations) bodies_.push_back(operation->harmless_body(headers));
  }
  [[nodiscard]] bool parameter(In in, std::string_view name) const noexcept override {
    const auto place = place_of(in);
    return place && std::ranges::all_of(operations_, [&](const auto* one) { return one->harmless_parameter(*place, name).proven(); });
  }
  [[nodiscard]] bool body(std::string_view pointer) const noexcept override {
    return std::ranges::all_of(bodies_, [&](const auto& one) { return one.why(pointer).proven(); });
  }

 private:
  const std::vector<const contract::OperationRules*>& operations_;
  std::vector<contract::HarmlessBody> bodies_;
};

}  // namespace

OperationValidator::OperationValidator(std::shared_ptr<const contract::Contract> contract, std::vector<const contract::OperationRules*> operations,
                                       std::size_t base_segments, const Limits& limits)
    : contract_(std::move(contract)), operations_(std::move(operations)), base_segments_(base_segments) {
  // The setting bounds the body; within it the text may be as large as it is.
  of_requests_.json.bytes = std::max<std::size_t>(of_requests_.json.bytes, limits.body_bytes_max);
  of_requests_.xml.bytes = std::max<std::size_t>(of_requests_.xml.bytes, limits.body_bytes_max);
  const auto bytes = static_cast<std::size_t>(limits.answer_bytes_max);
  of_answers_.json = {.bytes = bytes, .depth = answer_depth_max, .members = bytes, .string_bytes = bytes, .wide_integers = true};
  of_answers_.xml.bytes = of_answers_.xml.nodes = of_answers_.xml.text_bytes = bytes;
  quick_of_requests_ = of_requests_;
  quick_of_answers_ = of_answers_;
  quick_of_requests_.steps = quick_of_answers_.steps = quick_steps;
}

bool OperationValidator::reads_body(const http::Request& request) const noexcept { return request.framing.kind != http::Framing::Kind::none; }

gateway::Validator::Findings OperationValidator::check_request(const http::Request& request, std::optional<std::string_view> body,
                                                               Arena& memory) const {
  return judge_request(request, body, memory, of_requests_);
}

gateway::Validator::Findings OperationValidator::try_request(const http::Request& request, std::optional<std::string_view> body,
                                                             Arena& memory) const {
  return judge_request(request, body, memory, quick_of_requests_);
}

gateway::Validator::Findings OperationValidator::judge_request(const http::Request& request, std::optional<std::string_view> body, Arena& memory,
                                                               const contract::CheckOptions& options) const {
  const contract::Call call{.segments = request.path.segments().subspan(std::min(base_segments_, request.path.segments().size())),
                            .query = request.query.text(),
                            .headers = request.headers,
                            .cookies = request.cookies.text(),
                            .body = body};
  std::optional<contract::Violations> first;
  bool undecided = false;
  for (const auto* const operation : operations_) {
    auto violations = operation->check_request(call, memory, options);
    if (violations.none()) return {};
    undecided = undecided || violations.undecided();
    if (!first) first = std::move(violations);
  }
  return findings_of(*first, undecided);
}

std::unique_ptr<gateway::Validator::Harmless> OperationValidator::harmless(const http::Request& request) const {
  return std::make_unique<HarmlessForAll>(operations_, request.headers);
}

bool OperationValidator::describes(http::Status status) const noexcept {
  return std::ranges::any_of(operations_, [&](const auto* operation) { return names(*operation, status); });
}

bool OperationValidator::reads_answer(const SeenAnswer& answer) const {
  return std::ranges::any_of(operations_, [&](const auto* operation) { return operation->reads_response(answer.status, answer.headers); });
}

gateway::Validator::Findings OperationValidator::check_answer(const SeenAnswer& answer, Arena& memory) const {
  return judge_answer(answer, memory, of_answers_);
}

gateway::Validator::Findings OperationValidator::try_answer(const SeenAnswer& answer, Arena& memory) const {
  return judge_answer(answer, memory, quick_of_answers_);
}

gateway::Validator::Findings OperationValidator::judge_answer(const SeenAnswer& answer, Arena& memory, const contract::CheckOptions& options) const {
  // "What you have is what there is" is an answer of HTTP itself to who has asked for it so (RFC 9110 section 15.4.5).
  if (answer.status == 304 && is_conditional(answer.request) && !describes(304)) return {};
  const contract::Answer seen{.status = answer.status,
                              .headers = answer.headers,
                              .body = answer.body,
                              .typed = answer.has_body || answer.request.method == http::Method::head,
                              .unread = answer.has_body && !answer.body};
  std::optional<contract::Violations> first;
  bool undecided = false;
  for (const auto* const operation : operations_) {
    auto violations = operation->check_response(seen, memory, options);
    if (violations.none()) return {};
    undecided = undecided || violations.undecided();
    if (!first) first = std::move(violations);
  }
  return findings_of(*first, undecided);
}

// Where one route stands for several operations nobody can say whose answer it is.
std::optional<gateway::Validator::Stripped> OperationValidator::stripped(const SeenAnswer& answer) const {
  if (operations_.size() != 1) return std::nullopt;
  auto made = operations_.front()->stripped({.status = answer.status, .headers = answer.headers, .body = answer.body}, of_answers_);
  if (!made) return std::nullopt;
  return Stripped{.body = std::move(made->body), .members = made->members, .first = std::move(made->first)};
}

bool OperationValidator::marks() const noexcept {
  return std::ranges::any_of(operations_, [](const auto* operation) { return operation->marked_rules() != nullptr; });
}

// Where one route stands for several operations all of their marks hold.
std::vector<gateway::Validator::Marked> OperationValidator::marked(http::Status status, const http::Headers& headers) const {
  std::vector<Marked> out;
  for (const auto* const operation : operations_) {
    const auto found = operation->marked(status, headers);
    if (!found) continue;
    using Form = contract::MarkedAnswer::Form;
    using Values = redaction::FieldEditor::Values;
    out.push_back({.rules = operation->marked_rules(),
                   .root = found->root,
                   .values = found->form == Form::sequence ? Values::several : Values::one,
                   .readable = found->form != Form::unreadable});
  }
  return out;
}

}  // namespace gatehouse::config

#include "app/config/contract/operation_validator.hpp"

#include <algorithm>
#include <array>

namespace gatehouse::config {

namespace {

using In = http::Violation::In;

http::Violation told(const contract::Violation& violation) {
  // "query.limit#/0" and "body#/name": where, and behind the mark the place within the value.
  const std::string_view where = violation.where;
  const auto mark = std::min(where.find('#'), where.size());
  const auto place = where.substr(0, mark);
  const auto pointer = where.substr(std::min(mark + 1, where.size()));
  constexpr std::array<std::pair<std::string_view, In>, 5> places{
      {{"path", In::path}, {"query", In::query}, {"header", In::header}, {"cookie", In::cookie}, {"body", In::body}}};
  const auto dot = std::min(place.find('.'), place.size());
  const auto* const known = std::ranges::find(places, place.substr(0, dot), &std::pair<std::string_view, In>::first);
  http::Violation out{known == places.end() ? In::body : known->second, {}, violation.expected, violation.rule};
  out.at = place.substr(std::min(dot + 1, place.size()));
  if (!pointer.empty()) out.at += out.in == In::body || out.at.empty() ? std::string(pointer) : '#' + std::string(pointer);
  return out;
}

http::ProblemKind kind_of(const contract::Violations& violations) {
  const auto status = violations.status();
  if (status == 415) return http::ProblemKind::media_type_unsupported;
  if (status == 422) return http::ProblemKind::body_invalid;
  // What cannot be read is a parameter before it is the body: without the parameters it is not known what the body is for.
  const bool only_body = std::ranges::all_of(violations.all(), [](const auto& one) { return one.status != 400 || one.where.starts_with("body"); });
  return only_body ? http::ProblemKind::body_malformed : http::ProblemKind::parameter_invalid;
}

gateway::Validator::Findings findings_of(const contract::Violations& violations) {
  gateway::Validator::Findings findings{.kind = kind_of(violations), .violations = {}, .more = violations.cut()};
  for (const auto& violation : violations.all()) findings.violations.push_back(told(violation));
  return findings;
}

}  // namespace

bool OperationValidator::reads_body(const http::Request& request) const noexcept { return request.framing.kind != http::Framing::Kind::none; }

gateway::Validator::Findings OperationValidator::check_request(const http::Request& request, std::optional<std::string_view> body,
                                                               Arena& memory) const {
  const contract::Call call{.segments = request.path.segments().subspan(std::min(base_segments_, request.path.segments().size())),
                            .query = request.query.text(),
                            .headers = request.headers,
                            .cookies = request.cookies.text(),
                            .body = body};
  std::optional<contract::Violations> first;
  for (const auto* const operation : operations_) {
    auto violations = operation->check_request(call, memory);
    if (violations.none()) return {};
    if (!first) first = std::move(violations);
  }
  return findings_of(*first);
}

}  // namespace gatehouse::config

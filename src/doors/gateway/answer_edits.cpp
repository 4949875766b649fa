#include "doors/gateway/answer_edits.hpp"

#include <algorithm>
#include <array>

#include "ground/base/text.hpp"

namespace gatehouse::gateway {

namespace answer_edits {
namespace {
bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) noexcept {
  return std::ranges::any_of(names, [&](const auto one) { return text::equal_ignoring_case(one, name); });
}
bool ends_so(std::string_view name, std::string_view end) noexcept {
  return name.size() > end.size() && text::equal_ignoring_case(name.substr(name.size() - end.size()), end);
}
bool begins_so(std::string_view name, std::string_view start) noexcept {
  return name.size() >= start.size() && text::equal_ignoring_case(name.substr(0, start.size()), start);
}
}  // namespace
}  // namespace answer_edits

BodyForm form_of(std::optional<std::string_view> content_type) noexcept {
  using namespace answer_edits;
  if (!content_type) return BodyForm::text;
  const auto type = text::trim(content_type->substr(0, content_type->find(';')));
  if (is_one_of(type, {"application/json", "text/json"}) || ends_so(type, "+json")) return BodyForm::value;
  if (is_one_of(type, {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonl", "application/jsonlines",
                       "application/json-seq"}) ||
      ends_so(type, "+json-seq"))
    return BodyForm::sequence;
  if (begins_so(type, "text/") || ends_so(type, "+xml") ||
      is_one_of(type, {"", "application/xml", "application/javascript", "application/x-javascript", "application/x-www-form-urlencoded",
                       "application/yaml", "application/x-yaml", "application/sql", "application/graphql"}) ||
      ends_so(type, "+yaml"))
    return BodyForm::text;
  return BodyForm::bytes;
}

/// What a body is whose type does not say it is known by its first character.
void AnswerEdits::begin(char first) {
  begun_ = true;
  const bool json = form_ == BodyForm::value || form_ == BodyForm::sequence || first == '{' || first == '[';
  if (!json) {
    std::vector<Fields> kept;
    for (auto& fields : fields_)
      if (!fields.perhaps) kept.push_back(std::move(fields));
    fields_.swap(kept);
  }
  if (kinds_.cards || kinds_.ibans) numbers_.emplace(kinds_, json);
}

bool AnswerEdits::take(std::string_view piece, bool last, std::string& out) {
  if (!begun_) {
    const auto first = piece.find_first_not_of(" \t\r\n");
    if (first != piece.npos) begin(piece[first]);
    else if (!last) {  // spaces before the body: they are the same in all forms
      out += piece;
      return true;
    }
  }
  std::string now;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    std::string next;
    if (!fields_[i].editor.take(piece, last, is_last(i) ? out : next)) {
      why_ = "the body is no JSON that values could be taken out of";
      return false;
    }
    now = std::move(next);
    piece = now;
  }
  if (numbers_) {
    std::string next;
    numbers_->take(piece, last, leaks_ ? next : out);
    now = std::move(next);
    piece = now;
  }
  if (leaks_ && !leaks_->take(piece, last, out)) {
    why_ = "it shows what no answer should: " + std::string(leaks_->refused());
    return false;
  }
  if (fields_.empty() && !numbers_ && !leaks_) out += piece;
  return true;
}

std::size_t AnswerEdits::removed() const noexcept {
  std::size_t sum = 0;
  for (const auto& each : fields_) sum += each.editor.removed();
  return sum;
}
std::size_t AnswerEdits::masked() const noexcept {
  std::size_t sum = 0;
  for (const auto& each : fields_) sum += each.editor.masked();
  return sum;
}
std::string_view AnswerEdits::first_member() const noexcept {
  for (const auto& each : fields_)
    if (!each.editor.first().empty()) return each.editor.first();
  return {};
}

}  // namespace gatehouse::gateway

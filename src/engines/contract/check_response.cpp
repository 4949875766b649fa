// A response against one operation: that its status is described, its headers, its body.
#include <algorithm>

#include "engines/contract/marked_fields.hpp"
#include "engines/contract/message_check.hpp"
#include "engines/contract/sequence.hpp"
#include "engines/contract/undeclared.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::contract {

class ResponseCheck : private MessageCheck {
 public:
  ResponseCheck(const OperationRules& operation, const Shapes& shapes, const Answer& answer, Arena& memory, const CheckOptions& options)
      : MessageCheck(shapes, {.parameter = 502, .media_type = 502, .syntax = 502, .content = 502, .direction = schema::Direction::response}, memory,
                     options),
        operation_(operation),
        answer_(answer) {}

  Violations run() {
    const auto* const rule = operation_.response(answer_.status);
    if (rule == nullptr) {
      add(502, "status", std::to_string(answer_.status) + " is not described", operation_.place());
      return std::move(out_);
    }
    for (const auto& header : rule->headers) check_header(header, answer_.headers);
    // Without the field a client guesses, and guesses JSON: what is described to have a type has to say it.
    const bool typed = answer_.typed && (answer_.unread || answer_.headers.has(http::HeaderId::content_type)) && !rule->media.empty();
    if (answer_.body ? !answer_.body->empty() : typed) {
      if (rule->media.empty()) add(502, "body", "must not be there: none is described", rule->place);
      else if (says_two_types()) add(502, "header.content-type", "must be there once", rule->place);
      else check_body(rule->ranges, rule->media, rule->place, answer_.headers, answer_.body);
    }
    return std::move(out_);
  }

 private:
  [[nodiscard]] bool says_two_types() const { return std::ranges::count(answer_.headers.all(), http::HeaderId::content_type, &http::Field::id) > 1; }

  const OperationRules& operation_;
  const Answer& answer_;
};

Violations OperationRules::check_response(const Answer& answer, Arena& memory, const CheckOptions& options) const {
  return ResponseCheck(*this, *shapes_, answer, memory, options).run();
}

namespace response {
namespace {
/// By what the body is judged; nothing: its type is none of those that are described.
const MediaRule* media_of(const ResponseRule& rule, const MediaType& type) {
  const auto at = best_fit(rule.ranges, type);
  return at ? &rule.media[*at] : nullptr;
}

std::optional<MediaType> type_of(const http::Headers& headers) {
  return MediaType::parse(headers.get(http::HeaderId::content_type).value_or("application/octet-stream"));
}
}  // namespace
}  // namespace response

bool OperationRules::reads_response(http::Status status, const http::Headers& headers) const {
  const auto* const rule = response(status);
  if (rule == nullptr) return false;
  // There must be none; or there must be one that says its type, and this one has none if it is empty. A head does not always say whether a body follows.
  if (rule->media.empty() || !headers.has(http::HeaderId::content_type)) return true;
  const auto type = response::type_of(headers);
  const auto* const media = type ? response::media_of(*rule, *type) : nullptr;
  if (media == nullptr || type->is("text/event-stream")) return false;
  if (media->sequence) return true;
  if (type->is_json() || type->is("multipart/form-data") || type->is("application/x-www-form-urlencoded")) return true;
  if (!media->value.schema) return false;
  if (type->is_xml()) return true;
  return type->type == "text" || !(*shapes_)[media->value.shape].kinds.has(Kinds::string);
}

std::optional<MarkedAnswer> OperationRules::marked(http::Status status, const http::Headers& headers) const {
  if (marked_ == nullptr) return std::nullopt;
  const auto* const rule = response(status);
  const auto type = response::type_of(headers);
  const auto* const media = rule != nullptr && type ? response::media_of(*rule, *type) : nullptr;
  const auto root = media != nullptr ? media->marked : MarkedFields::undescribed;
  const auto count = [&](http::HeaderId id) { return std::ranges::count(headers.all(), id, &http::Field::id); };
  const bool coded = std::ranges::any_of(headers.all(), [](const http::Field& field) {
    return field.id == http::HeaderId::content_encoding && !text::equal_ignoring_case(field.value, "identity");
  });
  // Said twice, nobody knows which of them a client goes by.
  const bool typed_once = count(http::HeaderId::content_type) == 1;
  const bool readable = type && typed_once && type->is_plain_utf8() && !coded && status != 206;
  const auto sequence = type ? sequence_of(*type) : Sequence::none;
  if (readable && type->is_json()) return MarkedAnswer{MarkedAnswer::Form::value, root};
  if (readable && (sequence == Sequence::lines || sequence == Sequence::records)) return MarkedAnswer{MarkedAnswer::Form::sequence, root};
  // A picture, or a plain text, that is described as such shows nothing that is marked.
  if (media != nullptr && typed_once && !media->marked_described && !type->is_json()) return std::nullopt;
  return MarkedAnswer{MarkedAnswer::Form::unreadable, root};
}

std::optional<Stripped> OperationRules::stripped(const Answer& answer, const CheckOptions& options) const {
  const auto* const rule = response(answer.status);
  const auto type = response::type_of(answer.headers);
  if (rule == nullptr || !answer.body || !type || !type->is_json()) return std::nullopt;
  const auto* const media = response::media_of(*rule, *type);
  if (media == nullptr || !media->value.schema) return std::nullopt;
  const auto document = json::parse(*answer.body, options.json);
  if (!document) return std::nullopt;
  return strip(document->root(), media->value.shape, *shapes_);
}

}  // namespace gatehouse::contract

// A response against one operation: that its status is described, its headers, its body.
#include "engines/contract/message_check.hpp"

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
    if (answer_.body && !answer_.body->empty()) {
      if (rule->media.empty()) add(502, "body", "must not be there: none is described", rule->place);
      else check_body(rule->ranges, rule->media, rule->place, answer_.headers, *answer_.body);
    }
    return std::move(out_);
  }

 private:
  const OperationRules& operation_;
  const Answer& answer_;
};

Violations OperationRules::check_response(const Answer& answer, Arena& memory, const CheckOptions& options) const {
  return ResponseCheck(*this, *shapes_, answer, memory, options).run();
}

}  // namespace gatehouse::contract

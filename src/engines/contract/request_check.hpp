// One request against one operation: every parameter is looked for in its place, decoded once and judged; then the body.
#pragma once
#include "engines/contract/message_check.hpp"

namespace gatehouse::contract {

class RequestCheck : private MessageCheck {
 public:
  RequestCheck(const OperationRules& operation, const Call& call, Arena& memory, const CheckOptions& options)
      : MessageCheck(*operation.shapes_,
                     {.parameter = 400, .media_type = 415, .syntax = 400, .content = 422, .direction = schema::Direction::request}, memory, options),
        operation_(operation),
        call_(call) {}

  [[nodiscard]] Violations run();

 private:
  void check_path();
  void check_query();
  void check_headers();
  void check_cookies();
  void check_request_body();
  void check_unknown_query(Pairs& query);
  void check_pairs(const ParameterRule& rule, Pairs& pairs, Escapes escapes);
  [[nodiscard]] bool check_deep(const ParameterRule& rule, Pairs& pairs);
  void check_exploded(const ParameterRule& rule, Pairs& pairs, Escapes escapes);
  void check_whole_query(const ParameterRule& rule, Pairs& query);

  const OperationRules& operation_;
  const Call& call_;
};

}  // namespace gatehouse::contract

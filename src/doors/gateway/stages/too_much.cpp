#include "doors/gateway/stages/too_much.hpp"

#include <algorithm>

#include "services/limits/rate_limit_headers.hpp"

namespace gatehouse::gateway {

Verdict too_much(Exchange& exchange, http::ProblemKind kind, http::Words told, std::initializer_list<std::string_view> setting,
                 Duration retry_after) {
  // Who comes back after that time passes: also the limits that had just this one request left.
  for (const auto& reading : exchange.readings.all()) retry_after = std::max(retry_after, limits::until_next(reading));
  char digits[limits::retry_after_bytes_max];
  auto& memory = exchange.memory();
  return Verdict::refuse({.kind = kind,
                          .told = std::move(told),
                          .rule = http::Words::lasting(memory.concat(setting)),
                          .facts = {},
                          .headers = {http::HeaderId::retry_after, http::Words::lasting(memory.copy(limits::retry_after(retry_after, digits)))}});
}

Verdict too_fast(Exchange& exchange, const limits::Rule& rule, Duration retry_after) {
  return too_much(exchange, http::ProblemKind::rate_limited, {}, {rule.setting}, retry_after);
}

Verdict too_many(Exchange& exchange, std::initializer_list<std::string_view> setting) {
  return too_much(exchange, http::ProblemKind::too_many_requests_at_once, {}, setting, 1s);
}

}  // namespace gatehouse::gateway

#include "doors/gateway/stages/too_much.hpp"

#include <algorithm>

#include "doors/gateway/facts.hpp"
#include "doors/gateway/worker.hpp"
#include "services/limits/rate_limit_headers.hpp"

namespace gatehouse::gateway {

Verdict too_much(Exchange& exchange, http::ProblemKind kind, http::Words told, std::initializer_list<std::string_view> setting, http::Words facts,
                 Duration retry_after) {
  // Who comes back after that time passes: also the limits that had just this one request left.
  for (const auto& reading : exchange.readings.all()) retry_after = std::max(retry_after, limits::until_next(reading));
  char digits[limits::retry_after_bytes_max];
  auto& memory = exchange.memory();
  return Verdict::refuse({.kind = kind,
                          .told = std::move(told),
                          .rule = http::Words::lasting(memory.concat(setting)),
                          .facts = std::move(facts),
                          .headers = {http::HeaderId::retry_after, http::Words::lasting(memory.copy(limits::retry_after(retry_after, digits)))}});
}

Verdict too_fast(Exchange& exchange, const limits::Rule& rule, Duration retry_after) {
  return too_much(exchange, http::ProblemKind::rate_limited, {}, {rule.setting}, facts_of_rate(rule, exchange.memory()), retry_after);
}

Verdict too_many(Exchange& exchange, std::uint32_t limit, std::initializer_list<std::string_view> setting) {
  return too_much(exchange, http::ProblemKind::too_many_requests_at_once, {}, setting,
                  facts(exchange.memory(), {"limit ", Digits(limit), " at the same time, all of them under way"}), 1s);
}

}  // namespace gatehouse::gateway

// What meter and ration refuse with: 429, the setting that was reached, and when to come back.
#pragma once
#include <initializer_list>
#include <string_view>

#include "doors/gateway/exchange.hpp"

namespace gatehouse::gateway {

/// `setting`: the path of the setting, put together from its parts. All of it lives in the exchange's memory.
[[nodiscard]] Verdict too_much(Exchange& exchange, http::ProblemKind kind, http::Words told, std::initializer_list<std::string_view> setting,
                               http::Words facts, Duration retry_after);
/// The same by a rate, which knows its setting.
[[nodiscard]] Verdict too_fast(Exchange& exchange, const limits::Rule& rule, Duration retry_after);
/// The same by a number of requests at the same time, of which all are under way.
[[nodiscard]] Verdict too_many(Exchange& exchange, std::uint32_t limit, std::initializer_list<std::string_view> setting);

}  // namespace gatehouse::gateway

// Making a refusal, out of the way of the ordinary case.
#pragma once
#include <string_view>

#include "engines/net/http1/head.hpp"

namespace gatehouse::net::http1 {

[[gnu::cold, gnu::noinline]] inline http::Problem refusal(http::ProblemKind kind, std::string_view rule, std::string_view told) {
  return {.kind = kind, .told = std::string(told), .rule = std::string(rule), .facts = {}, .headers = {}};
}

/// An upstream's fault is told to nobody but the log.
[[gnu::cold, gnu::noinline]] inline http::Problem refusal(Sender sender, http::ProblemKind kind, std::string_view rule, std::string_view told) {
  if (sender == Sender::client) return refusal(kind, rule, told);
  return {.kind = http::ProblemKind::upstream_malformed, .told = {}, .rule = std::string(rule), .facts = std::string(told), .headers = {}};
}

}  // namespace gatehouse::net::http1

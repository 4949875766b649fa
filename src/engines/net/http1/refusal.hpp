// Making a refusal, out of the way of the ordinary case.
#pragma once
#include <string>
#include <string_view>

#include "engines/net/http1/head.hpp"

namespace gatehouse::net::http1 {

using http::refusal;

/// An upstream's fault is told to nobody but the log.
[[gnu::cold, gnu::noinline]] inline http::Problem refusal(Sender sender, http::ProblemKind kind, std::string_view rule, std::string_view told) {
  if (sender == Sender::client) return refusal(kind, std::string(rule), std::string(told));
  auto problem = refusal(http::ProblemKind::upstream_malformed, std::string(rule));
  problem.facts = std::string(told);
  return problem;
}

}  // namespace gatehouse::net::http1

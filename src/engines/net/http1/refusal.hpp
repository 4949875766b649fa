// Making a refusal, out of the way of the ordinary case.
#pragma once
#include <string>
#include <string_view>

#include "engines/net/http1/head.hpp"
#include "ground/http/characters.hpp"

namespace gatehouse::net::http1 {

using http::refusal;

/// An upstream's fault is told to nobody but the log, which names the rule of HTTP that was broken: the rule that decided is the upstream's setting.
[[gnu::cold, gnu::noinline]] inline http::Problem refusal(Sender sender, http::ProblemKind kind, std::string_view rule, std::string_view told) {
  if (sender == Sender::client) return refusal(kind, std::string(rule), std::string(told));
  auto problem = refusal(http::ProblemKind::upstream_malformed, std::string(rule));
  problem.facts = std::string(rule) + (told.empty() ? "" : ": ") + std::string(told);
  return problem;
}

/// A refusal that says what it saw, where there is nothing more to tell than its kind does.
[[gnu::cold, gnu::noinline]] inline http::Problem refusal_of(http::ProblemKind kind, http::Words rule, const std::string& facts) {
  auto problem = refusal(kind, std::move(rule));
  problem.facts = facts;
  return problem;
}

[[gnu::cold]] inline http::Problem target_too_long(const HeadLimits& limits) {
  return refusal_of(http::ProblemKind::uri_too_long, "http.request-line.target",
                    "the target has more than " + std::to_string(limits.target_bytes_max) + " bytes");
}

/// A word of the request that is a name and short, hence no secret, else how long it is.
[[gnu::cold]] inline std::string shown(std::string_view word) {
  constexpr std::size_t shown_max = 32;
  if (word.size() <= shown_max && http::is_token(word)) return "'" + std::string(word) + "'";
  return "of " + std::to_string(word.size()) + " bytes";
}

}  // namespace gatehouse::net::http1

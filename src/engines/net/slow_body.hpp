// The refusal of a request whose body comes too slowly, by whichever version of HTTP.
#pragma once
#include "engines/net/pace.hpp"
#include "ground/http/problem.hpp"

namespace gatehouse::net {

[[nodiscard]] inline http::Problem slow_body(PaceVerdict verdict) {
  http::Problem problem{
      .kind = http::ProblemKind::request_timeout, .told = "The body came too slowly.", .rule = "connections.body_idle", .facts = {}, .headers = {}};
  if (verdict == PaceVerdict::slow) problem.rule = "connections.body_rate_min";
  return problem;
}

}  // namespace gatehouse::net

#include "doors/gateway/verdict.hpp"

namespace gatehouse::gateway {

namespace {
http::ProblemKind kind_of(Fault fault) noexcept {
  switch (fault) {
    case Fault::invalid: return http::ProblemKind::malformed_request;
    case Fault::unauthenticated: return http::ProblemKind::credential_invalid;
    case Fault::forbidden: return http::ProblemKind::scope_missing;
    case Fault::not_found: return http::ProblemKind::no_route;
    case Fault::exhausted:
    case Fault::unavailable: return http::ProblemKind::overloaded;
    case Fault::conflict:
    case Fault::internal: return http::ProblemKind::internal;
  }
  return http::ProblemKind::internal;
}
}  // namespace

Verdict::Verdict(const Error& error)
    : what_(Refuse{{.kind = kind_of(error.fault), .told = error.told, .rule = "error", .facts = error.detail, .headers = {}}}) {}

}  // namespace gatehouse::gateway

// What is known of one request when it has ended: the source of its audit line, its decision and its metrics. Texts are slices of
// the exchange's memory, valid during Audit::finish only. The fields have no place for a secret, a token or a body, and what
// looks like one inside a text is masked when it is written.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "ground/http/address.hpp"
#include "ground/http/problem.hpp"
#include "services/audit/decision_id.hpp"
#include "services/audit/trace.hpp"

namespace gatehouse::audit {

enum class Outcome : std::uint8_t {
  passed,    ///< the upstream's answer was forwarded
  refused,   ///< the gate said no: the request's fault
  answered,  ///< the gate answered itself, e.g. OPTIONS *, its key set
  failed,    ///< neither: upstream unreachable, overload, a fault of our own, the client went away
};
inline constexpr std::size_t outcome_count = 4;
[[nodiscard]] std::string_view to_text(Outcome outcome) noexcept;

struct Record {
  DecisionId id;
  Instant time{};  ///< the request's first byte
  Outcome outcome = Outcome::failed;
  http::Status status = 0;                   ///< as sent to the client; 0: nothing was sent
  std::optional<http::ProblemKind> problem;  ///< of a refusal or failure
  bool logged = false;                       ///< write a line for a pass too (`audit: all`); refusals and failures always are
  std::uint32_t route_number = 0;            ///< of Metrics::route; 0: no route matched

  std::string_view stage;      ///< which stage decided, e.g. "authorize"
  std::string_view rule;       ///< which rule, e.g. "routes.patients.scopes"
  std::string_view facts;      ///< what it saw
  std::string_view principal;  ///< the subject of a token
  std::string_view key_id;     ///< the public id of an API key
  std::string_view route;      ///< its configured name
  std::string_view method;
  std::string_view host;
  std::string_view path;   ///< canonical, without the query
  std::string_view query;  ///< canonical; only the names in it are written
  std::string_view user_agent;
  http::Address client;
  TraceId trace;

  Duration total{};     ///< from the first byte of the request to the last of the answer
  Duration upstream{};  ///< of it, from the request's forwarding to the head of the upstream's answer; zero: not asked
  std::uint64_t bytes_in = 0, bytes_out = 0;
};

}  // namespace gatehouse::audit

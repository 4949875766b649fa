// What it does: takes out of the upstream's answer what is not for who asks, while it streams.
// Needs:   the route's `redact`, and the marks of its contract (`x-gatehouse-scopes`, `x-gatehouse-redact`). Stands before validate, so that on the way back the contract
//          judges what the upstream has said, and not what is left of it.
// Result:  passes, with members of JSON removed or masked, which is told in the log; 502 where something may have to be taken out and nobody can: an answer in a coding, a
//          part of one, one that is no JSON.
// Example: redact: { fields: { "/patients/*/ssn": remove } }
#pragma once
#include "doors/gateway/stage.hpp"

namespace gatehouse::gateway {

class RedactStage final : public Stage {
 public:
  /// Larger bodies that are held whole are edited on the pool.
  static constexpr std::size_t edited_at_once_max = 16 * 1024;
  /// An answer that says that it is no longer than this is held, so that it is refused as a whole if it must be.
  static constexpr std::uint64_t held_max = 64 * 1024;

  /// Whether it has something to do for the route.
  [[nodiscard]] static bool has_work(const RouteOptions& route) noexcept;
  [[nodiscard]] std::string_view name() const noexcept override { return "redact"; }
  [[nodiscard]] Verdict request(Exchange&) const override { return Verdict::pass(); }
  [[nodiscard]] Verdict response(Exchange& exchange) const override;
  [[nodiscard]] bool reads_answers(const RouteOptions& route) const noexcept override { return has_work(route); }
};

}  // namespace gatehouse::gateway

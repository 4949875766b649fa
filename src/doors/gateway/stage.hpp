// One step of the way of a request and back: one file in stages/, one line of the guide's way of a request.
#pragma once
#include <string_view>

#include "doors/gateway/verdict.hpp"

namespace gatehouse::gateway {

struct RouteOptions;

/// Built once per snapshot and shared by all threads, hence const; what belongs to one request is in the Exchange.
class Stage {
 public:
  virtual ~Stage() = default;
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;
  [[nodiscard]] virtual Verdict request(Exchange& exchange) const = 0;
  /// It says who may do what, and that may have been taken back while the request waited (for its body, for its turn): request() is then asked
  /// again before the request goes on.
  [[nodiscard]] virtual bool asked_again() const noexcept { return false; }
  /// When the head of the upstream's answer is there, before anything of it leaves; in reverse order, for every stage whose request() passed. Passes, refuses
  /// (of the answer nothing then leaves), waits for work, or asks for the body (Verdict::body). May replace the body, or put a filter on it.
  [[nodiscard]] virtual Verdict response(Exchange&) const { return Verdict::pass(); }
  /// response() of this stage asks for bodies: the upstream is then asked for such as can be read, whole and without a coding. One that
  /// comes coded all the same is inflated before (stages/inflate); what still names a coding must be refused.
  [[nodiscard]] virtual bool reads_answers(const RouteOptions&) const noexcept { return false; }
  /// The answer has passed all stages, and its head leaves now.
  virtual void leaving(Exchange&) const {}
};

}  // namespace gatehouse::gateway

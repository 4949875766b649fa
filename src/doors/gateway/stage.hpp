// One step of the way of a request: one file in stages/, one line of the guide's way of a request.
#pragma once
#include <string_view>

#include "doors/gateway/verdict.hpp"

namespace gatehouse::gateway {

/// Built once per snapshot and shared by all threads, hence const; what belongs to one request is in the Exchange.
class Stage {
 public:
  virtual ~Stage() = default;
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;
  [[nodiscard]] virtual Verdict request(Exchange& exchange) const = 0;
  /// Before the answer's head leaves; in reverse order, for every stage whose request() passed. May add fields to the answer.
  virtual void response(Exchange&) const {}
};

}  // namespace gatehouse::gateway

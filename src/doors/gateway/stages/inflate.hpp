// inflate: is the answer in a coding although it was asked for without one? Then it is undone, so that whoever judges the answer sees what is in it.
// Takes:   the answer of a route whose answers a stage reads, with its whole body if it names gzip or deflate.
// Result:  passes, with the body inflated and without `Content-Encoding`; a body that is larger than it may be, in another coding, or no whole stream of its own passes as
//          it is, and is refused by whoever was to read it. Answers without a coding are not touched.
// Example: upstream says `Content-Encoding: gzip`; the client gets the JSON.
#pragma once
#include "doors/gateway/stage.hpp"

namespace gatehouse::gateway {

/// Comes last, so that it is the first on the way back.
class InflateStage final : public Stage {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "inflate"; }
  [[nodiscard]] Verdict request(Exchange& exchange) const override;
  [[nodiscard]] Verdict response(Exchange& exchange) const override;
};

}  // namespace gatehouse::gateway

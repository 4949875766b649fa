// What changes the body of an answer while it streams, piece by piece: for texts that are too large to be held, or that never end.
#pragma once
#include <string>
#include <string_view>

namespace gatehouse::gateway {

/// Of one answer. Pieces come in order, cut anywhere: also within a word, or a character.
class AnswerFilter {
 public:
  virtual ~AnswerFilter() = default;
  /// Appends to `out` what is to leave. What cannot be decided before more has come it keeps itself, and bounds that; with `last`, nothing more comes.
  /// False: the rest must not leave either, and the answer is broken off.
  [[nodiscard]] virtual bool take(std::string_view piece, bool last, std::string& out) = 0;
  /// Whose name stands in the log as that of the stage.
  [[nodiscard]] virtual std::string_view stage() const noexcept { return "upstream"; }
  /// Why take() said no, for the log. It outlives the request.
  [[nodiscard]] virtual std::string_view why() const noexcept { return "the rest of the answer must not leave"; }
  /// As many bytes leave as come.
  [[nodiscard]] virtual bool keeps_length() const noexcept { return false; }
  /// Whose doing it is, for the log: "routes.patients.redact". It outlives the request.
  [[nodiscard]] virtual std::string_view rule() const noexcept = 0;
};

}  // namespace gatehouse::gateway

// All that is taken out of one answer or masked in it, one after the other. Knows neither the exchange nor a thread: a body that is held whole is edited on the pool.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engines/redaction/field_editor.hpp"
#include "engines/redaction/leaks.hpp"
#include "engines/redaction/numbers.hpp"

namespace gatehouse::gateway {

/// How a body can be read, by its media type alone.
enum class BodyForm : std::uint8_t {
  value,     ///< one value of JSON
  sequence,  ///< several
  text,      ///< something else that people read, or nobody has said what it is: JSON, if it begins like it
  bytes,     ///< pictures, archives: nothing is looked for
};
[[nodiscard]] BodyForm form_of(std::optional<std::string_view> content_type) noexcept;

class AnswerEdits {
 public:
  explicit AnswerEdits(BodyForm form) noexcept : form_(form) {}
  /// `perhaps`: if the body begins like an object or array of JSON; else its members are no matter.
  void add(redaction::FieldEditor editor, bool perhaps = false) { fields_.push_back({std::move(editor), perhaps}); }
  void mask(redaction::NumberMasker::Kinds kinds) noexcept { kinds_ = kinds; }
  void look_for(const redaction::LeakActions& leaks) { leaks_.emplace(leaks); }
  [[nodiscard]] bool none() const noexcept { return fields_.empty() && !kinds_.cards && !kinds_.ibans && !leaks_; }
  /// As many bytes leave as come.
  [[nodiscard]] bool keeps_length() const noexcept { return fields_.empty(); }

  /// As AnswerFilter::take().
  [[nodiscard]] bool take(std::string_view piece, bool last, std::string& out);
  /// Why it said no.
  [[nodiscard]] const std::string& why() const noexcept { return why_; }

  [[nodiscard]] std::size_t removed() const noexcept;
  [[nodiscard]] std::size_t masked() const noexcept;
  [[nodiscard]] std::size_t cards() const noexcept { return numbers_ ? numbers_->cards() : 0; }
  [[nodiscard]] std::size_t ibans() const noexcept { return numbers_ ? numbers_->ibans() : 0; }
  [[nodiscard]] std::size_t leaks() const noexcept { return leaks_ ? leaks_->found() : 0; }
  [[nodiscard]] std::string_view first_leak() const noexcept { return leaks_ ? leaks_->first() : std::string_view(); }
  [[nodiscard]] bool changed() const noexcept { return removed() + masked() + cards() + ibans() > 0 || (leaks_ && leaks_->masked() > 0); }
  /// Where the first member was that is not as it came, as its rule has it; empty: there is none.
  [[nodiscard]] std::string_view first_member() const noexcept;

 private:
  struct Fields {
    redaction::FieldEditor editor;
    bool perhaps;
  };
  void begin(char first);
  [[nodiscard]] bool is_last(std::size_t editor) const noexcept { return editor + 1 == fields_.size() && !numbers_ && !leaks_; }

  BodyForm form_;
  bool begun_ = false;
  std::vector<Fields> fields_;
  redaction::NumberMasker::Kinds kinds_;
  std::optional<redaction::NumberMasker> numbers_;  // from the first character on, if there is something to be masked
  std::optional<redaction::LeakScanner> leaks_;
  std::string why_;
};

}  // namespace gatehouse::gateway

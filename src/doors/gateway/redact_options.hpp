// What an operator can say of answers that show more than they should, whether or not there is a contract.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "engines/redaction/field_rules.hpp"
#include "engines/redaction/leaks.hpp"
#include "engines/redaction/numbers.hpp"
#include "ground/settings/container.hpp"

namespace gatehouse::gateway {

/// What becomes of what no answer should show, by its kind.
struct LeakOptions {
  redaction::LeakAction stack_traces = redaction::LeakAction::off, sql_errors = redaction::LeakAction::off, secrets = redaction::LeakAction::off,
                        tokens = redaction::LeakAction::off;
  [[nodiscard]] redaction::LeakActions actions() const noexcept;
  [[nodiscard]] bool has(redaction::LeakAction action) const noexcept;
  [[nodiscard]] bool none() const noexcept { return *this == LeakOptions{}; }
  bool operator==(const LeakOptions&) const = default;
};

struct RedactOptions {
  /// "/patients/*/ssn", or the name of a member wherever it is (redaction::FieldPattern) -> what becomes of it.
  settings::Named<redaction::Action> fields;
  std::vector<redaction::NumberKind> numbers;  ///< masked wherever they are in a text
  LeakOptions leaks;
  [[nodiscard]] bool none() const noexcept { return fields.empty() && numbers.empty() && leaks.none(); }
  bool operator==(const RedactOptions&) const = default;
};

[[nodiscard]] settings::TypeOf<RedactOptions> redact_settings();

/// The rules of `fields`; null: there are none.
[[nodiscard]] Result<std::shared_ptr<const redaction::FieldRules>> field_rules_of(const RedactOptions& options);

}  // namespace gatehouse::gateway

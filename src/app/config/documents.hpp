// Committed files that are made from what they describe, never written by hand.
#pragma once
#include <string>

namespace gatehouse::config {

/// gatehouse.schema.json: JSON Schema 2020-12 of the document, for editors.
[[nodiscard]] std::string schema_document();
/// docs/guide/configuration.md: every setting with its values, its default and its meaning.
[[nodiscard]] std::string reference_document();
/// docs/guide/errors.md: every kind of refusal (http::all_problems).
[[nodiscard]] std::string errors_document();

}  // namespace gatehouse::config

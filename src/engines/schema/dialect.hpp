// Which rules a schema is written by. Drafts differ in what a word means and in which words there are; a dialect of the later drafts may also
// leave out whole vocabularies (2020-12 core, section 8.1).
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace gatehouse::schema {

/// In the order of their age. OpenAPI 3.0 has a dialect of its own, made of draft 5; 3.1 and later use 2020-12 with a vocabulary more.
enum class Dialect : std::uint8_t { draft4, openapi_3_0, draft6, draft7, draft2019_09, draft2020_12, openapi_3_1 };

[[nodiscard]] std::string_view to_text(Dialect dialect) noexcept;

/// The dialect that a `$schema` names; nothing for any other URL. An empty fragment at its end says nothing.
[[nodiscard]] std::optional<Dialect> dialect_of(std::string_view schema_url) noexcept;

/// The vocabularies of 2019-09 and later, as bits. Core is always there.
namespace vocabulary {
inline constexpr std::uint8_t applicator = 1, unevaluated = 2, validation = 4, format_annotation = 8, format_assertion = 16, content = 32,
                              meta_data = 64, all = 127;
}

/// What a schema resource is judged by: a dialect, and which of its vocabularies are on.
struct Rules {
  Dialect dialect = Dialect::draft2020_12;
  std::uint8_t vocabularies = vocabulary::all & ~vocabulary::format_assertion;

  [[nodiscard]] bool since(Dialect first) const noexcept { return dialect >= first; }
  /// `$ref` leaves no room for other words beside it (drafts 4 to 7 and OpenAPI 3.0).
  [[nodiscard]] bool reference_stands_alone() const noexcept { return dialect <= Dialect::draft7; }
  [[nodiscard]] bool has(std::uint8_t bits) const noexcept { return (vocabularies & bits) != 0; }
};

}  // namespace gatehouse::schema

#include "engines/schema/dialect.hpp"

#include <array>
#include <utility>

namespace gatehouse::schema {

std::string_view to_text(Dialect dialect) noexcept {
  switch (dialect) {
    case Dialect::draft4: return "draft 4";
    case Dialect::openapi_3_0: return "OpenAPI 3.0";
    case Dialect::draft6: return "draft 6";
    case Dialect::draft7: return "draft 7";
    case Dialect::draft2019_09: return "draft 2019-09";
    case Dialect::draft2020_12: return "draft 2020-12";
    case Dialect::openapi_3_1: return "OpenAPI 3.1";
  }
  return "";
}

std::optional<Dialect> dialect_of(std::string_view schema_url) noexcept {
  constexpr std::array<std::pair<std::string_view, Dialect>, 6> known{{{"http://json-schema.org/draft-04/schema", Dialect::draft4},
                                                                       {"http://json-schema.org/draft-06/schema", Dialect::draft6},
                                                                       {"http://json-schema.org/draft-07/schema", Dialect::draft7},
                                                                       {"https://json-schema.org/draft/2019-09/schema", Dialect::draft2019_09},
                                                                       {"https://json-schema.org/draft/2020-12/schema", Dialect::draft2020_12},
                                                                       {"https://spec.openapis.org/oas/3.1/dialect/base", Dialect::openapi_3_1}}};
  if (schema_url.ends_with('#')) schema_url.remove_suffix(1);
  for (const auto& [url, dialect] : known)
    if (url == schema_url) return dialect;
  // Later editions are named by their date: .../oas/3.1/dialect/2024-11-10, .../oas/3.2/dialect/2025-09-17.
  constexpr std::string_view openapi = "https://spec.openapis.org/oas/3.";
  if (schema_url.starts_with(openapi) && schema_url.substr(openapi.size()).substr(1).starts_with("/dialect/")) return Dialect::openapi_3_1;
  return std::nullopt;
}

}  // namespace gatehouse::schema

#include "openapi_cases.hpp"

#include "ground/base/text.hpp"

namespace conform {

using namespace gatehouse;

Result<std::string> Staged::read(std::string_view path) {
  const auto found = texts.find(path);
  if (found == texts.end()) return fail(Fault::not_found, "no such file");
  return found->second;
}

const contract::ValueRule* rule_of(const contract::OperationRules& operation, std::string_view where, std::optional<std::string_view> media) {
  where = where.substr(0, where.find('#'));
  const auto parts = text::split(where, ':');
  if (parts[0] == "parameter") {
    for (const auto& rule : operation.parameters())
      if (to_text(rule.in) == parts[1] && (rule.name == parts[2] || (parts[1] == "header" && rule.name == text::lower(parts[2])))) return &rule.value;
    // OpenAPI ignores descriptions of these headers (3.0.4 section 4.7.12.2.1): they may be anything.
    static const contract::ValueRule anything;
    const auto name = text::lower(parts[2]);
    const bool ignored = parts[1] == "header" && (name == "accept" || name == "content-type" || name == "authorization");
    return ignored ? &anything : nullptr;
  }
  const auto type = contract::MediaType::parse(media.value_or(""));
  if (!type) return nullptr;
  if (parts[0] == "requestBody") {
    const auto at = operation.body() ? contract::best_fit(operation.body()->ranges, *type) : std::nullopt;
    return at ? &operation.body()->media[*at].value : nullptr;
  }
  for (const auto& response : operation.responses()) {
    if (response.status != parts[1]) continue;
    const auto at = contract::best_fit(response.ranges, *type);
    return at ? &response.media[*at].value : nullptr;
  }
  return nullptr;
}

}  // namespace conform

#include "openapi_cases.hpp"

#include "engines/contract/json_pointer.hpp"
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

namespace {

struct ChangedCopy {
  std::string_view place;
  const Change& change;
  gatehouse::json::Builder out{};

  void copy(const gatehouse::json::Value& value, const std::string& at) {
    if (at == place && change) return change(out, value);
    if (value.is_array()) {
      out.begin_array();
      std::size_t number = 0;
      for (const auto& element : value.elements()) copy(element, at + '/' + std::to_string(number++));
      out.end();
    } else if (value.is_object()) {
      out.begin_object();
      for (const auto& [name, member] : value.members()) {
        auto below = at;
        gatehouse::contract::append_token(below, name);
        if (below == place && !change) continue;
        out.key(name);
        copy(member, below);
      }
      out.end();
    } else {
      out.value(value);
    }
  }
};

}  // namespace

gatehouse::json::Document changed_at(const gatehouse::json::Value& root, std::string_view place, const Change& change) {
  ChangedCopy copying{place, change};
  copying.copy(root, "");
  return std::move(copying.out).finish().value();
}

}  // namespace conform

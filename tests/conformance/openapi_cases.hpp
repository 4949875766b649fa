// What the suites of OpenAPI documents share: files from memory, where an example belongs, and a document copied with one change.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engines/contract/contract.hpp"
#include "ground/json/builder.hpp"

namespace conform {

class Staged final : public gatehouse::contract::Files {
 public:
  std::map<std::string, std::string, std::less<>> texts;
  gatehouse::Result<std::string> read(std::string_view path) override;
};

/// The rule that an example is judged by: where the publisher says that it is one.
[[nodiscard]] const gatehouse::contract::ValueRule* rule_of(const gatehouse::contract::OperationRules& operation, std::string_view where,
                                                            std::optional<std::string_view> media);

/// What stands at one place instead of what stood there; empty: the member is gone.
using Change = std::function<void(gatehouse::json::Builder& out, const gatehouse::json::Value& old)>;
/// The value written anew but for what the JSON Pointer `place` names.
[[nodiscard]] gatehouse::json::Document changed_at(const gatehouse::json::Value& root, std::string_view place, const Change& change = {});

}  // namespace conform

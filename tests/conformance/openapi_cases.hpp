// What the suites of OpenAPI documents share: files from memory, and where an example belongs.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engines/contract/contract.hpp"

namespace conform {

class Staged final : public gatehouse::contract::Files {
 public:
  std::map<std::string, std::string, std::less<>> texts;
  gatehouse::Result<std::string> read(std::string_view path) override;
};

/// The rule that an example is judged by: where the publisher says that it is one.
[[nodiscard]] const gatehouse::contract::ValueRule* rule_of(const gatehouse::contract::OperationRules& operation, std::string_view where,
                                                            std::optional<std::string_view> media);

}  // namespace conform

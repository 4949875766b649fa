// The page of the guide that lists every rule of the audit and every kind of change; made from the tables, so that it cannot lag behind them.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace gatehouse::review {

struct ChangeKind {
  std::string_view kind;
  std::string_view meaning;
};
/// Every kind that a comparison may tell.
[[nodiscard]] std::span<const ChangeKind> change_kinds() noexcept;

/// Markdown.
[[nodiscard]] std::string rules_document();

}  // namespace gatehouse::review

#include "ground/xml/document.hpp"

#include <algorithm>

namespace gatehouse::xml {

Attribute Node::attribute(std::size_t index) const noexcept {
  const auto& at = document_->attributes_[node().attribute + index];
  return {{document_->spaces_[at.space], document_->text(at.local)}, document_->text(at.value)};
}

std::optional<std::string_view> Node::attribute(Name name) const noexcept {
  for (std::size_t i = 0; i < attribute_count(); ++i)
    if (const auto one = attribute(i); one.name == name) return one.value;
  return std::nullopt;
}

std::optional<Node> Node::first() const noexcept {
  if (!is_element() || node().end == at_ + 1) return std::nullopt;
  return Node(*document_, at_ + 1, node().end);
}

std::optional<Node> Node::next() const noexcept {
  const auto behind = is_element() ? node().end : at_ + 1;
  if (behind >= end_) return std::nullopt;
  return Node(*document_, behind, end_);
}

bool is_blank(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; });
}

}  // namespace gatehouse::xml

#include "ground/settings/node.hpp"

#include <algorithm>

#include "ground/base/text.hpp"

namespace gatehouse::settings {

Node Node::scalar(std::string text, Position at, bool quoted) {
  Node node;
  node.kind = Kind::scalar;
  node.at = at;
  node.text = std::move(text);
  node.quoted = quoted;
  return node;
}

const Node* Node::get(std::string_view name) const noexcept {
  const auto found = std::ranges::find(entries, name, &Entry::name);
  return found == entries.end() ? nullptr : &found->value;
}

const Node& Node::nearest(std::string_view path) const noexcept {
  const Node* node = this;
  while (!path.empty()) {
    if (path.front() == '.') path.remove_prefix(1);
    const bool index = path.starts_with('[');
    const auto end = std::min(index ? path.find(']') : path.find_first_of(".["), path.size());
    const Node* next = nullptr;
    if (index) {
      const auto number = text::parse_number<std::size_t>(path.substr(1, end - 1));
      if (number && *number < node->items.size()) next = &node->items[*number];
    } else {
      next = node->get(path.substr(0, end));
    }
    if (next == nullptr) return *node;
    node = next;
    path.remove_prefix(std::min(index ? end + 1 : end, path.size()));
  }
  return *node;
}

std::string_view Node::kind_text() const noexcept {
  switch (kind) {
    case Kind::null: return "nothing";
    case Kind::scalar: return looks_like_number_or_boolean() ? (text::is_alpha(text.front()) ? "a boolean" : "a number") : "text";
    case Kind::list: return "a list";
    case Kind::map: return "a block of names";
  }
  return "nothing";
}

bool Node::looks_like_number_or_boolean() const noexcept {
  if (kind != Kind::scalar || quoted || text.empty()) return false;
  for (const std::string_view word : {"true", "True", "TRUE", "false", "False", "FALSE", ".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"})
    if (text == word) return true;
  std::string_view rest = text;
  if (rest.front() == '-' || rest.front() == '+') rest.remove_prefix(1);
  if (rest == ".inf" || rest == ".Inf" || rest == ".INF") return true;
  if (rest.starts_with("0x")) return rest.size() > 2 && std::ranges::all_of(rest.substr(2), [](char c) { return text::hex_value(c) >= 0; });
  if (rest.starts_with("0o")) return rest.size() > 2 && std::ranges::all_of(rest.substr(2), [](char c) { return c >= '0' && c <= '7'; });
  const auto digits = [&rest] {
    std::size_t count = 0;
    while (!rest.empty() && text::is_digit(rest.front())) rest.remove_prefix(1), ++count;
    return count;
  };
  std::size_t count = digits();
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    count += digits();
  }
  if (count == 0) return false;
  if (rest.starts_with('e') || rest.starts_with('E')) {
    rest.remove_prefix(1);
    if (rest.starts_with('-') || rest.starts_with('+')) rest.remove_prefix(1);
    if (digits() == 0) return false;
  }
  return rest.empty();
}

}  // namespace gatehouse::settings

#include "engines/contract/json_pointer.hpp"

#include "engines/schema/uri_reference.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::contract {

void append_token(std::string& pointer, std::string_view token) {
  pointer += '/';
  for (const char c : token) {
    if (c == '~') pointer += "~0";
    else if (c == '/') pointer += "~1";
    else pointer += c;
  }
}

std::optional<std::vector<std::string>> pointer_tokens(std::string_view pointer) {
  std::vector<std::string> tokens;
  if (pointer.empty()) return tokens;
  if (pointer.front() != '/') return std::nullopt;
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] == '/') {
      tokens.emplace_back();
    } else if (pointer[i] == '~') {
      ++i;
      if (i == pointer.size() || (pointer[i] != '0' && pointer[i] != '1')) return std::nullopt;
      tokens.back() += pointer[i] == '0' ? '~' : '/';
    } else {
      tokens.back() += pointer[i];
    }
  }
  return tokens;
}

namespace {
std::optional<std::size_t> element_number(std::string_view token) noexcept {
  if (token.size() > 1 && token.front() == '0') return std::nullopt;
  return text::parse_number<std::size_t>(token);
}

std::optional<json::Value> step(json::Value value, std::string_view token) {
  if (value.is_object()) return value.get(token);
  const auto number = element_number(token);
  if (!number || *number >= value.size()) return std::nullopt;
  auto at = value.elements().begin();
  for (std::size_t i = 0; i < *number; ++i) ++at;
  return *at;
}
}  // namespace

std::optional<json::Value> follow(json::Value root, std::string_view pointer) {
  const auto tokens = pointer_tokens(pointer);
  if (!tokens) return std::nullopt;
  std::optional<json::Value> value = root;
  for (const auto& token : *tokens) {
    value = step(*value, token);
    if (!value) return std::nullopt;
  }
  return value;
}

std::string as_fragment(std::string_view pointer) { return schema::as_fragment(pointer); }

}  // namespace gatehouse::contract

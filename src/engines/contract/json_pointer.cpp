#include "engines/contract/json_pointer.hpp"

#include <algorithm>

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

std::string as_fragment(std::string_view pointer) {
  constexpr std::string_view hexadecimal = "0123456789ABCDEF", plain = "-._~!$&'()*+,;=:@/?";  // RFC 3986 section 3.5
  std::string out;
  for (const char c : pointer) {
    if (text::is_alnum(c) || plain.contains(c)) out += c;
    else out.append({'%', hexadecimal[static_cast<unsigned char>(c) >> 4U], hexadecimal[static_cast<unsigned char>(c) & 15U]});
  }
  return out;
}

namespace json_text {
namespace {
/// Steps over parts of a text that is known to be JSON; at its end it stays there.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) { skip_blanks(); }

  [[nodiscard]] std::size_t at() const noexcept { return at_; }

  /// To the member or element of the container that stands here; false if there is none.
  bool enter(std::string_view token) {
    if (peek() != '{' && peek() != '[') return false;
    const bool object = peek() == '{';
    const auto wanted = object ? std::nullopt : element_number(token);
    if (!object && !wanted) return false;
    advance();
    for (std::size_t number = 0; at_ < text_.size() && peek() != '}' && peek() != ']'; ++number) {
      const bool found = object ? name_is(token) : number == *wanted;
      if (found) return true;
      skip_value();
      if (peek() == ',') advance();
    }
    return false;
  }

 private:
  [[nodiscard]] char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_blanks() noexcept { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }
  void advance() noexcept {
    ++at_;
    skip_blanks();
  }
  void skip_string() noexcept {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_)
      if (text_[at_] == '\\') ++at_;
    if (at_ < text_.size()) ++at_;
    at_ = std::min(at_, text_.size());
  }
  /// Takes a name with its colon.
  bool name_is(std::string_view token) {
    const auto begin = at_;
    skip_string();
    const auto quoted = text_.substr(begin, at_ - begin);
    skip_blanks();
    if (peek() == ':') advance();
    if (!quoted.contains('\\')) return quoted.size() >= 2 && quoted.substr(1, quoted.size() - 2) == token;
    const auto name = json::parse(quoted);
    return name && name->root().string() == token;
  }
  void skip_value() noexcept {
    std::size_t depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        skip_string();
        continue;
      }
      if (depth == 0 && (c == ',' || c == '}' || c == ']')) break;
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      ++at_;
    }
    skip_blanks();
  }

  std::string_view text_;
  std::size_t at_ = 0;
};
}  // namespace
}  // namespace json_text

std::size_t offset_in_json(std::string_view text, std::string_view pointer) {
  const auto tokens = pointer_tokens(pointer);
  json_text::Scanner scanner(text);
  if (!tokens) return scanner.at();
  auto offset = scanner.at();
  for (const auto& token : *tokens) {
    if (!scanner.enter(token)) break;
    offset = scanner.at();
  }
  return offset;
}

}  // namespace gatehouse::contract

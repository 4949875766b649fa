#include "app/config/yaml_slip.hpp"

#include <yaml-cpp/exceptions.h>
#include <algorithm>
#include <vector>

#include "ground/base/text.hpp"
#include "ground/settings/reader.hpp"
#include "ground/yaml/characters.hpp"

namespace gatehouse::config {

namespace slip {

namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(blanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

/// Goes through brackets, quotations and comments as YAML does, and stops at the first that goes wrong.
class Brackets {
 public:
  explicit Brackets(std::string_view text) : text_(text) {}

  struct Wrong {
    std::size_t at;
    std::string what;
    std::string example{};
  };
  std::optional<Wrong> find() {
    for (std::size_t i = 0; i < text_.size();) {
      const char c = text_[i];
      if (c == '#' && (fresh_ || before(i) == ' ' || before(i) == '\t' || before(i) == '\n')) {
        i = std::min(text_.find('\n', i), text_.size());
        continue;
      }
      if ((c == '"' || c == '\'') && fresh_) {
        const auto end = gatehouse::yaml::end_of_quotation(text_, i);
        if (end == text_.npos) return Wrong{i, "the quotation mark here has no other one"};
        i = end;
        fresh_ = false;
        value_ = text_.npos;
        continue;
      }
      if (auto wrong = bracket(i)) return wrong;
      step(i++);
    }
    if (open_.empty()) return std::nullopt;
    return Wrong{open_.front(), "the '" + std::string(1, text_[open_.front()]) + "' here is never closed" + comment_behind(open_.front())};
  }

 private:
  [[nodiscard]] char before(std::size_t i) const noexcept { return i == 0 ? '\n' : text_[i - 1]; }

  std::optional<Wrong> bracket(std::size_t i) {
    const char c = text_[i];
    const bool opens = (c == '{' || c == '[') && (fresh_ || !open_.empty());
    if (opens && before(i) == ':') return Wrong{i - 1, "behind the ':' of a name stands a space"};
    if (opens && !fresh_ && value_ == text_.npos) return Wrong{i, "before the '" + std::string(1, c) + "' here a ',' or a ': ' is missing"};
    if (opens && !fresh_) return Wrong{value_, "a value within brackets that holds a '" + std::string(1, c) + "' stands in quotes", quoted_value()};
    if (opens) open_.push_back(i);
    if ((c != '}' && c != ']') || open_.empty()) return std::nullopt;
    const char opening = text_[open_.back()];
    if ((opening == '{') == (c == '}')) {
      open_.pop_back();
      return std::nullopt;
    }
    return Wrong{open_.back(), "the '" + std::string(1, opening) + "' here is never closed, and a '" + c + "' comes" + comment_behind(open_.back())};
  }

  /// Where a value may begin: behind a blank at the beginning of a line, ": ", "- ", and within brackets also behind a comma.
  void step(std::size_t i) noexcept {
    const char c = text_[i];
    if (std::string_view(",{}[]").contains(c)) value_ = text_.npos;
    else if (fresh_ && !std::string_view(" \t\r\n").contains(c)) value_ = i;
    if (c == ' ' || c == '\t') fresh_ = fresh_ || before(i) == ':' || before(i) == '-' || before(i) == ',';
    else fresh_ = c == '\n' || (!open_.empty() && (c == '{' || c == '[' || c == ','));
  }

  [[nodiscard]] std::string comment_behind(std::size_t at) const {
    const auto line = text_.substr(at, text_.find('\n', at) - at);
    return line.contains(" #") ? "; ' #' begins a comment, unless it stands in quotes" : "";
  }

  /// The value that began last, as it was meant: with the brackets in it, to the comma or the bracket behind it.
  [[nodiscard]] std::string quoted_value() const {
    constexpr std::size_t longest = 120;
    const auto line = text_.substr(value_, text_.find('\n', value_) - value_);
    std::size_t depth = 0, end = 0;
    for (; end < line.size(); ++end) {
      const char c = line[end];
      if (c == '{' || c == '[') ++depth;
      if (depth == 0 && (c == ',' || c == '}' || c == ']')) break;
      if (c == '}' || c == ']') --depth;
      if (depth != 0 && c == ' ') return {};  // the end of the brackets is not that of the value
    }
    const auto value = trimmed(line.substr(0, end));
    const bool shown = depth == 0 && value.size() <= longest && value.find_first_of("\"'\\#") == value.npos && !settings::holds_secret(value);
    return shown ? '"' + std::string(value) + '"' : std::string();
  }

  std::string_view text_;
  std::vector<std::size_t> open_;
  std::size_t value_ = 0;  // where the plain value began that goes on here; npos: there is none
  bool fresh_ = true;
};

/// A line of a block: "- name: value", with the columns at which its parts begin.
struct Line {
  std::string_view text;
  std::size_t name = 0;
  std::size_t value = 0;  ///< npos: there is none
};

Line line_of(std::string_view text, std::size_t number) {
  const auto lines = text::split(text, '\n');
  Line line{number < lines.size() ? lines[number] : std::string_view{}};
  line.name = std::min(line.text.find_first_not_of(" -"), line.text.size());
  const auto colon = line.text.find(": ", line.name);
  line.value = colon == line.text.npos ? line.text.npos : line.text.find_first_not_of(' ', colon + 1);
  return line;
}

/// The line with its value in quotation marks; in single ones, within which nothing has a meaning.
std::string quoted(const Line& line) {
  constexpr std::size_t longest = 120;
  if (line.value == line.text.npos || line.text.size() > longest || settings::holds_secret(line.text)) return {};
  const auto name = line.text.substr(line.name, line.text.find(": ", line.name) - line.name);
  const auto value = trimmed(line.text.substr(line.value));
  if (value.find_first_of("'\"{}[]") != value.npos) return {};
  return std::string(name) + ": \"" + std::string(value) + "\"";
}

std::string needs_quotes(char c) { return "a value that begins with '" + std::string(1, c) + "' stands in quotes"; }

/// The column of the character with a meaning of its own at which, or shortly behind which, the library stopped; nothing: there is none.
std::optional<std::size_t> indicator(const Line& line, YamlPlace at, std::string_view said) {
  using namespace YAML::ErrorMsg;
  const auto here = [&](std::string_view marks) {
    const bool is = at.column < line.text.size() && marks.contains(line.text[at.column]);
    return is ? std::optional(at.column) : std::nullopt;
  };
  const auto behind = [&](std::string_view marks) {
    const auto found = line.text.substr(0, at.column + 1).find_last_of(marks);
    return found == line.text.npos ? std::nullopt : std::optional(found);
  };
  if (said == UNKNOWN_TOKEN) return here("@`%");
  if (said == UNKNOWN_ANCHOR || said == ALIAS_NOT_FOUND || said == CHAR_IN_ALIAS) return behind("*");
  if (said == ANCHOR_NOT_FOUND || said == CHAR_IN_ANCHOR) return behind("&");
  if (said == CHAR_IN_BLOCK || said == ZERO_INDENT_IN_BLOCK) return behind("|>");
  if (said == BLOCK_ENTRY) return here("-");
  if (said == MAP_KEY) return here("?");
  const bool ends_wrongly = said == FLOW_END || said == END_OF_MAP || said == END_OF_SEQ;
  return ends_wrongly && at.column == line.value ? here(",]}") : std::nullopt;
}

/// A line above that is no "name: value" is read on into the next one, where only its ':' is one too many.
std::optional<YamlSlip> before_it(std::string_view text, std::size_t number) {
  const auto indentation = line_of(text, number).name;
  while (number > 0) {
    const auto line = line_of(text, --number);
    const auto rest = trimmed(line.text.substr(line.name));
    if (rest.empty() || rest.starts_with('#')) continue;
    if (line.name != indentation || rest.contains(": ") || rest.ends_with(':')) return std::nullopt;
    const bool glued = rest.contains(':');
    return YamlSlip{{number, line.name},
                    glued ? "behind the ':' of a name stands a space" : "a name stands before ': ' and its value, and this line has none",
                    {}};
  }
  return std::nullopt;
}

YamlPlace place_of(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, offset);
  const auto end = before.rfind('\n');
  return {static_cast<std::size_t>(std::ranges::count(before, '\n')), end == before.npos ? offset : offset - end - 1};
}

}  // namespace
}  // namespace slip

std::optional<YamlSlip> yaml_slip(std::string_view text, YamlPlace at, std::string_view said) {
  using namespace YAML::ErrorMsg;
  const auto line = slip::line_of(text, at.line);
  if (const auto column = slip::indicator(line, at, said)) {
    // In a block the value is the rest of its line; within brackets nobody knows where it ends.
    return YamlSlip{{at.line, *column}, slip::needs_quotes(line.text[*column]), *column == line.value ? slip::quoted(line) : std::string{}};
  }
  if (said == END_OF_MAP_FLOW || said == END_OF_SEQ_FLOW || said == FLOW_END || said == EOF_IN_SCALAR)
    if (auto wrong = slip::Brackets(text).find()) return YamlSlip{slip::place_of(text, wrong->at), std::move(wrong->what), std::move(wrong->example)};
  if (said == MAP_VALUE && line.text.substr(0, at.column).substr(std::min(line.name, at.column)).contains(": "))
    return YamlSlip{at, "a value that holds ': ' stands in quotes", slip::quoted(line)};
  if (said == MAP_VALUE)
    if (auto wrong = slip::before_it(text, at.line)) return wrong;
  const bool begins_line = at.column <= line.name || said == MAP_VALUE;
  if ((said == MAP_VALUE || said == END_OF_MAP || said == END_OF_SEQ) && begins_line)
    return YamlSlip{
        {at.line, line.name}, "this line is indented as no line is that it could belong to; names of one block stand below each other", {}};
  if (said.starts_with(INVALID_ESCAPE))
    return YamlSlip{{at.line, std::min(line.text.rfind('\\', at.column), at.column)},
                    "within \"...\" a '\\' begins an escape, and there is none of this name; write '\\\\', or '...' around the text",
                    {}};
  return std::nullopt;
}

}  // namespace gatehouse::config

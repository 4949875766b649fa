#include "engines/inference/yaml_text.hpp"

#include <algorithm>
#include <array>

#include "ground/base/text.hpp"
#include "ground/json/writer.hpp"

namespace gatehouse::inference {

std::string yaml_word(std::string_view text) {
  // What some reader of YAML takes for something else.
  constexpr std::array<std::string_view, 11> other{"null", "true", "false", "yes", "no", "on", "off", "y", "n", "inf", "nan"};
  const bool plain = !text.empty() && (text::is_alpha(text.front()) || text.front() == '/') && text.size() <= 200 &&
                     std::ranges::all_of(text, [](char c) { return text::is_alnum(c) || std::string_view("_-/.").contains(c); }) &&
                     std::ranges::find(other, text::lower(text)) == other.end();
  if (plain) return std::string(text);
  std::string out;
  json::append_string(out, text);
  return out;
}

void YamlText::begin_line(std::string_view name) {
  out_.append(2 * depth_, ' ');
  out_ += yaml_word(name);
  out_ += ':';
}

void YamlText::end_line(std::string_view remark) {
  if (!remark.empty()) out_.append("  # ").append(remark);
  out_ += '\n';
}

YamlText& YamlText::open(std::string_view name, std::string_view remark) {
  begin_line(name);
  end_line(remark);
  ++depth_;
  return *this;
}

YamlText& YamlText::open_item(std::string_view name, std::string_view value) {
  out_.append(2 * depth_, ' ').append("- ").append(yaml_word(name)).append(": ").append(yaml_word(value));
  end_line({});
  ++depth_;
  return *this;
}

YamlText& YamlText::close() {
  --depth_;
  return *this;
}

YamlText& YamlText::raw(std::string_view name, std::string_view value, std::string_view remark) {
  begin_line(name);
  out_.append(" ").append(value);
  end_line(remark);
  return *this;
}

YamlText& YamlText::words(std::string_view name, const std::vector<std::string>& values, std::string_view remark) {
  std::string list = "[";
  for (const auto& value : values) list += (list.size() > 1 ? ", " : "") + yaml_word(value);
  return raw(name, list + ']', remark);
}

YamlText& YamlText::remark(std::string_view text) {
  out_.append(2 * depth_, ' ').append("# ").append(text).append("\n");
  return *this;
}

}  // namespace gatehouse::inference

// YAML written in block style, a line at a time. Every name and value that is not plainly a word is quoted as JSON has it, which YAML reads alike.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::inference {

/// As a name or a value: "patientId", "\"200\"", "\"null\"".
[[nodiscard]] std::string yaml_word(std::string_view text);

class YamlText {
 public:
  /// "name:", whose value are the lines until close().
  YamlText& open(std::string_view name, std::string_view remark = {});
  /// "- name: value" begins an item of a list; its further lines follow until close().
  YamlText& open_item(std::string_view name, std::string_view value);
  YamlText& close();
  YamlText& text(std::string_view name, std::string_view value, std::string_view remark = {}) { return raw(name, yaml_word(value), remark); }
  YamlText& number(std::string_view name, std::uint64_t value, std::string_view remark = {}) { return raw(name, std::to_string(value), remark); }
  YamlText& words(std::string_view name, const std::vector<std::string>& values, std::string_view remark = {});
  /// `value` is YAML already.
  YamlText& raw(std::string_view name, std::string_view value, std::string_view remark = {});
  YamlText& remark(std::string_view text);
  [[nodiscard]] std::string take() && { return std::move(out_); }

 private:
  void begin_line(std::string_view name);
  void end_line(std::string_view remark);
  std::string out_;
  std::size_t depth_ = 0;
};

}  // namespace gatehouse::inference

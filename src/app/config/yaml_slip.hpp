// What somebody did who wrote YAML that is none: a value that needs quotation marks, a bracket that is never closed, an indentation that fits nothing. The
// library only says where it could not go on, which is often far from there.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::config {

/// A place in the text, both counted from 0, the column in bytes.
struct YamlPlace {
  std::size_t line = 0, column = 0;
};

struct YamlSlip {
  YamlPlace at;
  std::string what;     ///< the rest of the sentence "cannot be read as YAML: "
  std::string example;  ///< the line as it would be right; empty when nobody can tell
};

/// The slip behind the library's complaint `said` at that place; nothing: only the complaint is known.
[[nodiscard]] std::optional<YamlSlip> yaml_slip(std::string_view text, YamlPlace at, std::string_view said);

}  // namespace gatehouse::config

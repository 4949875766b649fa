// YAML as the tree that settings are read from. Of YAML only what a configuration needs is taken: one document of maps, lists
// and scalars. Anchors, aliases, tags and a name twice are refused: each of them makes a file mean something else than it seems.
#pragma once
#include <optional>
#include <string_view>

#include "ground/settings/reader.hpp"

namespace gatehouse::config {

inline constexpr std::size_t yaml_bytes_max = 1024 * 1024;
inline constexpr std::string_view too_large = "is larger than 1MiB, and no configuration is: is it the file that was meant?";
inline constexpr std::size_t yaml_depth_max = 32;
inline constexpr std::size_t yaml_nodes_max = 100'000;

/// Nothing when the text cannot be read at all. A tree does not mean that nothing was wrong: ask the reader for its problems.
[[nodiscard]] std::optional<settings::Node> parse_yaml(std::string_view text, settings::Reader& reader);

}  // namespace gatehouse::config

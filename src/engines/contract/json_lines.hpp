// In which line each part of a JSON text stands. A document does not keep that, and only errors ask.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace gatehouse::contract {

/// The lines, from 1, of all names and values in the order of the text, which is that of a document's nodes. `text` is JSON.
[[nodiscard]] std::vector<std::uint32_t> json_lines(std::string_view text);

}  // namespace gatehouse::contract

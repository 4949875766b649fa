// Where a text stops being JSON. simdjson says only that it does; a caller who sent a broken body wants the place.
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

namespace gatehouse::json {

/// The offset of the first byte that no JSON text (RFC 8259) could have there, the size of the text if it ends too early; nothing if the
/// grammar is kept (the fault is then a range or a limit). Linear in the text; nesting costs one byte a level.
[[nodiscard]] std::optional<std::size_t> fault_offset(std::string_view text);

}  // namespace gatehouse::json

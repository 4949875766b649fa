// multipart/form-data (RFC 7578, RFC 2046 section 5.1), read in one way only. Servers differ about everything that is unusual here, and what one of them takes for a file
// name another takes for the name of a field; hence refused: text before the first and behind the last delimiter, spaces behind a delimiter, lines that end in LF alone, folded
// lines, a header or parameter twice, `name*` and `filename*`, a backslash before a quote or in a name, names that some decode (RFC 2047), transfer encodings and content codings,
// parts that hold parts, a length that is not the part's, a part without a name or without an end of line of its own, and the boundary anywhere but in its delimiters.
#pragma once
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engines/contract/media_type.hpp"

namespace gatehouse::contract {

struct Part {
  std::string_view name;  ///< UTF-8
  std::optional<std::string_view> filename;
  std::optional<MediaType> type;  ///< nothing: none was named, which means text/plain
  std::string_view content;
};

namespace multipart_limits {
inline constexpr std::size_t parts = 1000, headers = 8, header_bytes = 2048;  // of a body; of a part; of a line
}

/// The parts in their order, as views of the body; or what is wrong with it: "must ...".
[[nodiscard]] std::expected<std::vector<Part>, std::string> parse_multipart(std::string_view body, std::string_view boundary);

}  // namespace gatehouse::contract

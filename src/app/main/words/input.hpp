// What a word reads besides its arguments.
#pragma once
#include <string>

#include "ground/base/result.hpp"

namespace gatehouse::main {

/// The content of a file, or of standard input for "-". As read_file(); `invalid` also where standard input is larger than `bytes_max`.
[[nodiscard]] Result<std::string> read_input(std::string_view path, std::size_t bytes_max, std::string_view advice = {});

}  // namespace gatehouse::main

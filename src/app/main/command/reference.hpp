// docs/guide/command-line.md, made from the table of words, so that the guide cannot lag behind the program.
#pragma once
#include <string>

#include "app/main/command/word.hpp"

namespace gatehouse::main {

[[nodiscard]] std::string command_reference(std::span<const Word> words, std::span<const Option> common);

}  // namespace gatehouse::main

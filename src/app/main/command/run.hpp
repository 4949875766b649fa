// From argv to an exit code.
#pragma once
#include <span>
#include <string_view>

#include "app/main/command/terminal.hpp"
#include "app/main/command/word.hpp"

namespace gatehouse::main {

/// `arguments` without the program's name.
ExitCode run(std::span<const std::string_view> arguments, Terminal& terminal);

}  // namespace gatehouse::main

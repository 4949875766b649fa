// Help made from the table of words.
#pragma once
#include <string>

#include "app/main/command/terminal.hpp"
#include "app/main/command/word.hpp"

namespace gatehouse::main {

/// All words with a line each; of `group` only, if one is named.
[[nodiscard]] std::string help_for_all(std::span<const Word> words, std::string_view group, const Terminal& terminal);
/// Usage, options, example, exit codes of one word.
[[nodiscard]] std::string help_for(const Word& word, std::span<const Option> common, const Terminal& terminal);
/// "gatehouse keys create NAME [options]"
[[nodiscard]] std::string usage_line(const Word& word);

}  // namespace gatehouse::main

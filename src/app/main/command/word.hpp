// One word of the command line is one row of a table: its options, operands, example and what runs it. The parser, the
// help, the shell completion and the guide are all made from the rows, so none of them can lag behind another.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "app/main/command/exit_code.hpp"

namespace gatehouse::main {

class Arguments;
class Terminal;

/// What a shell offers in the place of a value.
enum class Offer : std::uint8_t { nothing, file, directory };

struct Option {
  std::string_view name;   ///< "--plan"
  char letter;             ///< 'p' for -p; 0: none
  std::string_view value;  ///< "NAME"; empty: a switch
  std::string_view help;   ///< one line, lower case, no full stop
  Offer offer = Offer::nothing;
  std::string_view choices = {};  ///< "live test": the only values taken, separated by a space; empty: any
  bool repeats = false;
};

struct Operand {
  std::string_view name;  ///< "FILE"
  bool required;
  Offer offer = Offer::nothing;
  std::string_view choices = {};
};

struct Word {
  std::string_view name;     ///< "keys create": parts separated by one space
  std::string_view summary;  ///< one line, lower case, no full stop
  std::span<const Option> options;
  std::span<const Operand> operands;
  std::string_view about;    ///< a few sentences for --help
  std::string_view example;  ///< one command a line
  ExitCode (*run)(const Arguments& arguments, Terminal& terminal);
};

/// The options that every word takes.
[[nodiscard]] std::span<const Option> common_options() noexcept;
/// The table, in the order of the help.
[[nodiscard]] std::span<const Word> all_words() noexcept;

}  // namespace gatehouse::main

#include "app/main/command/help.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ground/base/text.hpp"

namespace gatehouse::main {
namespace {

std::string option_heading(const Option& option) {
  const auto letter = option.letter != 0 ? fmt::format("-{}, ", option.letter) : std::string("    ");
  return fmt::format("{}{}{}{}", letter, option.name, option.value.empty() ? "" : " ", option.value);
}

/// The words of the text in lines of at most 100 columns, where a terminal is rarely narrower; those after the first begin at `indent`, as the first does
/// already. A word that is longer than that stands alone.
std::string wrapped(std::string_view text, std::size_t indent) {
  constexpr std::size_t columns = 100;
  std::string out;
  std::size_t column = indent;
  for (const auto line : text::split(text, '\n')) {
    for (const auto word : text::split(line, ' ')) {
      if (word.empty()) continue;
      const bool first = column == indent;
      if (!first && column + 1 + word.size() > columns) {
        out += '\n' + std::string(indent, ' ');
        column = indent;
      } else if (!first) {
        out += ' ';
        ++column;
      }
      out += word;
      column += word.size();
    }
  }
  return out + '\n';
}

void append_options(std::string& out, std::span<const Option> options, std::size_t width) {
  for (const auto& option : options) {
    auto help = std::string(option.help);
    if (!option.choices.empty()) help += fmt::format(" (one of: {})", option.choices);
    if (option.repeats) help += " (may be repeated)";
    out += fmt::format("  {:<{}}  {}", option_heading(option), width, wrapped(help, width + 4));
  }
}

void append_lines(std::string& out, std::string_view lines) {
  for (const auto line : text::split(lines, '\n')) out += fmt::format("  {}\n", line);
}

}  // namespace

std::string usage_line(const Word& word) {
  auto line = fmt::format("gatehouse {}", word.name);
  for (const auto& operand : word.operands) line += operand.required ? fmt::format(" {}", operand.name) : fmt::format(" [{}]", operand.name);
  return line + " [OPTION...]";
}

std::string help_for_all(std::span<const Word> words, std::string_view group, const Terminal& terminal) {
  std::string out =
      group.empty() ? fmt::format("{} guards a REST API: TLS, keys, tokens, limits, an audit trail.\n\n", terminal.bold("gatehouse")) : std::string();
  out += fmt::format("{} gatehouse WORD [OPTION...]\n\n", terminal.bold("usage:"));
  std::size_t width = 0;
  const auto shown = [&](const Word& word) { return group.empty() || word.name.starts_with(std::string(group) + " "); };
  for (const auto& word : words) {
    if (shown(word)) width = std::max(width, word.name.size());
  }
  for (const auto& word : words) {
    if (shown(word)) out += fmt::format("  {:<{}}  {}\n", word.name, width, word.summary);
  }
  out += "\n`gatehouse WORD --help` explains one word, with an example. `gatehouse protect URL` is the quickest start.\n";
  return out;
}

std::string help_for(const Word& word, std::span<const Option> common, const Terminal& terminal) {
  auto out = fmt::format("{}\n{} {}\n\n{}", wrapped(fmt::format("gatehouse {}: {}", word.name, word.summary), 0), terminal.bold("usage:"),
                         usage_line(word), wrapped(word.about, 0));
  std::size_t width = 0;
  for (const auto options : {word.options, common}) {
    for (const auto& option : options) width = std::max(width, option_heading(option).size());
  }
  out += fmt::format("\n{}\n", terminal.bold("options:"));
  append_options(out, word.options, width);
  append_options(out, common, width);
  out += fmt::format("\n{}\n", terminal.bold("example:"));
  append_lines(out, word.example);
  out += fmt::format("\n{}\n", terminal.bold("exit codes:"));
  for (const auto& [code, meaning] : exit_meanings) out += fmt::format("  {}  {}", static_cast<int>(code), wrapped(meaning, 5));
  return out;
}

}  // namespace gatehouse::main

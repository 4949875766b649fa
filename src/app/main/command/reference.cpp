#include "app/main/command/reference.hpp"

#include <fmt/format.h>

#include "app/main/command/help.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::main {
namespace {

/// A line end would end the row of a table, a bar its cell.
std::string cell_of(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string sentence(std::string_view summary) {
  std::string out(summary);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out;
}

void append_option_row(std::string& out, const Option& option) {
  const auto letter = option.letter != 0 ? fmt::format("`-{}`, ", option.letter) : std::string();
  const auto value = option.value.empty() ? std::string() : fmt::format(" {}", option.value);
  const auto choices = option.choices.empty() ? std::string() : fmt::format("; one of: {}", option.choices);
  out += fmt::format("| {}`{}{}` | {}{}{} |\n", letter, option.name, value, cell_of(option.help), cell_of(choices),
                     option.repeats ? "; may be repeated" : "");
}

void append_word_section(std::string& out, const Word& word) {
  out += fmt::format("## {}\n\n{}.\n\n```\n{}\n```\n\n", word.name, sentence(word.summary), usage_line(word));
  for (const auto line : text::split(word.about, '\n')) out += fmt::format("{}\n", line);
  if (!word.options.empty()) {
    out += "\n| option | meaning |\n|---|---|\n";
    for (const auto& option : word.options) append_option_row(out, option);
  }
  out += fmt::format("\n```console\n$ {}\n```\n\n", word.example);
}

}  // namespace

std::string command_reference(std::span<const Word> words, std::span<const Option> common) {
  std::string out = R"(<!-- Made by gatehouse_reference from the table of words in src/app/main/words; changes by hand are lost. -->
# The command line

One program, `gatehouse`, and a word for each task. `gatehouse WORD --help` says what stands here.

- **Where it looks.** Words that speak about a gate find it by `-c FILE` (its configuration), by `-d DIRECTORY` (its data directory), or by
  `gatehouse.yaml` in the working directory. Of the file only `data` and `admin.socket` are read as long as a server answers there: a key can be
  revoked also while the rest of the file, or a file that it names, is wrong. Where it is no YAML, `data` is read if it stands at the beginning of a line.
  With `-d` no file is read.
- **With and without a server.** Keys, usage and decisions are asked of the running server over a Unix socket in its data directory. When no
  server holds that directory, the same operations work on the stored data directly. `status` and `selftest` need a running server.
- **Who may.** The socket has mode 0600: the user of the server, and root. With `admin.socket_group` members of that group reach it too, and must show
  the admin credential in the environment variable `GATEHOUSE_ADMIN`.
- **Who answers.** Before anything is sent the command looks who listens: you, root, or the owner of the data directory, this last one only where you say which gate it
  is (`-c`, `-d`, or a `gatehouse.yaml` that is yours or root's and that nobody else can write). Else the word is refused, and nothing is sent: a stranger's folder can
  hold a `gatehouse-data/admin.sock`, too.
- **For programs.** `--json` writes one JSON value a line. Colours are written to a terminal only, and never when `NO_COLOR` is set.

## Exit codes

| code | meaning |
|---|---|
)";
  for (const auto& [code, meaning] : exit_meanings) out += fmt::format("| {} | {} |\n", static_cast<int>(code), cell_of(meaning));
  out += "\n## Options of every word\n\n| option | meaning |\n|---|---|\n";
  for (const auto& option : common) append_option_row(out, option);
  out += '\n';
  for (const auto& word : words) append_word_section(out, word);
  out.pop_back();
  return out;
}

}  // namespace gatehouse::main

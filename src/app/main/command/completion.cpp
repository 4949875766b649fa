#include "app/main/command/completion.hpp"

#include <fmt/format.h>

#include <vector>

#include "ground/base/text.hpp"

namespace gatehouse::main {
namespace {

std::vector<Option> options_of(const Word& word, std::span<const Option> common) {
  std::vector<Option> all(word.options.begin(), word.options.end());
  all.insert(all.end(), common.begin(), common.end());
  return all;
}

/// All first parts, and for "keys" its second parts: what may be typed after `before`.
struct Branch {
  std::string_view before;
  std::vector<std::pair<std::string_view, std::string_view>> next;  ///< part and summary
};

std::vector<Branch> branches_of(std::span<const Word> words) {
  std::vector<Branch> branches(1);
  for (const auto& word : words) {
    const auto parts = text::split(word.name, ' ');
    if (parts.size() == 1) {
      branches[0].next.emplace_back(parts[0], word.summary);
      continue;
    }
    if (branches.back().before != parts[0]) {
      branches[0].next.emplace_back(parts[0], word.summary);
      branches.push_back({parts[0], {}});
    }
    branches.back().next.emplace_back(parts[1], word.summary);
  }
  branches[0].next.emplace_back("help", "explain a word");
  return branches;
}

/// What the shell does in the place of a value: names of files or folders, one of some words, nothing.
std::string bash_offer(Offer offer, std::string_view choices) {
  if (!choices.empty()) return fmt::format("COMPREPLY=($(compgen -W '{}' -- \"$current\"))", choices);
  switch (offer) {
    case Offer::file: return "COMPREPLY=($(compgen -f -- \"$current\"))";
    case Offer::directory: return "COMPREPLY=($(compgen -d -- \"$current\"))";
    case Offer::nothing: return "COMPREPLY=()";
  }
  return {};
}

std::string parts_of(const Branch& branch) {
  std::string parts;
  for (const auto& [part, summary] : branch.next) parts += fmt::format("{}{}", parts.empty() ? "" : " ", part);
  return parts;
}

/// `help` takes the parts of a word and nothing else.
std::string after_help(std::span<const Word> words, std::string_view offer) {
  std::string out = "  if [[ $typed == 'help '* ]]; then\n    case ${typed#help } in\n";
  for (const auto& branch : branches_of(words)) {
    const auto pattern = branch.before.empty() ? std::string("''") : fmt::format("'{} '", branch.before);
    out += fmt::format("      ({}) {} ;;\n", pattern, fmt::format(fmt::runtime(offer), parts_of(branch)));
  }
  return out + "    esac\n    return\n  fi\n";
}

std::string bash(std::span<const Word> words, std::span<const Option> common) {
  std::string out =
      "# bash completion of gatehouse, made by `gatehouse completion bash`\n"
      "_gatehouse() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} typed='' i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do [[ ${COMP_WORDS[i]} == -* ]] || typed+=\"${COMP_WORDS[i]} \"; done\n";
  out += after_help(words, "COMPREPLY=($(compgen -W '{}' -- \"$current\"))");
  out += "  case $typed in\n";
  for (const auto& word : words) {
    out += fmt::format("    '{} '*)\n      case $previous in\n", word.name);
    std::string names;
    for (const auto& option : options_of(word, common)) {
      names += fmt::format("{}{}", names.empty() ? "" : " ", option.name);
      if (option.value.empty()) continue;
      const auto letter = option.letter != 0 ? fmt::format(" | -{}", option.letter) : std::string();
      out += fmt::format("        {}{}) {}; return ;;\n", option.name, letter, bash_offer(option.offer, option.choices));
    }
    out += "      esac\n";
    out += fmt::format("      if [[ $current == -* ]]; then COMPREPLY=($(compgen -W '{}' -- \"$current\"))", names);
    if (!word.operands.empty()) out += fmt::format("; else {}", bash_offer(word.operands[0].offer, word.operands[0].choices));
    out += "; fi ;;\n";
  }
  const auto branches = branches_of(words);
  for (auto branch = branches.rbegin(); branch != branches.rend(); ++branch) {
    const auto pattern = branch->before.empty() ? std::string("*") : fmt::format("'{} '", branch->before);
    out += fmt::format("    {}) COMPREPLY=($(compgen -W '{}' -- \"$current\")) ;;\n", pattern, parts_of(*branch));
  }
  return out + "  esac\n}\ncomplete -F _gatehouse gatehouse\n";
}

std::string zsh_offer(Offer offer, std::string_view choices) {
  if (!choices.empty()) return fmt::format("compadd -- {}", choices);
  switch (offer) {
    case Offer::file: return "_files";
    case Offer::directory: return "_files -/";
    case Offer::nothing: return "_message value";
  }
  return {};
}

std::string zsh(std::span<const Word> words, std::span<const Option> common) {
  std::string out =
      "#compdef gatehouse\n"
      "# zsh completion of gatehouse, made by `gatehouse completion zsh`\n"
      "_gatehouse() {\n"
      "  local typed='' part previous=${words[CURRENT-1]}\n"
      "  local -a candidates\n"
      "  for part in ${words[2,CURRENT-1]}; do [[ $part == -* ]] || typed+=\"$part \"; done\n";
  out += after_help(words, "compadd -- {}");
  out += "  case $typed in\n";
  for (const auto& word : words) {
    out += fmt::format("    ('{} '*)\n      case $previous in\n", word.name);
    std::string candidates;
    for (const auto& option : options_of(word, common)) {
      candidates += fmt::format(" '{}:{}'", option.name, option.help);
      if (option.value.empty()) continue;
      const auto letter = option.letter != 0 ? fmt::format("|-{}", option.letter) : std::string();
      out += fmt::format("        ({}{}) {}; return ;;\n", option.name, letter, zsh_offer(option.offer, option.choices));
    }
    out += fmt::format("      esac\n      candidates=({} )\n      _describe option candidates\n", candidates);
    if (!word.operands.empty()) out += fmt::format("      {}\n", zsh_offer(word.operands[0].offer, word.operands[0].choices));
    out += "      ;;\n";
  }
  const auto branches = branches_of(words);
  for (auto branch = branches.rbegin(); branch != branches.rend(); ++branch) {
    const auto pattern = branch->before.empty() ? std::string("*") : fmt::format("'{} '", branch->before);
    out += fmt::format("    ({})\n      candidates=(", pattern);
    for (const auto& [part, summary] : branch->next) out += fmt::format(" '{}:{}'", part, summary);
    out += " )\n      _describe word candidates ;;\n";
  }
  return out + "  esac\n}\ncompdef _gatehouse gatehouse\n";
}

std::string fish(std::span<const Word> words, std::span<const Option> common) {
  std::string out =
      "# fish completion of gatehouse, made by `gatehouse completion fish`\n"
      "function __gatehouse_typed\n"
      "  set -l typed (string match -v -- '-*' (commandline -opc)[2..])\n"
      "  test (count $argv) -eq 0; and test (count $typed) -eq 0; and return 0\n"
      "  test (count $argv) -gt 0; and test (string join ' ' -- $typed[1..(count $argv)]) = (string join ' ' -- $argv)\n"
      "end\n"
      "function __gatehouse_only\n"
      "  test (string join ' ' -- (string match -v -- '-*' (commandline -opc)[2..])) = (string join ' ' -- $argv)\n"
      "end\n"
      "complete -c gatehouse -f\n";
  for (const auto& [before, next] : branches_of(words)) {
    const auto condition = before.empty() ? std::string("__gatehouse_typed") : fmt::format("__gatehouse_only {}", before);
    for (const auto& [part, summary] : next) out += fmt::format("complete -c gatehouse -n '{}' -a {} -d '{}'\n", condition, part, summary);
    const auto helped = before.empty() ? std::string("help") : fmt::format("help {}", before);
    for (const auto& [part, summary] : next)
      out += fmt::format("complete -c gatehouse -n '__gatehouse_only {}' -a {} -d '{}'\n", helped, part, summary);
  }
  for (const auto& word : words) {
    for (const auto& option : options_of(word, common)) {
      out += fmt::format("complete -c gatehouse -n '__gatehouse_typed {}' -l {}", word.name, option.name.substr(2));
      if (option.letter != 0) out += fmt::format(" -s {}", option.letter);
      if (!option.value.empty()) out += option.offer == Offer::nothing ? " -x" : " -rF";
      if (!option.choices.empty()) out += fmt::format(" -a '{}'", option.choices);
      out += fmt::format(" -d '{}'\n", option.help);
    }
    if (word.operands.empty()) continue;
    const auto& operand = word.operands[0];
    if (!operand.choices.empty()) out += fmt::format("complete -c gatehouse -n '__gatehouse_typed {}' -a '{}'\n", word.name, operand.choices);
    if (operand.offer != Offer::nothing) out += fmt::format("complete -c gatehouse -n '__gatehouse_typed {}' -F\n", word.name);
  }
  return out;
}

}  // namespace

std::optional<Shell> shell_from(std::string_view name) noexcept {
  if (name == "bash") return Shell::bash;
  if (name == "zsh") return Shell::zsh;
  if (name == "fish") return Shell::fish;
  return std::nullopt;
}

std::string completion(Shell shell, std::span<const Word> words, std::span<const Option> common) {
  switch (shell) {
    case Shell::bash: return bash(words, common);
    case Shell::zsh: return zsh(words, common);
    case Shell::fish: return fish(words, common);
  }
  return {};
}

}  // namespace gatehouse::main

#include "app/main/command/arguments.hpp"

#include <algorithm>

#include "ground/base/text.hpp"

namespace gatehouse::main {
namespace {

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

Error misuse(std::string told) { return refuse(Fault::invalid, std::move(told)); }

std::string with_nearest(std::string problem, std::string_view word, std::span<const std::string_view> candidates) {
  if (const auto near = text::nearest(word, candidates)) problem += "; did you mean " + quoted(*near) + "?";
  return problem;
}

const Option* find_option(std::string_view name, std::span<const Option> own, std::span<const Option> common) {
  for (const auto options : {own, common}) {
    for (const auto& option : options) {
      if (option.name == name) return &option;
    }
  }
  return nullptr;
}

const Option* find_letter(char letter, std::span<const Option> own, std::span<const Option> common) {
  for (const auto options : {own, common}) {
    for (const auto& option : options) {
      if (option.letter == letter) return &option;
    }
  }
  return nullptr;
}

Result<> check_choice(std::string_view what, std::string_view value, std::string_view choices) {
  if (choices.empty()) return {};
  const auto allowed = text::split(choices, ' ');
  if (std::ranges::find(allowed, value) != allowed.end()) return {};
  return misuse(with_nearest(std::string(what) + " is one of: " + std::string(choices) + "; not " + quoted(value), value, allowed));
}

/// A script whose variable is not set names the empty file, which would be a place of our own choice.
Result<> check_path(std::string_view what, std::string_view value, Offer offer) {
  if (offer == Offer::nothing || !value.empty()) return {};
  return misuse(std::string(what) + " names no " + (offer == Offer::file ? "file" : "directory") +
                ": its value is empty (a variable that is not set?)");
}

}  // namespace

std::optional<std::string_view> Arguments::value(std::string_view option) const noexcept {
  for (auto given = given_.rbegin(); given != given_.rend(); ++given) {
    if (given->option == option) return given->value;
  }
  return std::nullopt;
}

std::vector<std::string_view> Arguments::values(std::string_view option) const {
  std::vector<std::string_view> all;
  for (const auto& given : given_) {
    if (given.option == option) all.push_back(given.value);
  }
  return all;
}

std::optional<std::string_view> Arguments::operand(std::size_t index) const noexcept {
  if (index >= operands_.size()) return std::nullopt;
  return operands_[index];
}

Result<CommandLine> CommandLine::parse(std::span<const std::string_view> arguments, std::span<const Word> words, std::span<const Option> common) {
  CommandLine line;
  if (arguments.empty()) return misuse("a word is missing; `gatehouse help` lists them");
  if (arguments[0] == "--version") {
    line.kind_ = Kind::version;
    return line;
  }
  const bool asks_help = arguments[0] == "help" || arguments[0] == "--help" || arguments[0] == "-h";
  if (asks_help) {
    line.kind_ = Kind::help;
    arguments = arguments.subspan(1);
    if (arguments.empty()) return line;
  }
  const auto used = TRY(line.find_word(arguments, words));
  if (line.kind_ == Kind::help) return line;
  CHECK_OK(line.read_rest(arguments.subspan(used), common));
  return line;
}

// The word with the longest name wins: "keys create" before a word "keys", if there were one.
Result<std::size_t> CommandLine::find_word(std::span<const std::string_view> arguments, std::span<const Word> words) {
  std::vector<std::string_view> firsts, seconds, of_group;
  for (const auto& word : words) {
    const auto parts = text::split(word.name, ' ');
    if (std::ranges::find(firsts, parts[0]) == firsts.end()) firsts.push_back(parts[0]);
    if (parts[0] != arguments[0]) continue;
    if (parts.size() == 1) {
      word_ = &word;
      return std::size_t{1};
    }
    if (arguments.size() > 1 && parts[1] == arguments[1]) {
      word_ = &word;
      return std::size_t{2};
    }
    seconds.push_back(parts[1]);
    of_group.push_back(word.name);
    group_ = parts[0];
  }
  if (seconds.empty()) {
    auto problem = with_nearest("there is no word " + quoted(arguments[0]), arguments[0], firsts);
    return misuse(problem.ends_with('?') ? std::move(problem) : std::move(problem) + "; `gatehouse help` lists them");
  }
  const bool help = arguments.size() > 1 && (arguments[1] == "--help" || arguments[1] == "-h" || arguments[1] == "help");
  if (arguments.size() == 1 && kind_ != Kind::help)
    return misuse(quoted(group_) + " wants one more word; `gatehouse help " + std::string(group_) + "` lists them");
  if (arguments.size() > 1 && !help) {
    auto problem = "there is no word " + quoted(std::string(group_) + " " + std::string(arguments[1]));
    const auto near = text::nearest(arguments[1], seconds);
    if (near) problem += "; did you mean " + quoted(of_group[static_cast<std::size_t>(std::ranges::find(seconds, *near) - seconds.begin())]) + "?";
    else problem += "; `gatehouse help " + std::string(group_) + "` lists them";
    return misuse(std::move(problem));
  }
  kind_ = Kind::help;
  return arguments.size();
}

Result<> CommandLine::read_rest(std::span<const std::string_view> rest, std::span<const Option> common) {
  bool only_operands = false;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const auto argument = rest[i];
    if (only_operands || argument.size() < 2 || argument[0] != '-') {
      CHECK_OK(take_operand(argument));
      continue;
    }
    if (argument == "--") {
      only_operands = true;
      continue;
    }
    const bool is_long = argument[1] == '-';
    const auto equals = is_long ? argument.find('=') : std::string_view::npos;
    const auto name = is_long ? argument.substr(0, equals) : argument.substr(0, 2);
    const auto* const option = is_long ? find_option(name, word_->options, common) : find_letter(argument[1], word_->options, common);
    if (option == nullptr) {
      std::vector<std::string_view> names;
      for (const auto options : {word_->options, common}) {
        for (const auto& known : options) names.push_back(known.name);
      }
      return misuse(with_nearest("`gatehouse " + std::string(word_->name) + "` has no option " + quoted(name), name, names));
    }
    if (option->name == "--help") {
      kind_ = Kind::help;
      return {};
    }
    std::optional<std::string_view> value;
    if (equals != std::string_view::npos) value = argument.substr(equals + 1);
    if (!is_long && argument.size() > 2) value = argument.substr(2);
    if (option->value.empty()) {
      if (value) return misuse("option " + std::string(option->name) + " takes no value");
      value = std::string_view{};
    } else if (!value) {
      if (i + 1 >= rest.size()) return misuse("option " + std::string(option->name) + " wants a value: " + std::string(option->value));
      value = rest[++i];
    }
    CHECK_OK(check_choice(option->name, *value, option->choices));
    CHECK_OK(check_path(option->name, *value, option->offer));
    if (!option->repeats && arguments_.has(option->name)) return misuse("option " + std::string(option->name) + " is given twice");
    arguments_.given_.push_back({option->name, *value});
  }
  return finish();
}

Result<> CommandLine::take_operand(std::string_view operand) {
  const auto index = arguments_.operands_.size();
  if (index >= word_->operands.size()) return misuse("`gatehouse " + std::string(word_->name) + "` does not expect " + quoted(operand));
  CHECK_OK(check_choice(word_->operands[index].name, operand, word_->operands[index].choices));
  CHECK_OK(check_path(word_->operands[index].name, operand, word_->operands[index].offer));
  arguments_.operands_.push_back(operand);
  return {};
}

Result<> CommandLine::finish() const {
  for (std::size_t i = arguments_.operands_.size(); i < word_->operands.size(); ++i) {
    if (word_->operands[i].required) return misuse("`gatehouse " + std::string(word_->name) + "` wants " + std::string(word_->operands[i].name));
  }
  return {};
}

}  // namespace gatehouse::main

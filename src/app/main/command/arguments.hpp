// The command line read against the table of words: long options with "--name value" or "--name=value", letters with
// "-c value" or "-cvalue", "--" before operands that begin with a dash. Anything unknown is refused with the nearest word.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/main/command/word.hpp"
#include "ground/base/result.hpp"

namespace gatehouse::main {

/// What was given to one word. Views into argv.
class Arguments {
 public:
  [[nodiscard]] bool has(std::string_view option) const noexcept { return value(option).has_value(); }
  /// The last value given; for a switch an empty text.
  [[nodiscard]] std::optional<std::string_view> value(std::string_view option) const noexcept;
  [[nodiscard]] std::vector<std::string_view> values(std::string_view option) const;
  /// Nothing, if fewer were given.
  [[nodiscard]] std::optional<std::string_view> operand(std::size_t index) const noexcept;

 private:
  friend class CommandLine;
  struct Given {
    std::string_view option, value;
  };
  std::vector<Given> given_;
  std::vector<std::string_view> operands_;
};

/// A command line that was understood: a word to run, or help to show.
class CommandLine {
 public:
  enum class Kind : std::uint8_t { run, help, version };

  /// Fault::invalid with what is wrong and the nearest right word.
  [[nodiscard]] static Result<CommandLine> parse(std::span<const std::string_view> arguments, std::span<const Word> words,
                                                 std::span<const Option> common);

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  /// The word to run or to show help for; null: help for all.
  [[nodiscard]] const Word* word() const noexcept { return word_; }
  /// For help: the first part of a name that several words share ("keys"); else empty.
  [[nodiscard]] std::string_view group() const noexcept { return group_; }
  [[nodiscard]] const Arguments& arguments() const noexcept { return arguments_; }

 private:
  CommandLine() = default;
  [[nodiscard]] Result<std::size_t> find_word(std::span<const std::string_view> arguments, std::span<const Word> words);
  [[nodiscard]] Result<> read_rest(std::span<const std::string_view> rest, std::span<const Option> common);
  [[nodiscard]] Result<> take_operand(std::string_view operand);
  [[nodiscard]] Result<> finish() const;

  Kind kind_ = Kind::run;
  const Word* word_ = nullptr;
  std::string_view group_;
  Arguments arguments_;
};

}  // namespace gatehouse::main

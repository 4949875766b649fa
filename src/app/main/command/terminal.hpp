// Where a word writes: answers to `out`, everything else to `err`. Colours and progress only where a person looks: on a
// terminal, and not when NO_COLOR is set (no-color.org) or the terminal is "dumb".
#pragma once
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/main/command/exit_code.hpp"

namespace gatehouse::main {

class Terminal {
 public:
  /// Looks at the two streams and the environment.
  Terminal(std::FILE* out, std::FILE* err) noexcept;
  /// No colours, no progress: for tests.
  [[nodiscard]] static Terminal plain(std::FILE* out, std::FILE* err) noexcept;

  /// Answers are JSON; set by --json.
  bool json = false;

  /// Text to `out`, and a new line after it; flushed, so that a reader of a pipe sees it at once.
  void line(std::string_view text) const noexcept;
  /// Text to `out` as it is.
  void print(std::string_view text) const noexcept;
  /// A remark to `err`, and a new line after it, if it does not end in one.
  void note(std::string_view text) const noexcept;
  /// The error to `err` (and with --json as an object to `out`); returns the exit code for it.
  ExitCode fail(const Error& error) const;
  /// The command line is wrong: as fail(), with the code for that.
  ExitCode misuse(const Error& error) const;

  [[nodiscard]] bool colours() const noexcept { return colours_; }
  /// Where progress is shown: `err`, if a person looks at it on a terminal that can rewrite a line; else null.
  [[nodiscard]] std::FILE* for_progress() const noexcept { return progress_ ? err_ : nullptr; }
  [[nodiscard]] std::string bold(std::string_view text) const { return paint("1", text); }
  [[nodiscard]] std::string green(std::string_view text) const { return paint("32", text); }
  [[nodiscard]] std::string red(std::string_view text) const { return paint("31", text); }
  [[nodiscard]] std::string yellow(std::string_view text) const { return paint("33", text); }

  /// Columns as wide as their widest cell. Bytes that a terminal would act on are shown as \xNN (see printable()).
  [[nodiscard]] std::string table(std::span<const std::string_view> heading, std::span<const std::vector<std::string>> rows) const;

 private:
  [[nodiscard]] std::string paint(std::string_view code, std::string_view text) const;
  std::FILE* out_;
  std::FILE* err_;
  bool colours_ = false;
  bool progress_ = false;
};

/// Text from outside made harmless for a terminal: control characters and bytes that are not UTF-8 become \xNN.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace gatehouse::main

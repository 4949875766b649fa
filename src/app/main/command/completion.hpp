// Shell completion generated from the table of words: `gatehouse completion bash > /etc/bash_completion.d/gatehouse`.
#pragma once
#include <optional>
#include <string>

#include "app/main/command/word.hpp"

namespace gatehouse::main {

enum class Shell : std::uint8_t { bash, zsh, fish };
[[nodiscard]] std::optional<Shell> shell_from(std::string_view name) noexcept;

/// A script for that shell. Texts of the table go into single quotes; the table has no quotes of that kind (a test says so).
[[nodiscard]] std::string completion(Shell shell, std::span<const Word> words, std::span<const Option> common);

}  // namespace gatehouse::main

// What the words that ask a server have in common: ask whoever holds the data directory, show the answer.
#pragma once
#include <functional>
#include <string>

#include "app/main/command/arguments.hpp"
#include "app/main/command/terminal.hpp"
#include "ground/base/result.hpp"
#include "ground/json/document.hpp"

namespace gatehouse::main {

/// Shows an answer to a person. What it returns goes to standard output.
using Show = std::function<std::string(const json::Value& answer, const Terminal& terminal)>;

/// Asks the running server, or, when none runs, the store itself; `arguments` is a JSON object. `begun`, if there is one, is called when it is known who
/// answers, and the rights that are not needed are given up.
[[nodiscard]] Result<std::string> ask(const Arguments& given, std::string_view what, std::string_view arguments,
                                      const std::function<void()>& begun = {});

/// ask(), then the answer as JSON with --json, else as `show` makes it. `doing`: what is shown to somebody who waits; empty: nothing, for what is done at
/// once.
ExitCode ask_and_show(const Arguments& given, Terminal& terminal, std::string_view what, std::string_view arguments, const Show& show,
                      std::string_view doing = {});

/// "name: value" lines of an object; members of inner objects as "outer.name", lists with commas.
[[nodiscard]] std::string show_object(const json::Value& object, const Terminal& terminal);

}  // namespace gatehouse::main

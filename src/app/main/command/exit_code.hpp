// How `gatehouse` ends. Scripts rely on these numbers; the --help of every word lists them.
#pragma once
#include <array>
#include <string_view>

#include "ground/base/error.hpp"

namespace gatehouse::main {

enum class ExitCode : int {
  done = 0,
  failed = 1,       ///< our own fault, or what was asked came out badly (a selftest that found a hole, a contract with grave weaknesses)
  usage = 2,        ///< the command line alone shows that it is wrong: its words, its options, or the form of their values
  invalid = 3,      ///< the configuration or a file is wrong, or a value that only the gate can judge
  not_found = 4,    ///< no such key, decision, file
  refused = 5,      ///< exists already, was changed meanwhile, or is not allowed
  unavailable = 6,  ///< the server, the store, an address or a lock cannot be had; later it may work
};

struct ExitMeaning {
  ExitCode code;
  std::string_view meaning;
};

inline constexpr std::array<ExitMeaning, 7> exit_meanings{{
    {ExitCode::done, "done"},
    {ExitCode::failed, "failed, or the answer is a bad one (a selftest that found a hole, a contract with grave weaknesses or changes that break)"},
    {ExitCode::usage, "the command line is wrong: a word, an option, or what cannot be its value"},
    {ExitCode::invalid, "the configuration or a file is wrong, or a value that the gate had to judge"},
    {ExitCode::not_found, "there is no such key, decision or file"},
    {ExitCode::refused, "it exists already, was changed meanwhile, or is not allowed"},
    {ExitCode::unavailable, "the server, the store, an address or a lock cannot be had; later it may work"},
}};

[[nodiscard]] constexpr ExitCode exit_code(Fault fault) noexcept {
  switch (fault) {
    case Fault::invalid: return ExitCode::invalid;
    case Fault::unauthenticated:
    case Fault::forbidden:
    case Fault::conflict: return ExitCode::refused;
    case Fault::not_found: return ExitCode::not_found;
    case Fault::exhausted:
    case Fault::unavailable: return ExitCode::unavailable;
    case Fault::internal: return ExitCode::failed;
  }
  return ExitCode::failed;
}

}  // namespace gatehouse::main

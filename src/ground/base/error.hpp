// Errors are values. One Error carries two texts and never mixes them: `told` may reach the caller of the API, `detail`
// only the log. Neither ever holds a secret.
#pragma once
#include <cstdint>
#include <source_location>
#include <string>
#include <utility>

namespace gatehouse {

/// What kind of failure it is, coarse enough to choose a status or an exit code by.
enum class Fault : std::uint8_t {
  invalid,          ///< the input is wrong; asking again with the same input fails again
  unauthenticated,  ///< a credential is missing or bad
  forbidden,        ///< known, and not allowed
  not_found,
  conflict,     ///< a compare-and-set lost, or the thing exists
  exhausted,    ///< a limit is reached; later it may work
  unavailable,  ///< a dependency does not answer; later it may work
  internal,     ///< our own fault
};

struct Error {
  Fault fault = Fault::internal;
  std::string told;    ///< for the caller: no path, SQL, stack, token
  std::string detail;  ///< for the log and the operator
  std::source_location where;
};

/// What the system says of an errno(3), e.g. "No such file or directory". Any thread.
[[nodiscard]] std::string system_text(int error);

/// An error whose text is only for the operator; the caller is told nothing but the kind.
[[nodiscard]] inline Error fail(Fault fault, std::string detail, std::source_location where = std::source_location::current()) {
  return Error{fault, {}, std::move(detail), where};
}

/// An error with a text for the caller and a detail for the log.
[[nodiscard]] inline Error refuse(Fault fault, std::string told, std::string detail = {},
                                  std::source_location where = std::source_location::current()) {
  return Error{fault, std::move(told), std::move(detail), where};
}

/// "told: detail", whichever of the two there is: what an operator sees on a terminal.
[[nodiscard]] std::string to_text(const Error& error);
[[nodiscard]] std::string_view to_text(Fault fault) noexcept;

}  // namespace gatehouse

// Result<T>: a value or an Error. Derived from std::expected because the library's own type is not [[nodiscard]]: an
// ignored failure would compile silently.
#pragma once
#include <expected>

#include "ground/base/error.hpp"

namespace gatehouse {

template <class T = void>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
  // NOLINTNEXTLINE(google-explicit-constructor): an Error is returned as it is, which is what TRY and `return fail(...)` stand on
  Result(Error error) : std::expected<T, Error>(std::unexpected(std::move(error))) {}
};

template <>
class [[nodiscard]] Result<void> : public std::expected<void, Error> {
 public:
  using std::expected<void, Error>::expected;
  // NOLINTNEXTLINE(google-explicit-constructor): as above
  Result(Error error) : std::expected<void, Error>(std::unexpected(std::move(error))) {}
};

}  // namespace gatehouse

// Macros that return need a statement expression, as g++ and clang have it. TRY stands on a line of its own: within braces g++ 12 leaks the parts made before it.

/// The value of a Result, or return its error from this function.
#define TRY(...)                                              \
  __extension__({                                             \
    auto try_result_ = (__VA_ARGS__);                         \
    if (!try_result_) [[unlikely]]                            \
      return std::unexpected(std::move(try_result_).error()); \
    std::move(*try_result_);                                  \
  })

/// Return the error of a Result<> from this function, if there is one.
#define CHECK_OK(...)                                           \
  do {                                                          \
    auto check_result_ = (__VA_ARGS__);                         \
    if (!check_result_) [[unlikely]]                            \
      return std::unexpected(std::move(check_result_).error()); \
  } while (false)

// Errors of what is made of a configuration, after it was read: they say first which setting they come from, so that whoever holds the document can point
// at the line (config::problems_of).
#pragma once
#include <string>
#include <string_view>

#include "ground/base/result.hpp"

namespace gatehouse::settings {

/// The error as one of the setting at that path: "listeners[0].address: bind to ...". A route may be named by its name: "routes.patient.limits".
/// One that names a setting below that path already stays as it is. The caller of the API is told nothing of it.
[[nodiscard]] Error of_setting(std::string_view path, const Error& error);

/// The same for what may have failed.
[[nodiscard]] inline Result<> of_setting(std::string_view path, Result<> done) {
  if (!done) return of_setting(path, done.error());
  return {};
}

}  // namespace gatehouse::settings

/// TRY, with the error as one of the setting at that path. Like TRY it stands on a line of its own; a macro, because g++ 12 sees uninitialised values in a
/// result that is handed through a function.
#define TRY_OF_SETTING(path, ...)                                                             \
  __extension__({                                                                             \
    auto try_result_ = (__VA_ARGS__);                                                         \
    if (!try_result_) [[unlikely]]                                                            \
      return std::unexpected(::gatehouse::settings::of_setting((path), try_result_.error())); \
    std::move(*try_result_);                                                                  \
  })

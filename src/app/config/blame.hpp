// What went wrong with a configuration after it was loaded, when something was made of it, shown at the setting that it comes from.
#pragma once
#include "app/config/load.hpp"
#include "ground/base/error.hpp"

namespace gatehouse::config {

/// The error at its place in the document that `configuration` was loaded from, if it says from which setting it comes (settings::of_setting), and at
/// none else. Empty: it names no setting, or the configuration comes from no document.
[[nodiscard]] Problems problems_of(const Error& error, const std::shared_ptr<const Source>& source);

}  // namespace gatehouse::config

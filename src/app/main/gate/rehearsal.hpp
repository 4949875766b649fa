// A configuration tried out without a gate: what `gatehouse check` does beyond reading.
#pragma once
#include "app/config/configuration.hpp"
#include "ground/base/result.hpp"
#include "ground/base/time.hpp"

namespace gatehouse::main {

/// Makes of the configuration what a gate would serve by, and lets it go again. Nothing is written, no socket opened, no network asked: names of
/// upstream servers count as known, key sets at a URL as not there yet. The error says what `gatehouse serve` would stop at.
[[nodiscard]] Result<> rehearse(const config::Configuration& configuration, const Clock& clock);

}  // namespace gatehouse::main

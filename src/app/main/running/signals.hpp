// Signals as values: blocked in every thread and taken by one that waits for them, so that no handler ever runs.
#pragma once
#include <cstdint>

namespace gatehouse::main {

/// Blocks SIGHUP, SIGTERM, SIGINT in this thread and in those that it starts. Call it before the first thread starts.
void block_signals() noexcept;

enum class Asked : std::uint8_t { reload, stop };
/// Waits for one of them: SIGHUP asks to read the configuration again, SIGTERM and SIGINT to stop.
[[nodiscard]] Asked wait_for_signal() noexcept;

/// From now on SIGTERM and SIGINT end the process at once: for who asks a second time while the last requests are finished.
void stop_at_once_on_next_signal() noexcept;

}  // namespace gatehouse::main

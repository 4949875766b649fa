// Signals as values: blocked in every thread and taken by one that waits for them, so that no handler ever runs.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace gatehouse::main {

/// Blocks SIGHUP, SIGTERM, SIGINT in this thread and in those that it starts. Call it before the first thread starts.
void block_signals() noexcept;

enum class Asked : std::uint8_t { reload, stop };
struct Signal {
  Asked asked;
  /// Who sent it, if that was a process: the kernel's word. Nobody for the terminal's Ctrl-C.
  std::optional<::uid_t> user;
  std::optional<::pid_t> process;
};
/// Waits for one of them: SIGHUP asks to read the configuration again, SIGTERM and SIGINT to stop.
[[nodiscard]] Signal wait_for_signal() noexcept;

/// From now on SIGTERM and SIGINT end the process at once: for who asks a second time while the last requests are finished.
void stop_at_once_on_next_signal() noexcept;

}  // namespace gatehouse::main

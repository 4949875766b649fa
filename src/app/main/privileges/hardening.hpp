// What the process takes from itself, whoever started it. Nothing of this can be undone by code that an attacker brings in.
#pragma once
#include <cstdint>

#include "ground/base/result.hpp"

namespace gatehouse::main {

/// For every word of the command line, before anything else: files are made for the owner alone, no program that is started gains rights
/// (PR_SET_NO_NEW_PRIVS), memory with secrets is never written to a core file nor shown to another process of the same user, and the first three
/// descriptors are open, so that no file of ours becomes the standard error. An error: the kernel refuses, which none that can run this does.
[[nodiscard]] Result<> harden_process();

/// No core files (RLIMIT_CORE) and none through a program (PR_SET_DUMPABLE: a limit of zero is not asked where core_pattern(5) is a pipe).
[[nodiscard]] Result<> forbid_dumps();

/// For a server, before it opens anything: whatever else the starter left open is closed.
void close_inherited_descriptors() noexcept;

/// Gives up every capability of this thread and of those that it starts: permitted, effective, inheritable, ambient. Root keeps one, to read and
/// write the files that it was told of, whoever owns them (CAP_DAC_OVERRIDE). For when the sockets are bound, and before the first thread.
[[nodiscard]] Result<> drop_capabilities();

/// The capabilities that this thread has (permitted), a bit each.
[[nodiscard]] Result<std::uint64_t> capabilities();

}  // namespace gatehouse::main

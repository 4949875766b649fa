// The life of a server after its start: signals, until it is asked to stop and has finished what had begun.
#pragma once
#include <functional>

#include "app/main/command/terminal.hpp"
#include "app/main/running/running.hpp"

namespace gatehouse::main {

/// The configuration read again for SIGHUP; what is wrong with it has been said to the operator already when there is none.
using ReadAgain = std::function<std::optional<config::Configuration>()>;

/// What the owners of contracts should know, on stderr: operations that stay refused, faults that do no harm.
void say_contract_notes(const config::Configuration& configuration, const Terminal& terminal);
/// "listening on URL" for each listener.
void say_listening(const Running& running, const Terminal& terminal);
/// What SIGHUP asks for: the audit log's file is opened anew in any case, then all of the configuration comes into force or nothing of it, and which of
/// the two is said.
void reload(Running& running, const ReadAgain& read_again, const audit::Actor& who, const Terminal& terminal);
/// Says "ready", then serves until SIGTERM or SIGINT and drains. block_signals() was called before the first thread.
ExitCode run_until_stopped(Running& running, const ReadAgain& read_again, const Terminal& terminal);

}  // namespace gatehouse::main

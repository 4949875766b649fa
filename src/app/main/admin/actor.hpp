// Who acts: what the kernel says of the process at the other end of the admin socket, of the sender of a signal, or of this process. Nobody is believed who
// says it of himself.
#pragma once
#include <sys/types.h>

#include "services/audit/act.hpp"

namespace gatehouse::main {

/// With the name that the machine has for the user, if it has one. May ask the machine's directory of users, which may wait: for no loop thread.
[[nodiscard]] audit::Actor actor_of(::uid_t user, std::optional<::pid_t> process);
/// The peer of a connected Unix socket (SO_PEERCRED: as it was when it connected); nobody if that cannot be told.
[[nodiscard]] audit::Actor peer_of(int connection);
/// This process. After its rights were given up that is the user that it became: who is to be named as the one who started it is asked before.
[[nodiscard]] audit::Actor this_process();

}  // namespace gatehouse::main

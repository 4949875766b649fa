#include "app/main/admin/actor.hpp"

#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace gatehouse::main {

audit::Actor actor_of(::uid_t user, std::optional<::pid_t> process) {
  audit::Actor actor{.user = user, .process = process};
  ::passwd entry{};
  ::passwd* found = nullptr;
  std::array<char, 16384> texts;
  if (::getpwuid_r(user, &entry, texts.data(), texts.size(), &found) == 0 && found != nullptr) actor.name = found->pw_name;
  return actor;
}

audit::Actor peer_of(int connection) {
  ::ucred peer{};
  ::socklen_t size = sizeof peer;
  if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return {};
  return actor_of(peer.uid, peer.pid);
}

audit::Actor this_process() { return actor_of(::getuid(), ::getpid()); }

}  // namespace gatehouse::main

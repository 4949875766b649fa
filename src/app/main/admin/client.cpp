#include "app/main/admin/client.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "app/main/admin/actor.hpp"
#include "app/main/admin/protocol.hpp"
#include "app/main/place/file.hpp"
#include "ground/json/writer.hpp"

namespace gatehouse::main {

namespace {
/// Who listens, as the kernel knows it, may hear what is asked. Anybody can make a socket of that name in a folder of his own.
Result<> check_listener(int connection, const std::string& socket, std::optional<::uid_t> server) {
  const auto who = peer_of(connection);
  if (who.user && (*who.user == 0 || *who.user == ::geteuid() || (server && *who.user == *server))) return {};
  return refuse(
      Fault::forbidden,
      fmt::format(
          "at {} listens {}, who is neither you nor root, so nothing was asked; if that is the user of the gate, say which gate you mean: -c FILE or -d DATA",
          socket,
          !who.user          ? std::string("nobody that is known")
          : who.name.empty() ? fmt::format("the user {}", *who.user)
                             : fmt::format("the user {} ({})", who.name, *who.user)));
}
}  // namespace

Result<std::optional<std::string>> ask_server(const std::string& socket, std::string_view what, std::string_view arguments,
                                              std::string_view credential, std::optional<::uid_t> server, const std::function<void()>& begun) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof address.sun_path) return refuse(Fault::invalid, fmt::format("the path of the admin socket is too long: {}", socket));
  std::memcpy(address.sun_path, socket.data(), socket.size());
  const Descriptor connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!connection.open()) return system_error("admin socket");
  if (::connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == ENOENT || errno == ECONNREFUSED) return std::optional<std::string>{};
    return system_error(socket);
  }
  CHECK_OK(check_listener(connection.get(), socket, server));
  if (begun) begun();
  std::string request;
  json::Writer writer(request);
  writer.begin_object().member("do", what);
  if (!credential.empty()) writer.member("credential", credential);
  writer.key("arguments").raw(arguments).end();
  CHECK_OK(send_line(connection.get(), std::move(request)));
  const auto line = TRY(receive_line(connection.get(), admin_bytes_max));
  return std::optional(TRY(read_answer(line)));
}

}  // namespace gatehouse::main

#include "engines/net/socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace gatehouse::net {

std::string Endpoint::to_text() const {
  const auto port_text = ":" + std::to_string(port);
  return address.is_v4() ? address.to_text() + port_text : "[" + address.to_text() + "]" + port_text;
}

namespace {
struct SocketName {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);
  [[nodiscard]] sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
};

SocketName to_name(const Endpoint& endpoint) noexcept {
  SocketName name;
  if (endpoint.address.is_v4()) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(name.storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port);
    std::memcpy(&v4.sin_addr, endpoint.address.bytes.data() + 12, 4);
    name.size = sizeof v4;
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(name.storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port);
    std::memcpy(&v6.sin6_addr, endpoint.address.bytes.data(), 16);
    name.size = sizeof v6;
  }
  return name;
}

Endpoint from_name(const SocketName& name) noexcept {
  Endpoint endpoint;
  if (name.storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(name.storage);
    endpoint.address.bytes[10] = endpoint.address.bytes[11] = 0xFF;
    std::memcpy(endpoint.address.bytes.data() + 12, &v4.sin_addr, 4);
    endpoint.port = ntohs(v4.sin_port);
  } else if (name.storage.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(name.storage);
    std::memcpy(endpoint.address.bytes.data(), &v6.sin6_addr, 16);
    endpoint.port = ntohs(v6.sin6_port);
  }
  return endpoint;
}

Error system_error(Fault fault, const char* call, const Endpoint& endpoint) {
  return fail(fault, std::string(call) + " " + endpoint.to_text() + ": " + system_text(errno));
}

void set_flag(int socket, int level, int option) noexcept {
  const int on = 1;
  ::setsockopt(socket, level, option, &on, sizeof on);
}

/// What the system takes and has not sent yet it would let grow to megabytes a connection, which no budget of ours sees and nobody else can use.
void keep_little_unsent(int socket) noexcept {
  constexpr int bytes = 256 * 1024;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof bytes);
}

/// Two ends on one machine share no network with anybody: the congestion control that costs least is the best there. Reno is part of every
/// Linux; what the machine is set to (BBR models and paces every segment) stays for all other addresses. Measured: 5 % of a proxied request.
void skip_congestion_control(int socket, const http::Address& address) noexcept {
  constexpr std::string_view reno = "reno";
  if (address.is_loopback()) ::setsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, reno.data(), reno.size());
}
}  // namespace

namespace {
/// SO_REUSEPORT lets a second process of the same user listen beside us, and the kernel deals the connections out to both: half of the requests
/// would be judged by another gate. A socket without it finds out; it never listens, so no connection goes to it.
Result<> check_free(const Endpoint& endpoint) {
  auto name = to_name(endpoint);
  const Descriptor probe(::socket(name.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!probe.open()) return system_error(Fault::unavailable, "socket for", endpoint);
  set_flag(probe.get(), SOL_SOCKET, SO_REUSEADDR);
  if (!endpoint.address.is_v4()) set_flag(probe.get(), IPPROTO_IPV6, IPV6_V6ONLY);
  if (::bind(probe.get(), name.get(), name.size) != 0) return system_error(Fault::unavailable, "bind to", endpoint);
  return {};
}
}  // namespace

Result<Descriptor> listen_on(const Endpoint& endpoint, PortUse use) {
  if (use == PortUse::exclusive && endpoint.port != 0) CHECK_OK(check_free(endpoint));
  auto name = to_name(endpoint);
  Descriptor socket(::socket(name.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.open()) return system_error(Fault::unavailable, "socket for", endpoint);
  set_flag(socket.get(), SOL_SOCKET, SO_REUSEADDR);
  set_flag(socket.get(), SOL_SOCKET, SO_REUSEPORT);
  if (!endpoint.address.is_v4()) set_flag(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY);  // one address, one family: no hidden IPv4
  skip_congestion_control(socket.get(), endpoint.address);                           // accepted sockets take it over
  if (::bind(socket.get(), name.get(), name.size) != 0) return system_error(Fault::unavailable, "bind to", endpoint);
  constexpr int backlog = 4096;  // the kernel cuts it to net.core.somaxconn
  if (::listen(socket.get(), backlog) != 0) return system_error(Fault::unavailable, "listen on", endpoint);
  return socket;
}

Result<Endpoint> local_endpoint(int socket) {
  SocketName name;
  if (::getsockname(socket, name.get(), &name.size) != 0) return fail(Fault::internal, "getsockname: " + system_text(errno));
  return from_name(name);
}

namespace {
bool no_descriptor_left(int error) noexcept { return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM; }
}  // namespace

Accepted accept_from(int listener, bool& out_of_descriptors) noexcept {
  SocketName name;
  out_of_descriptors = false;
  for (;;) {
    Accepted accepted{Descriptor(::accept4(listener, name.get(), &name.size, SOCK_NONBLOCK | SOCK_CLOEXEC)), {}};
    if (accepted.socket.open()) {
      accepted.peer = from_name(name);
      set_flag(accepted.socket.get(), IPPROTO_TCP, TCP_NODELAY);
      keep_little_unsent(accepted.socket.get());
      return accepted;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    out_of_descriptors = no_descriptor_left(errno);
    return {};
  }
}

Result<Descriptor> connect_to(const Endpoint& endpoint, bool* out_of_descriptors) {
  auto name = to_name(endpoint);
  Descriptor socket(::socket(name.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (out_of_descriptors != nullptr) *out_of_descriptors = !socket.open() && no_descriptor_left(errno);
  if (!socket.open()) return system_error(Fault::exhausted, "socket for", endpoint);
  set_flag(socket.get(), IPPROTO_TCP, TCP_NODELAY);
  skip_congestion_control(socket.get(), endpoint.address);
  if (::connect(socket.get(), name.get(), name.size) != 0 && errno != EINPROGRESS) return system_error(Fault::unavailable, "connect to", endpoint);
  return socket;
}

int connect_error(int socket) noexcept {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

}  // namespace gatehouse::net

// TCP sockets, all non-blocking and close-on-exec.
#pragma once
#include <cstdint>
#include <string>

#include "ground/base/descriptor.hpp"
#include "ground/base/result.hpp"
#include "ground/http/address.hpp"

namespace gatehouse::net {

using gatehouse::Descriptor;

struct Endpoint {
  http::Address address;
  std::uint16_t port = 0;
  bool operator==(const Endpoint&) const = default;
  /// "127.0.0.1:80", "[::1]:80".
  [[nodiscard]] std::string to_text() const;
};

/// Whether others may listen at the same address: the further sockets of one server do, and nobody else.
enum class PortUse : std::uint8_t { exclusive, beside_our_own };

/// A listening socket with SO_REUSEPORT, so that each loop thread has its own queue of connections.
/// Port 0 takes any free port; local_endpoint() says which. `exclusive` is refused where anybody listens already, also another gate.
[[nodiscard]] Result<Descriptor> listen_on(const Endpoint& endpoint, PortUse use = PortUse::exclusive);
[[nodiscard]] Result<Endpoint> local_endpoint(int socket);

struct Accepted {
  Descriptor socket;
  Endpoint peer;
};
/// The next waiting connection. Not open: none waits, or `out_of_descriptors`.
[[nodiscard]] Accepted accept_from(int listener, bool& out_of_descriptors) noexcept;

/// Begins a connection; it is established, or has failed, when the socket becomes writable. Fault::exhausted: no socket could be made, perhaps because
/// `out_of_descriptors`, which is then set if it is not null.
[[nodiscard]] Result<Descriptor> connect_to(const Endpoint& endpoint, bool* out_of_descriptors = nullptr);
/// What became of connect_to(): zero, or an errno.
[[nodiscard]] int connect_error(int socket) noexcept;

}  // namespace gatehouse::net

// The operator's own listener: /metrics for Prometheus, /healthz and /readyz for whoever restarts the process or sends requests to it. It
// stands on the engine of the data plane, with a loop thread, connections and bounds of its own: a scrape never delays a request, and a data
// plane that hangs can still be asked about.
//
//   /healthz   503: a loop thread has stopped turning; a restart is what helps
//   /readyz    503: requests had better go elsewhere for now (draining, no store ...); a restart would not help
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engines/net/server_connection.hpp"
#include "engines/net/socket.hpp"

namespace gatehouse::gateway {

/// Where the answers come from. Called on the listener's own thread; none may wait for a loop thread of the data plane.
struct OperationsSources {
  std::function<std::string()> metrics;  ///< in the Prometheus text format
  std::function<void()> look;            ///< once a second and before each answer of /healthz: asks the loop threads for a sign of life
  std::function<std::vector<std::string>()> unhealthy;  ///< why it is; empty: it is healthy
  std::function<std::vector<std::string>()> unready;    ///< why it is; empty: it is ready
};

class Operations final : public net::Service {
 public:
  static constexpr std::size_t connections_max = 64;

  /// On a socket of net::listen_on(). `clock` outlives the result.
  [[nodiscard]] static Result<std::unique_ptr<Operations>> create(const Clock& clock, net::Descriptor socket, OperationsSources sources);
  ~Operations();
  Operations(const Operations&) = delete;
  Operations& operator=(const Operations&) = delete;

  void start();
  /// Where it really listens.
  [[nodiscard]] const net::Endpoint& endpoint() const noexcept { return endpoint_; }

  // net::Service
  [[nodiscard]] std::unique_ptr<net::Admission> admit(const net::Peer& peer) override;
  [[nodiscard]] net::Exchanger* open(net::Stream& stream) override;
  void misbehaved(const net::Peer&, std::string_view) override {}

 private:
  class Listener;
  class Question;
  Operations(std::unique_ptr<async::Loop> loop, const net::Endpoint& endpoint, OperationsSources sources);
  void look();
  /// A page in the browser of somebody on this machine reaches a loopback address by a name of its own that it lets point there (DNS rebinding), and
  /// would read the answer: on loopback only "localhost" and addresses are answered.
  [[nodiscard]] bool answers_to(std::string_view host) const;

  std::unique_ptr<async::Loop> loop_;
  net::Endpoint endpoint_;
  OperationsSources sources_;
  net::ServerContext context_;
  std::unique_ptr<Listener> listener_;
  async::MemberTimer<Operations, &Operations::look> timer_{*this};
  std::jthread thread_;
};

}  // namespace gatehouse::gateway

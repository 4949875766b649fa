// The data plane as a whole: listening sockets and worker threads. Made, started, reloaded, drained.
#pragma once
#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include "doors/gateway/worker.hpp"

namespace gatehouse::gateway {

/// Listening sockets before there is a server: who binds them first may then become a user that could not.
struct Doors {
  std::vector<std::vector<net::Descriptor>> sockets;  ///< of each worker, in the order of the listeners
  std::vector<net::Endpoint> endpoints;               ///< where they really listen (port 0 was a wish)
  /// All, or none. `workers`: at least 1.
  [[nodiscard]] static Result<Doors> open(std::span<const net::Endpoint> listeners, unsigned workers);
};

class Server {
 public:
  /// As many workers as `doors` were opened for, at the listeners of the snapshot. `services` outlive the server.
  [[nodiscard]] static Result<std::unique_ptr<Server>> create(Services& services, const std::shared_ptr<const Snapshot>& snapshot, Doors doors);
  /// Drains nothing: what still runs is cut off.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void start();
  /// New requests are judged by `snapshot`; requests under way keep the one that they began with. Refused, with nothing changed, if it has
  /// other listening addresses: those take a restart.
  [[nodiscard]] Result<> reload(std::shared_ptr<const Snapshot> snapshot);
  /// No new connections; requests under way may end within `time`. Returns when all threads have ended.
  void drain(Duration time);

  /// Any thread: drain() has begun.
  [[nodiscard]] bool draining() const noexcept { return draining_.load(std::memory_order_relaxed); }
  /// Any thread: asks every loop thread for a sign of life.
  void look(Ticks now);
  /// Any thread: the loop threads that have owed one for longer than `patience`, by number.
  [[nodiscard]] std::vector<unsigned> stuck(Ticks now, Duration patience) const;

  /// Where it really listens (port 0 was a wish), as Snapshot::listeners.
  [[nodiscard]] const std::vector<net::Endpoint>& endpoints() const noexcept { return endpoints_; }
  /// Any thread. Give it a name for as long as something of it is used: in `for (... : server.snapshot()->...)` a reload may free it meanwhile.
  [[nodiscard]] std::shared_ptr<const Snapshot> snapshot() const { return snapshot_.get(); }
  [[nodiscard]] std::uint32_t connections() const noexcept { return connections_.load(std::memory_order_relaxed); }

 private:
  explicit Server(std::shared_ptr<const Snapshot> snapshot) : snapshot_(std::move(snapshot)) {}
  std::atomic<std::uint32_t> connections_{0};
  std::atomic<bool> draining_{false};
  Published<Snapshot> snapshot_;
  std::vector<net::Endpoint> endpoints_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

/// How many processors this process may use (sched_getaffinity(2)): the number of workers by default.
[[nodiscard]] unsigned usable_processors() noexcept;

}  // namespace gatehouse::gateway

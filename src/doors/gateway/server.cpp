#include "doors/gateway/server.hpp"

#include <sched.h>
#include <algorithm>

#include "ground/base/assert.hpp"
#include "ground/settings/setting_error.hpp"

namespace gatehouse::gateway {

unsigned usable_processors() noexcept {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
}

Result<Doors> Doors::open(std::span<const net::Endpoint> listeners, unsigned workers) {
  Doors doors{std::vector<std::vector<net::Descriptor>>(workers), {}};
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    const auto setting = "listeners[" + std::to_string(i) + "].address";
    auto endpoint = listeners[i];
    for (auto& mine : doors.sockets) {
      const bool first = &mine == &doors.sockets.front();
      mine.push_back(TRY_OF_SETTING(setting, net::listen_on(endpoint, first ? net::PortUse::exclusive : net::PortUse::beside_our_own)));
      endpoint = TRY(net::local_endpoint(mine.back().get()));  // the first thread's free port is everybody's
    }
    doors.endpoints.push_back(endpoint);
  }
  return doors;
}

Result<std::unique_ptr<Server>> Server::create(Services& services, const std::shared_ptr<const Snapshot>& snapshot, Doors doors) {
  GH_ASSERT(doors.endpoints.size() == snapshot->listeners.size());
  auto server = std::unique_ptr<Server>(new Server(snapshot));
  server->endpoints_ = std::move(doors.endpoints);
  for (unsigned i = 0; i < doors.sockets.size(); ++i)
    server->workers_.push_back(TRY(Worker::create(i, services, snapshot, std::move(doors.sockets[i]), server->connections_)));
  return server;
}

Server::~Server() { drain(Duration::zero()); }

void Server::start() {
  for (auto& worker : workers_) worker->start();
}

Result<> Server::reload(std::shared_ptr<const Snapshot> snapshot) {
  const auto before = snapshot_.get();
  const bool same = std::ranges::equal(snapshot->listeners, before->listeners, [](const auto& a, const auto& b) {
    return a.endpoint == b.endpoint && (a.tls == nullptr) == (b.tls == nullptr);
  });
  if (!same) return refuse(Fault::conflict, "listeners cannot change while the gate runs: restart it to listen elsewhere");
  for (auto& worker : workers_) worker->adopt(snapshot);
  snapshot_.publish(std::move(snapshot));
  return {};
}

void Server::look(Ticks now) {
  for (auto& worker : workers_) worker->ask(now);
}

std::vector<unsigned> Server::stuck(Ticks now, Duration patience) const {
  std::vector<unsigned> numbers;
  for (const auto& worker : workers_)
    if (worker->silent(now) > patience) numbers.push_back(worker->number());
  return numbers;
}

void Server::drain(Duration time) {
  draining_.store(true, std::memory_order_relaxed);
  for (auto& worker : workers_) worker->drain(time);
  for (auto& worker : workers_) worker->join();
}

}  // namespace gatehouse::gateway

// The servers behind the gate. An Upstream is a group of servers that answer alike, immutable and part of the snapshot; each
// loop thread has its own UpstreamPools to it: connections, whose turn it is, and which server has just failed.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engines/net/client_pool.hpp"
#include "engines/net/options.hpp"
#include "ground/async/loop.hpp"

namespace gatehouse::gateway {

class Upstream {
 public:
  /// Resolves the servers' names (blocking: at load only) and reads the CA file.
  [[nodiscard]] static Result<std::shared_ptr<const Upstream>> create(std::string name, const net::UpstreamOptions& options);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const net::UpstreamOptions& options() const noexcept { return options_; }
  [[nodiscard]] const net::ClientTimes& times() const noexcept { return times_; }
  [[nodiscard]] std::span<const net::ClientPoolOptions> servers() const noexcept { return servers_; }

 private:
  std::string name_;
  net::UpstreamOptions options_;
  net::ClientTimes times_;
  std::vector<net::ClientPoolOptions> servers_;
};

class UpstreamPools {
 public:
  UpstreamPools(async::Loop& loop, std::shared_ptr<const Upstream> upstream, std::span<char> scratch, net::BufferTally& tally);

  struct Taken {
    net::ClientConnection* connection;
    std::size_t server;
  };
  /// A connection to the server whose turn it is. A server that failed within the last seconds is passed over while another
  /// has not. `fresh`: no pooled connection. `tried`: bits of servers that this request has already tried.
  [[nodiscard]] Result<Taken> take(bool fresh, std::uint64_t tried);
  void failed(std::size_t server) noexcept;
  void succeeded(std::size_t server) noexcept { servers_[server].failed_until = Ticks{}; }
  [[nodiscard]] std::size_t size() const noexcept { return servers_.size(); }
  [[nodiscard]] const Upstream& upstream() const noexcept { return *upstream_; }

 private:
  struct Server {
    std::unique_ptr<net::ClientPool> pool;
    Ticks failed_until{};
  };
  [[nodiscard]] std::size_t choose(std::uint64_t tried) noexcept;

  async::Loop& loop_;
  std::shared_ptr<const Upstream> upstream_;
  std::vector<Server> servers_;
  std::size_t turn_ = 0;
};

}  // namespace gatehouse::gateway

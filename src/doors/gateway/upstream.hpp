// The servers behind the gate. An Upstream is a group of servers that answer alike and part of the snapshot; what its names stand for may change
// while it is in use, and is published as a whole. Each loop thread has its own UpstreamPools to it: connections, whose turn it is, and which
// server has just failed.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "doors/gateway/resolve.hpp"
#include "engines/net/client_pool.hpp"
#include "engines/net/options.hpp"
#include "ground/async/loop.hpp"
#include "ground/base/published.hpp"

namespace gatehouse::gateway {

class Upstream {
 public:
  static constexpr std::size_t servers_max = 64;  ///< of more addresses the first ones are used, in the order of the setting and of the address
  using Servers = std::vector<net::ClientPoolOptions>;

  /// Resolves the servers' names (blocking) and reads the CA file. `now`: when that was, for due().
  [[nodiscard]] static Result<std::shared_ptr<const Upstream>> create(std::string name, const net::UpstreamOptions& options, Resolve resolve,
                                                                      Ticks now);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const net::UpstreamOptions& options() const noexcept { return options_; }
  [[nodiscard]] const net::ClientTimes& times() const noexcept { return times_; }
  /// Those to connect to now; never none.
  [[nodiscard]] const Published<Servers>& servers() const noexcept { return servers_; }

  /// Whether it has names, and it is time to ask again what they stand for.
  [[nodiscard]] bool due(Ticks now) const noexcept;
  struct Resolution {
    bool changed = false;         ///< other servers than before were published
    std::optional<Error> failed;  ///< a name could not be resolved: what it stood for so far is still used
    bool turned = false;          ///< `failed` was otherwise the last time
  };
  /// Pool only: asks again for all names.
  [[nodiscard]] Resolution resolve(Ticks now) const;

 private:
  using Addresses = std::vector<std::vector<http::Address>>;  // of each server of the setting
  Upstream(std::string name, const net::UpstreamOptions& options, Resolve resolve, std::shared_ptr<const net::ClientTls> tls, Addresses addresses,
           Ticks now);
  [[nodiscard]] Servers servers_at(const Addresses& addresses) const;

  const std::string name_;
  const net::UpstreamOptions options_;
  const net::ClientTimes times_;
  const Resolve resolve_;
  const std::shared_ptr<const net::ClientTls> tls_;
  mutable std::mutex resolving_;
  mutable Addresses addresses_;              // guarded by resolving_
  mutable bool failing_ = false;             // guarded by resolving_
  mutable std::atomic<std::int64_t> asked_;  // ticks of the last time
  mutable Published<Servers> servers_;
};

/// One thread's. Each server has a place, whose number a request may keep; a place is given to another server only when nobody uses its
/// connections any more.
class UpstreamPools {
 public:
  UpstreamPools(async::Loop& loop, std::shared_ptr<const Upstream> upstream, net::Scratch& scratch, net::BufferTally& tally);

  struct Taken {
    net::ClientConnection* connection;
    std::size_t server;
  };
  /// A connection to the server whose turn it is. A server that failed within the last seconds is passed over while another
  /// has not. `fresh`: no pooled connection. `tried`: bits of servers that this request has already tried. `holder`: see net::ClientPool::take().
  [[nodiscard]] Result<Taken> take(bool fresh, std::uint64_t tried, std::uint64_t holder);
  /// Whether the last take() failed because this process has no descriptor left.
  [[nodiscard]] bool out_of_descriptors() const noexcept { return out_of_descriptors_; }
  void failed(std::size_t server) noexcept;
  void succeeded(std::size_t server) noexcept { places_[server].failed_until = Ticks{}; }
  /// Servers that new connections may go to.
  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] const Upstream& upstream() const noexcept { return *upstream_; }

 private:
  struct Place {
    std::unique_ptr<net::ClientPool> pool;  // null: free
    Ticks failed_until{};
  };
  void catch_up();
  void release_retired();
  [[nodiscard]] bool seat(const net::ClientPoolOptions& server);
  [[nodiscard]] std::size_t choose(std::uint64_t tried) noexcept;
  [[nodiscard]] bool live(std::size_t place) const noexcept { return (live_ >> place & 1U) != 0; }

  async::Loop& loop_;
  std::shared_ptr<const Upstream> upstream_;
  net::Scratch& scratch_;
  net::BufferTally& tally_;
  Published<Upstream::Servers>::Reader servers_;
  std::shared_ptr<const Upstream::Servers> adopted_;  // those that the places follow
  std::vector<Place> places_;                         // at most 64
  std::uint64_t live_ = 0;                            // bits of places whose server is one of `adopted_`
  bool out_of_descriptors_ = false;
  bool incomplete_ = false;  // a server of `adopted_` waits for a place
  std::size_t turn_ = 0;
};

}  // namespace gatehouse::gateway

// The connections of one loop thread to one upstream server: idle ones are taken newest first, so that the surplus ages and
// closes. Bounded in all and in idle ones, and each client in how many of them its requests hold (shares.hpp).
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "engines/net/client_connection.hpp"
#include "engines/net/scratch.hpp"
#include "engines/net/shares.hpp"
#include "engines/net/tls.hpp"

namespace gatehouse::net {

struct ClientPoolOptions {
  Endpoint endpoint;
  std::shared_ptr<const ClientTls> tls;  ///< null: plain TCP
  std::string name;                      ///< the name that the server's certificate must carry
  std::size_t connections_max = 1024;
  std::size_t idle_max = 64;
  ClientTimes times;
  http1::HeadLimits head;
};

class ClientPool {
 public:
  /// `scratch`: what its connections read into. `tally`: where its connections count what they buffer. Both outlive the pool.
  ClientPool(async::Loop& loop, ClientPoolOptions options, Scratch& scratch, BufferTally& tally);
  ~ClientPool();
  ClientPool(const ClientPool&) = delete;
  ClientPool& operator=(const ClientPool&) = delete;

  /// An idle connection, or a new one that may still be connecting: begin() can be called on it at once.
  /// `fresh`: never an idle one. `holder`: a number for whom it is taken, or Shares::nobody. Errors: the bound is reached (Fault::exhausted), that
  /// holder has his share (Fault::forbidden), or no socket could be made.
  [[nodiscard]] Result<ClientConnection*> take(bool fresh, std::uint64_t holder = Shares::nobody);
  /// Whether the last take() failed because this process has no descriptor left.
  [[nodiscard]] bool out_of_descriptors() const noexcept { return out_of_descriptors_; }
  /// The server is not to be asked any more: idle connections close now, busy ones when their exchange ends. No take() after this.
  void retire() noexcept;
  [[nodiscard]] std::size_t open_connections() const noexcept { return all_.size(); }
  [[nodiscard]] std::size_t busy_connections() const noexcept { return all_.size() - idle_.size(); }
  [[nodiscard]] const ClientPoolOptions& options() const noexcept { return options_; }

 private:
  friend class ClientConnection;
  void give_back(ClientConnection& connection);
  void forget(ClientConnection& connection) noexcept;
  void end_holding(ClientConnection& connection) noexcept;

  async::Loop& loop_;
  const ClientPoolOptions options_;
  Scratch& scratch_;
  BufferTally& tally_;
  std::vector<ClientConnection*> idle_;
  std::vector<ClientConnection*> all_;
  Shares shares_;  // of those that are busy
  bool retired_ = false;
  bool out_of_descriptors_ = false;
};

}  // namespace gatehouse::net

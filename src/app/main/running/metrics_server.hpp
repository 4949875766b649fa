// /metrics, /healthz and /readyz on a listener of their own, in clear text for the operator's network. One thread, plain blocking code,
// one request a connection, everything bounded: it shares nothing with the data plane but the numbers it reads.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "app/main/place/file.hpp"
#include "engines/net/socket.hpp"
#include "ground/base/result.hpp"

namespace gatehouse::main {

class MetricsServer {
 public:
  /// `exposition`: the text for Prometheus, asked for by another thread.
  [[nodiscard]] static Result<std::unique_ptr<MetricsServer>> start(const net::Endpoint& endpoint, std::function<std::string()> exposition);
  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  [[nodiscard]] const net::Endpoint& endpoint() const noexcept { return endpoint_; }
  /// From now on /readyz answers 503: a load balancer is to send its requests elsewhere.
  void not_ready() noexcept { ready_ = false; }

 private:
  MetricsServer(net::Descriptor listener, net::Endpoint endpoint, Descriptor stop, std::function<std::string()> exposition);
  void serve_until_stopped() noexcept;
  void serve(int connection);
  [[nodiscard]] std::string answer(std::string_view head) const;

  net::Descriptor listener_;
  net::Endpoint endpoint_;
  Descriptor stop_;  // an eventfd that stays readable once the server stops
  std::function<std::string()> exposition_;
  std::atomic<bool> ready_{true};
  std::jthread thread_;
};

}  // namespace gatehouse::main

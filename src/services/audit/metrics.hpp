// Counters of the loop threads and their text for Prometheus. Each thread has its own numbers and adds to them by plain loads and stores;
// a scrape sums them up. The number of time series is bounded: by routes, never by anything that a client sends.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "ground/base/result.hpp"
#include "services/audit/record.hpp"

namespace gatehouse::audit {

/// What is only counted up.
enum class Counter : std::uint8_t {
  connections_accepted,
  connections_refused,
  connections_shut_out,
  accept_pauses,
  connections_shed,
  connections_closed,
  tls_handshakes,
  tls_resumed,
  tls_failures,
  tls_connections_closed,
  http2_connections,
  http2_resets,
  slow_clients,
  early_refusals,
  unrecorded_refusals,
  headers_dropped,
  limit_refusals,
  limit_delays,
  shadow_refusals,
  shadow_answer_refusals,
  changed_answers,
  leaks,
  bans,
  token_cache_hits,
  token_cache_misses,
  upstream_connections,
  upstream_reused,
  upstream_failures,
  count_
};
/// The metric's name without "gatehouse_" and "_total", and its help text.
struct CounterInfo {
  std::string_view name, help;
};
[[nodiscard]] const CounterInfo& info(Counter counter) noexcept;

class Metrics {
 public:
  static constexpr std::uint32_t routes_max = 1024;
  /// Latency is counted in buckets of powers of two: 65.536 µs, 131.072 µs ... 34.4 s, and above.
  static constexpr std::size_t buckets = 21;
  static constexpr unsigned first_bucket_bits = 16;  // 2^16 ns

  [[nodiscard]] static Result<std::unique_ptr<Metrics>> create(unsigned threads);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// The number of a route, for Record::route_number: the same name keeps its number over reloads. Routes beyond routes_max are
  /// counted together as the last one, "(other)". At start and reload.
  [[nodiscard]] std::uint32_t route(std::string_view name);
  /// A gauge or counter that is read when somebody asks, e.g. the length of a queue. `read` must be safe on any thread and outlive this.
  enum class Kind : std::uint8_t { gauge, counter };
  void source(std::string name, std::string help, Kind kind, std::function<double()> read);
  /// The same with a sample for each value of a label, which must differ; how many is bounded by the configuration, never by clients.
  using Samples = std::vector<std::pair<std::string, double>>;
  void source(std::string name, std::string help, Kind kind, std::string label, std::function<Samples()> read);

  /// The calling thread's numbers.
  void add(unsigned thread, Counter counter, std::uint64_t count = 1) noexcept;
  void count(unsigned thread, const Record& record) noexcept;

  [[nodiscard]] std::uint64_t sum(Counter counter) const noexcept;
  /// All of it in the Prometheus text format, version 0.0.4.
  [[nodiscard]] std::string exposition() const;
  static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

 private:
  using Cell = std::atomic<std::uint64_t>;
  struct Route;
  struct Block;
  struct Source {
    std::string name, help;
    Kind kind;
    std::string label;  // empty: one sample, and no label
    std::function<Samples()> read;
  };
  Metrics() = default;
  [[nodiscard]] Block& block(unsigned thread) const noexcept;
  void expose_routes(std::string& out) const;
  void expose_rest(std::string& out) const;

  void* memory_ = nullptr;  // a Block for each thread, touched as far as used
  std::size_t bytes_ = 0;
  unsigned threads_ = 0;
  mutable std::mutex registering_;
  std::vector<std::string> routes_;
  std::vector<Source> sources_;
};

}  // namespace gatehouse::audit

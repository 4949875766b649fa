#include "services/audit/metrics.hpp"

#include <sys/mman.h>
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdio>

#include "ground/base/assert.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::audit {

namespace detail {
struct Histogram {
  std::array<std::atomic<std::uint64_t>, Metrics::buckets> counts;
  std::atomic<std::uint64_t> nanoseconds;
};
}  // namespace detail

namespace {

using detail::Histogram;

constexpr std::size_t class_count = 6;  // no answer, 1xx ... 5xx
constexpr std::array<std::string_view, class_count> class_names{"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
constexpr auto problem_count = static_cast<std::size_t>(http::ProblemKind::count_);
constexpr auto counter_count = static_cast<std::size_t>(Counter::count_);

constexpr std::array<CounterInfo, counter_count> counter_infos{{
    {"connections_accepted", "Connections of clients that were accepted."},
    {"connections_refused",
     "Connections of clients that were closed at once: there were too many, in all or from one address, or they came too fast."},
    {"connections_shut_out", "Connections that were closed at once: their address is banned or denied, and was told so often enough."},
    {"accept_pauses", "Times that accepting rested, for 100 ms at most, because the process, or the system, had no descriptor left."},
    {"connections_shed", "Resting connections of clients that were closed because no descriptor was left."},
    {"connections_closed", "Accepted connections of clients that have ended."},
    {"tls_handshakes", "TLS handshakes that succeeded."},
    {"tls_resumed", "TLS handshakes that resumed a session."},
    {"tls_failures", "TLS handshakes that failed."},
    {"tls_connections_closed", "TLS connections that have ended."},
    {"http2_connections", "Connections that speak HTTP/2."},
    {"http2_resets", "HTTP/2 streams that clients reset."},
    {"slow_clients", "Clients that were cut off because they took an answer too slowly, or not at all: connections, and streams of HTTP/2."},
    {"early_refusals", "Requests refused before a route was found."},
    {"unrecorded_refusals", "Refusals of clients that a trusted proxy did not name, beyond those that are put on record."},
    {"headers_dropped", "Header fields that were dropped because of their name."},
    {"limit_refusals", "Requests refused by a rate or concurrency limit."},
    {"limit_delays", "Requests held back by a rate limit."},
    {"shadow_refusals", "Requests that a stage in shadow mode would have refused, and answers."},
    {"shadow_answer_refusals", "Answers among them."},
    {"changed_answers", "Answers of which a stage has taken something away."},
    {"leaks", "Answers that showed a stack trace, an error of a database or a secret."},
    {"bans", "Addresses and keys that were banned."},
    {"token_cache_hits", "Tokens whose signature was proved before."},
    {"token_cache_misses", "Tokens whose signature had to be proved."},
    {"upstream_connections", "Connections made to upstreams."},
    {"upstream_reused", "Requests sent on a connection that was open already."},
    {"upstream_failures", "Requests that got no usable answer from the upstream."},
}};

/// Only its own thread writes: a load and a store are enough.
void raise(std::atomic<std::uint64_t>& cell, std::uint64_t by) noexcept {
  cell.store(cell.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

/// Bucket i takes what is at most 2^(16+i) ns; the last takes the rest.
std::size_t bucket_of(std::uint64_t nanoseconds) noexcept {
  const auto bits = static_cast<std::size_t>(std::bit_width(nanoseconds == 0 ? 0 : nanoseconds - 1));
  return bits <= Metrics::first_bucket_bits ? 0 : std::min(bits - Metrics::first_bucket_bits, Metrics::buckets - 1);
}

void observe(Histogram& histogram, Duration duration) noexcept {
  const auto nanoseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(0, duration.count()));
  raise(histogram.counts[bucket_of(nanoseconds)], 1);
  raise(histogram.nanoseconds, nanoseconds);
}

std::string label(std::string_view value) {
  std::string out = "\"";
  const bool good = text::is_utf8(value);
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\', out += c;
    else if (c == '\n') out += "\\n";
    else if (static_cast<std::uint8_t>(c) < 0x20 || c == 0x7F || (!good && static_cast<std::uint8_t>(c) >= 0x80)) out += '?';
    else out += c;
  }
  return out += '"';
}

/// A help text ends at its line's end: only these two are escaped there.
std::string help_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') out += "\\\\";
    else if (c == '\n') out += "\\n";
    else out += c;
  }
  return out;
}

void head(std::string& out, std::string_view name, std::string_view help, std::string_view type) {
  out.append("# HELP ").append(name).append(" ").append(help_text(help)).append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

void sample(std::string& out, std::string_view name, std::string_view labels, std::uint64_t value) {
  out.append(name);
  if (!labels.empty()) out.append("{").append(labels).append("}");
  out.append(" ").append(std::to_string(value)).append("\n");
}

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

std::string seconds_text(std::uint64_t nanoseconds) {
  char text[48];
  std::snprintf(text, sizeof text, "%llu.%09llu", static_cast<unsigned long long>(nanoseconds / 1'000'000'000),
                static_cast<unsigned long long>(nanoseconds % 1'000'000'000));
  return text;
}

}  // namespace

const CounterInfo& info(Counter counter) noexcept {
  GH_ASSERT(static_cast<std::size_t>(counter) < counter_count);
  return counter_infos[static_cast<std::size_t>(counter)];
}

struct alignas(64) Metrics::Route {
  std::array<Cell, outcome_count * class_count> requests;
  Cell bytes_in, bytes_out;
  detail::Histogram total, upstream;
};

struct alignas(4096) Metrics::Block {
  std::array<Cell, counter_count> counters;
  std::array<Cell, problem_count> problems;
  std::array<Route, routes_max + 1> routes;  // 0: no route
};

Result<std::unique_ptr<Metrics>> Metrics::create(unsigned threads) {
  constexpr unsigned threads_max = 1024;
  if (threads == 0 || threads > threads_max) return fail(Fault::invalid, "metrics are kept for 1 to 1024 threads");
  std::unique_ptr<Metrics> metrics(new Metrics);
  metrics->bytes_ = threads * sizeof(Block);
  void* const memory = ::mmap(nullptr, metrics->bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return fail(Fault::unavailable, "no memory for the metrics: " + system_text(errno));
  (void)::madvise(memory, metrics->bytes_, MADV_NOHUGEPAGE);  // an advice: without it only memory is lost
  metrics->memory_ = memory;
  metrics->threads_ = threads;
  metrics->routes_.emplace_back("");
  return metrics;
}

Metrics::~Metrics() {
  if (memory_ != nullptr) ::munmap(memory_, bytes_);
}

Metrics::Block& Metrics::block(unsigned thread) const noexcept {
  GH_ASSERT(thread < threads_);
  return static_cast<Block*>(memory_)[thread];
}

std::uint32_t Metrics::route(std::string_view name) {
  const std::lock_guard lock(registering_);
  const auto found = std::find(routes_.begin() + 1, routes_.end(), name);
  if (found != routes_.end()) return static_cast<std::uint32_t>(found - routes_.begin());
  if (routes_.size() > routes_max - 1) {
    if (routes_.size() == routes_max) routes_.emplace_back("(other)");
    return routes_max;
  }
  routes_.emplace_back(name);
  return static_cast<std::uint32_t>(routes_.size() - 1);
}

void Metrics::source(std::string name, std::string help, Kind kind, std::function<double()> read) {
  source(std::move(name), std::move(help), kind, {}, [read = std::move(read)] { return Samples{{{}, read()}}; });
}

void Metrics::source(std::string name, std::string help, Kind kind, std::string label, std::function<Samples()> read) {
  const std::lock_guard lock(registering_);
  sources_.push_back({std::move(name), std::move(help), kind, std::move(label), std::move(read)});
}

void Metrics::add(unsigned thread, Counter counter, std::uint64_t count) noexcept {
  GH_ASSERT(counter < Counter::count_);
  raise(block(thread).counters[static_cast<std::size_t>(counter)], count);
}

void Metrics::count(unsigned thread, const Record& record) noexcept {
  auto& mine = block(thread);
  auto& route = mine.routes[std::min(record.route_number, routes_max)];
  const auto status_class = record.status / 100U;
  raise(route.requests[static_cast<std::size_t>(record.outcome) * class_count + (status_class < class_count ? status_class : 0)], 1);
  raise(route.bytes_in, record.bytes_in);
  raise(route.bytes_out, record.bytes_out);
  observe(route.total, record.total);
  if (record.upstream > Duration::zero()) observe(route.upstream, record.upstream);
  if (record.problem && *record.problem < http::ProblemKind::count_) raise(mine.problems[static_cast<std::size_t>(*record.problem)], 1);
}

std::uint64_t Metrics::sum(Counter counter) const noexcept {
  GH_ASSERT(counter < Counter::count_);
  std::uint64_t total = 0;
  for (unsigned t = 0; t < threads_; ++t) total += block(t).counters[static_cast<std::size_t>(counter)].load(std::memory_order_relaxed);
  return total;
}

namespace {

/// The numbers of one route, added up over the threads.
struct RouteSum {
  std::string labels;
  std::array<std::uint64_t, outcome_count * class_count> requests{};
  std::uint64_t bytes_in = 0, bytes_out = 0;
  struct Sums {
    std::array<std::uint64_t, Metrics::buckets> counts{};
    std::uint64_t nanoseconds = 0;
    void add(const Histogram& histogram) {
      for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += histogram.counts[i].load(std::memory_order_relaxed);
      nanoseconds += histogram.nanoseconds.load(std::memory_order_relaxed);
    }
  } total, upstream;
};

void expose_histogram(std::string& out, std::string_view name, std::string_view help, const std::vector<RouteSum>& routes,
                      RouteSum::Sums RouteSum::* which) {
  head(out, name, help, "histogram");
  const std::string base(name);
  for (const auto& route : routes) {
    const auto& sums = route.*which;
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < Metrics::buckets; ++i) {
      below += sums.counts[i];
      const auto bound = i + 1 == Metrics::buckets ? std::string("+Inf") : seconds_text(std::uint64_t{1} << (Metrics::first_bucket_bits + i));
      sample(out, base + "_bucket", route.labels + ",le=\"" + bound + "\"", below);
    }
    out.append(base).append("_sum{").append(route.labels).append("} ").append(seconds_text(sums.nanoseconds)).append("\n");
    sample(out, base + "_count", route.labels, below);
  }
}

}  // namespace

void Metrics::expose_routes(std::string& out) const {
  std::vector<RouteSum> sums(routes_.size());
  for (std::size_t r = 0; r < routes_.size(); ++r) {
    auto& sum = sums[r];
    sum.labels = "route=" + label(r == 0 ? "(none)" : routes_[r]);
    for (unsigned t = 0; t < threads_; ++t) {
      const auto& route = block(t).routes[r];
      for (std::size_t i = 0; i < sum.requests.size(); ++i) sum.requests[i] += route.requests[i].load(std::memory_order_relaxed);
      sum.bytes_in += route.bytes_in.load(std::memory_order_relaxed);
      sum.bytes_out += route.bytes_out.load(std::memory_order_relaxed);
      sum.total.add(route.total);
      sum.upstream.add(route.upstream);
    }
  }
  head(out, "gatehouse_requests_total", "Requests by route, what became of them, and the class of the status.", "counter");
  for (const auto& sum : sums)
    for (std::size_t i = 0; i < sum.requests.size(); ++i)
      if (sum.requests[i] != 0)
        sample(out, "gatehouse_requests_total",
               sum.labels + ",outcome=" + label(to_text(static_cast<Outcome>(i / class_count))) + ",class=" + label(class_names[i % class_count]),
               sum.requests[i]);
  head(out, "gatehouse_received_bytes_total", "Bytes of the bodies of requests received from clients, without heads and framing.", "counter");
  for (const auto& sum : sums) sample(out, "gatehouse_received_bytes_total", sum.labels, sum.bytes_in);
  head(out, "gatehouse_sent_bytes_total", "Bytes of the bodies of answers sent to clients, without heads and framing.", "counter");
  for (const auto& sum : sums) sample(out, "gatehouse_sent_bytes_total", sum.labels, sum.bytes_out);
  expose_histogram(out, "gatehouse_request_seconds", "Time from the first byte of a request to the last of its answer.", sums, &RouteSum::total);
  expose_histogram(out, "gatehouse_upstream_seconds", "Time until the upstream's answer began.", sums, &RouteSum::upstream);
}

void Metrics::expose_rest(std::string& out) const {
  head(out, "gatehouse_refusals_total", "Requests that were refused or failed, by kind of problem.", "counter");
  for (std::size_t p = 0; p < problem_count; ++p) {
    std::uint64_t total = 0;
    for (unsigned t = 0; t < threads_; ++t) total += block(t).problems[p].load(std::memory_order_relaxed);
    if (total != 0) sample(out, "gatehouse_refusals_total", "kind=" + label(http::info(static_cast<http::ProblemKind>(p)).slug), total);
  }
  for (std::size_t c = 0; c < counter_count; ++c) {
    const auto name = "gatehouse_" + std::string(counter_infos[c].name) + "_total";
    head(out, name, counter_infos[c].help, "counter");
    sample(out, name, {}, sum(static_cast<Counter>(c)));
  }
  for (const auto& source : sources_) {
    head(out, source.name, source.help, source.kind == Kind::gauge ? "gauge" : "counter");
    for (const auto& [of, value] : source.read()) {
      out.append(source.name);
      if (!source.label.empty()) out.append("{").append(source.label).append("=").append(label(of)).append("}");
      out.append(" ").append(number_text(value)).append("\n");
    }
  }
}

std::string Metrics::exposition() const {
  const std::lock_guard lock(registering_);
  std::string out;
  expose_routes(out);
  expose_rest(out);
  return out;
}

}  // namespace gatehouse::audit

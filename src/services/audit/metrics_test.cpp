#include <doctest/doctest.h>

#include <set>
#include <sstream>
#include <thread>

#include "services/audit/metrics.hpp"

using namespace gatehouse;
using namespace gatehouse::audit;

namespace {
Record request_of(std::uint32_t route, http::Status status, Duration total, Duration upstream = {}) {
  Record record;
  record.route_number = route;
  record.outcome = Outcome::passed;
  record.status = status;
  record.total = total;
  record.upstream = upstream;
  record.bytes_in = 10;
  record.bytes_out = 100;
  return record;
}
bool has_line(const std::string& text, std::string_view line) { return ("\n" + text).find("\n" + std::string(line) + "\n") != std::string::npos; }
}  // namespace

TEST_CASE("requests are counted by route, outcome and class, and added up over the threads") {
  auto metrics = Metrics::create(2).value();
  const auto prices = metrics->route("prices"), patients = metrics->route("patients");
  CHECK(metrics->route("prices") == prices);  // a reload keeps the numbers
  for (int i = 0; i < 3; ++i) metrics->count(0, request_of(prices, 200, 1ms, 500us));
  metrics->count(1, request_of(prices, 200, 1ms, 500us));
  metrics->count(1, request_of(patients, 404, 40s));
  metrics->count(1, request_of(0, 0, 0s));
  metrics->count(1, request_of(0, 999, 0s));
  const auto text = metrics->exposition();
  CHECK(has_line(text, R"-(gatehouse_requests_total{route="prices",outcome="passed",class="2xx"} 4)-"));
  CHECK(has_line(text, R"-(gatehouse_requests_total{route="patients",outcome="passed",class="4xx"} 1)-"));
  CHECK(has_line(text, R"-(gatehouse_requests_total{route="(none)",outcome="passed",class="none"} 2)-"));
  CHECK(has_line(text, R"-(gatehouse_received_bytes_total{route="prices"} 40)-"));
  CHECK(has_line(text, R"-(gatehouse_sent_bytes_total{route="prices"} 400)-"));
  CHECK(has_line(text, R"-(gatehouse_request_seconds_count{route="prices"} 4)-"));
  CHECK(has_line(text, R"-(gatehouse_request_seconds_sum{route="prices"} 0.004000000)-"));
  CHECK(has_line(text, R"-(gatehouse_request_seconds_bucket{route="prices",le="0.000524288"} 0)-"));
  CHECK(has_line(text, R"-(gatehouse_request_seconds_bucket{route="prices",le="0.001048576"} 4)-"));
  CHECK(has_line(text, R"-(gatehouse_request_seconds_bucket{route="patients",le="34.359738368"} 0)-"));
  CHECK(has_line(text, R"-(gatehouse_request_seconds_bucket{route="patients",le="+Inf"} 1)-"));
  CHECK(has_line(text, R"-(gatehouse_upstream_seconds_count{route="prices"} 4)-"));
  CHECK(has_line(text, R"-(gatehouse_upstream_seconds_count{route="patients"} 0)-"));
}

TEST_CASE("a latency on the edge of a bucket is in it, one nanosecond more in the next") {
  auto metrics = Metrics::create(1).value();
  metrics->count(0, request_of(0, 200, 65536ns));
  metrics->count(0, request_of(0, 200, 65537ns));
  metrics->count(0, request_of(0, 200, -1ns));
  const auto text = metrics->exposition();
  CHECK(has_line(text, R"-(gatehouse_request_seconds_bucket{route="(none)",le="0.000065536"} 2)-"));
  CHECK(has_line(text, R"-(gatehouse_request_seconds_bucket{route="(none)",le="0.000131072"} 3)-"));
}

TEST_CASE("names of routes cannot break the text") {
  auto metrics = Metrics::create(1).value();
  (void)metrics->route("a\"b\\c\nd\x01\xFF");
  const auto text = metrics->exposition();
  CHECK(text.find(R"(route="a\"b\\c\nd??")") != std::string::npos);
}

TEST_CASE("routes beyond the bound are counted together") {
  auto metrics = Metrics::create(1).value();
  std::set<std::uint32_t> numbers;
  for (int i = 0; i < 3000; ++i) numbers.insert(metrics->route("route-" + std::to_string(i)));
  CHECK(numbers.size() == Metrics::routes_max);
  CHECK(metrics->route("one more") == Metrics::routes_max);
  metrics->count(0, request_of(Metrics::routes_max, 200, 1ms));
  metrics->count(0, request_of(4'000'000'000, 200, 1ms));  // no such route: counted, not crashed on
  CHECK(has_line(metrics->exposition(), R"-(gatehouse_requests_total{route="(other)",outcome="passed",class="2xx"} 2)-"));
}

TEST_CASE("counters are exact though threads count at the same time as they are read") {
  auto metrics = Metrics::create(3).value();
  std::vector<std::jthread> threads;
  for (unsigned t = 0; t < 3; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50'000; ++i) metrics->add(t, Counter::tls_handshakes);
    });
  threads.emplace_back([&] {
    for (int i = 0; i < 5; ++i) (void)metrics->exposition();
  });
  threads.clear();
  CHECK(metrics->sum(Counter::tls_handshakes) == 150'000);
  CHECK(has_line(metrics->exposition(), "gatehouse_tls_handshakes_total 150000"));
}

TEST_CASE("every sample has a name, a type, a help text, and stands once") {
  auto metrics = Metrics::create(2).value();
  (void)metrics->route("prices");
  metrics->source("gatehouse_pool_queue", "Work that waits.\nSecond line", Metrics::Kind::gauge, [] { return 2.5; });
  metrics->count(0, request_of(1, 200, 1ms));
  std::set<std::string> typed, samples;
  std::istringstream lines(metrics->exposition());
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) {
      CHECK(typed.insert(line.substr(7, line.find(' ', 7) - 7)).second);
      continue;
    }
    if (line.starts_with("# HELP ")) continue;
    CHECK_MESSAGE(samples.insert(line.substr(0, line.rfind(' '))).second, line);
    auto name = line.substr(0, line.find_first_of("{ "));
    for (const std::string suffix : {"_bucket", "_sum", "_count"})
      if (name.ends_with(suffix) && !typed.contains(name)) name.resize(name.size() - suffix.size());
    CHECK_MESSAGE(typed.contains(name), line);
  }
  CHECK(samples.contains("gatehouse_pool_queue"));
  CHECK(typed.size() == 6 + static_cast<std::size_t>(Counter::count_) + 1);
  for (std::size_t c = 0; c < static_cast<std::size_t>(Counter::count_); ++c) CHECK_FALSE(info(static_cast<Counter>(c)).help.empty());
}

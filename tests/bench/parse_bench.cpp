// Nanoseconds to read one request head of 155 bytes, and to make it canonical, in this process on one thread. Prints the best and the middle of
// 21 rounds; a figure to look at, never one to fail on.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "engines/net/http1/head.hpp"
#include "ground/http/canonical.hpp"

namespace {
using namespace gatehouse;

constexpr std::string_view sample =
    "GET /api/v1/patients/4711?fields=name HTTP/1.1\r\n"
    "Host: localhost:8443\r\n"
    "User-Agent: curl/8.14.0\r\n"
    "Accept: application/json\r\n"
    "X-Request-Id: 0123456789abcdef\r\n\r\n";
static_assert(sample.size() == 155);

template <class Work>
void measure(const char* name, Work&& work) {
  constexpr int rounds = 21, times = 100'000;
  std::array<double, rounds> nanoseconds{};
  for (auto& round : nanoseconds) {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < times; ++i) work();
    round = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count() / times;
  }
  std::ranges::sort(nanoseconds);
  std::printf("%-42s best %6.1f ns   median %6.1f ns\n", name, nanoseconds.front(), nanoseconds[rounds / 2]);
}

/// Keeps a result alive that nobody uses.
void keep(const void* value) { asm volatile("" : : "g"(value) : "memory"); }
}  // namespace

int main() {
  const net::http1::HeadLimits limits;
  const http::ConnectionFacts facts;
  Arena arena;
  std::array<char, 256> memory{};
  const auto parse = [&](http::RequestHead& head) {
    std::memcpy(memory.data(), sample.data(), sample.size());
    std::size_t scanned = 0;
    const auto size = net::http1::find_head_end({memory.data(), sample.size()}, scanned, limits);
    const auto parsed = net::http1::parse_request_head({memory.data(), *size}, head, limits);
    keep(&parsed);
  };
  measure("find_head_end", [&] {
    std::size_t scanned = 0;
    const auto size = net::http1::find_head_end(sample, scanned, limits);
    keep(&size);
  });
  measure("copy, find_head_end, parse_request_head", [&] {
    arena.reset();
    http::RequestHead head(arena);
    parse(head);
  });
  measure("the same and canonical", [&] {
    arena.reset();
    http::RequestHead head(arena);
    parse(head);
    const auto request = http::canonical(head, facts, arena);
    keep(&request);
  });
}

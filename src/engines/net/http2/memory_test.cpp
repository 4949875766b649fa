#include "engines/net/http2/memory.hpp"

#include <doctest/doctest.h>
#include <malloc.h>

#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

TEST_CASE("a block that was given back is the next of its size, and blocks are aligned for every type") {
  using namespace gatehouse::net::http2;
  for (const std::size_t size : {0UL, 1UL, 64UL, 65UL, 1024UL, 1025UL, 100'000UL}) {
    CAPTURE(size);
    void* const block = take_block(size);
    REQUIRE(block != nullptr);
    CHECK(reinterpret_cast<std::uintptr_t>(block) % alignof(std::max_align_t) == 0);
    std::memset(block, 'x', size);
    give_block(block);
    if (size > 1024 || session_memory() == nullptr) continue;  // those are the C library's; and all of them under a sanitizer
    void* const again = take_block(size);
    CHECK(again == block);
    give_block(again);
  }
}

TEST_CASE("a size that no memory has is refused, nothing is given back as nothing") {
  using namespace gatehouse::net::http2;
  CHECK(take_block(SIZE_MAX) == nullptr);
  CHECK(take_block(SIZE_MAX - 64) == nullptr);
  give_block(nullptr);
}

TEST_CASE("a session's memory grows without losing what it holds, and is zero where that was asked for") {
  using namespace gatehouse::net::http2;
  auto* const memory = session_memory();
  if (memory == nullptr) return;  // a sanitizer sees each block for itself
  auto* block = static_cast<char*>(memory->malloc(10, nullptr));
  std::memcpy(block, "0123456789", 10);
  block = static_cast<char*>(memory->realloc(block, 5000, nullptr));
  CHECK(std::memcmp(block, "0123456789", 10) == 0);
  memory->free(block, nullptr);
  auto* const dirty = static_cast<char*>(memory->malloc(200, nullptr));
  std::memset(dirty, 'x', 200);
  memory->free(dirty, nullptr);
  auto* const zeros = static_cast<char*>(memory->calloc(20, 10, nullptr));
  for (int i = 0; i < 200; ++i) CHECK(zeros[i] == 0);
  memory->free(zeros, nullptr);
  CHECK(memory->calloc(SIZE_MAX / 2, 3, nullptr) == nullptr);
}

TEST_CASE("a thread keeps what another took and it gave back, and at its end it is the C library's again") {
  using namespace gatehouse::net::http2;
  constexpr std::size_t size = 1000, count = 500;  // together less than a thread keeps
  std::vector<void*> blocks;
  for (std::size_t i = 0; i < count; ++i) {
    blocks.push_back(take_block(size));
    REQUIRE(blocks.back() != nullptr);
    std::memset(blocks.back(), 'x', size);
  }
  const auto in_use = ::mallinfo2().uordblks;
  void* again = nullptr;
  std::thread([&] {
    for (void* const block : blocks) give_block(block);
    again = take_block(size);
    give_block(again);
  }).join();
  if (session_memory() == nullptr) return;  // a sanitizer sees each block for itself, and looks for those that are lost
  CHECK(again == blocks.back());
  CHECK(::mallinfo2().uordblks + size * count * 9 / 10 < in_use);
}

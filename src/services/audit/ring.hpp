// A ring of bytes between one writing and one reading thread, without a lock. The memory is mapped twice in a row, so that what lies
// across the end is still one piece:
//
//   | ring | same ring again |      head: bytes ever written, tail: bytes ever read; both only grow
//        ^tail ....... ^head
//
// A writer that finds no room is told so at once. Pages are touched only as far as the ring was ever filled.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "ground/base/result.hpp"

namespace gatehouse::audit {

class Ring {
 public:
  /// `bytes`: a power of two, at least 64 KiB.
  [[nodiscard]] static Result<std::unique_ptr<Ring>> create(std::size_t bytes);
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  /// The writer's: room for `bytes`, or nothing if the reader is too far behind.
  [[nodiscard]] std::span<char> reserve(std::size_t bytes) noexcept;
  /// The writer's: hands over the first `bytes` of what was reserved. True when the ring became half full just now.
  bool commit(std::size_t bytes) noexcept;

  /// Bytes that were ever written, and of these read: for who wants to know when what it wrote was taken.
  [[nodiscard]] std::uint64_t written() const noexcept { return head_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t taken() const noexcept { return tail_.load(std::memory_order_acquire); }

  /// The reader's: all that is there, in one piece, until released.
  [[nodiscard]] std::string_view readable() const noexcept;
  void release(std::size_t bytes) noexcept { tail_.store(tail_.load(std::memory_order_relaxed) + bytes, std::memory_order_release); }

 private:
  Ring(char* memory, std::size_t bytes) noexcept : memory_(memory), bytes_(bytes) {}
  char* memory_;
  std::size_t bytes_;
  alignas(64) std::atomic<std::uint64_t> head_{0};
  std::uint64_t tail_seen_ = 0;  // by the writer, who looks again only when it must
  alignas(64) std::atomic<std::uint64_t> tail_{0};
};

}  // namespace gatehouse::audit

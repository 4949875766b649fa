// Small blocks for the HTTP/2 sessions of a thread. A stream costs nghttp2 half a dozen allocations and as many releases, and streams come and go
// in bursts of the size of a turn, larger than what the C library keeps at hand: it would split and join its heap for each of them.
//
//   block = [capacity | 8 bytes unused] [what the caller gets ...]     freed ones wait in lists by capacity, the last first, since it is warm
//
// Invariant: a thread keeps at most `kept_bytes_max` of free blocks; beyond that, and for large ones, it is the C library's malloc and free.
#pragma once
#include <nghttp2/nghttp2.h>
#include <cstddef>

namespace gatehouse::net::http2 {

/// Null when memory is out. Aligned for every type.
[[nodiscard]] void* take_block(std::size_t bytes) noexcept;
/// Any thread may give back what another took. Null is nothing.
void give_block(void* block) noexcept;

/// The two as nghttp2 wants them; null, which is its word for malloc, where a sanitizer is to see each block for itself.
[[nodiscard]] nghttp2_mem* session_memory() noexcept;

}  // namespace gatehouse::net::http2

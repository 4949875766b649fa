// For tests only: what a test program takes from the heap, so that tests can say "allocates nothing" and "so many bytes a key". One file of the program
// includes counting_heap.hpp, which does the counting.
#pragma once
#include <atomic>
#include <cstdint>

namespace gatehouse::testing {

inline std::atomic<std::int64_t> heap_bytes{0};         ///< that the whole program holds
inline thread_local std::int64_t heap_allocations = 0;  ///< how often this thread has taken from the heap

}  // namespace gatehouse::testing

// For tests only, and for one file of a test program: replaces operator new and delete for all of it, so that counted_heap.hpp counts.
#pragma once
#include <malloc.h>
#include <cstdlib>
#include <new>

#include "ground/base/counted_heap.hpp"

namespace gatehouse::testing {
inline void* counted_allocation(std::size_t size) {
  void* const memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  ++heap_allocations;
  heap_bytes += static_cast<std::int64_t>(::malloc_usable_size(memory));
  return memory;
}
inline void counted_release(void* memory) noexcept {
  if (memory != nullptr) heap_bytes -= static_cast<std::int64_t>(::malloc_usable_size(memory));
  std::free(memory);
}
}  // namespace gatehouse::testing

// All forms, or a sanitizer sees memory of its own come back by way of ours.
void* operator new(std::size_t size) { return gatehouse::testing::counted_allocation(size); }
void* operator new[](std::size_t size) { return gatehouse::testing::counted_allocation(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return gatehouse::testing::counted_allocation(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return gatehouse::testing::counted_allocation(size); }
void operator delete(void* memory) noexcept { gatehouse::testing::counted_release(memory); }
void operator delete[](void* memory) noexcept { gatehouse::testing::counted_release(memory); }
void operator delete(void* memory, std::size_t) noexcept { gatehouse::testing::counted_release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { gatehouse::testing::counted_release(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { gatehouse::testing::counted_release(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { gatehouse::testing::counted_release(memory); }

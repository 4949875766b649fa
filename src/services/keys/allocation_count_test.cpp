// Counts what this test program takes from the heap, so that tests can say "allocates nothing" and "so many bytes a key".
#include "services/keys/allocation_count.hpp"

#include <malloc.h>
#include <atomic>
#include <cstdlib>
#include <new>

namespace gatehouse::keys::testing {
namespace {
std::atomic<std::int64_t> held{0};
thread_local std::int64_t allocations_here = 0;
}  // namespace
std::int64_t bytes_held() noexcept { return held.load(); }
std::int64_t allocations() noexcept { return allocations_here; }

void* counted_allocation(std::size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  ++allocations_here;
  held += static_cast<std::int64_t>(::malloc_usable_size(memory));
  return memory;
}
void counted_release(void* memory) noexcept {
  if (memory != nullptr) held -= static_cast<std::int64_t>(::malloc_usable_size(memory));
  std::free(memory);
}
}  // namespace gatehouse::keys::testing

void* operator new(std::size_t size) { return gatehouse::keys::testing::counted_allocation(size); }
void* operator new[](std::size_t size) { return gatehouse::keys::testing::counted_allocation(size); }
// All forms, or a sanitizer sees memory of its own come back by way of ours.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return gatehouse::keys::testing::counted_allocation(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return gatehouse::keys::testing::counted_allocation(size); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { gatehouse::keys::testing::counted_release(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { gatehouse::keys::testing::counted_release(memory); }
void operator delete(void* memory) noexcept { gatehouse::keys::testing::counted_release(memory); }
void operator delete[](void* memory) noexcept { gatehouse::keys::testing::counted_release(memory); }
void operator delete(void* memory, std::size_t) noexcept { gatehouse::keys::testing::counted_release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { gatehouse::keys::testing::counted_release(memory); }

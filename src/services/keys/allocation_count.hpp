// For the tests of this room (allocation_count_test.cpp counts).
#pragma once
#include <cstdint>

namespace gatehouse::keys::testing {
/// Bytes that the whole program holds on the heap.
[[nodiscard]] std::int64_t bytes_held() noexcept;
/// How often this thread has taken from the heap.
[[nodiscard]] std::int64_t allocations() noexcept;
}  // namespace gatehouse::keys::testing

#include "engines/net/http2/memory.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

namespace gatehouse::net::http2 {

namespace {
constexpr std::size_t head_bytes = alignof(std::max_align_t) < 16 ? 16 : alignof(std::max_align_t);
constexpr std::size_t step = 64, classes = 16;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kept_bytes_max = 0;  // a sanitizer wants to see each block come and go
#else
constexpr std::size_t kept_bytes_max = 1024 * 1024;
#endif

struct FreeBlock {
  FreeBlock* next;
};

// Two objects: the lists have no destructor, so that a session which ends after its thread's other variables still finds them in order.
struct FreeLists {
  std::array<FreeBlock*, classes> first{};
  std::size_t kept_bytes = 0;
  bool closed = false;
};
constinit thread_local FreeLists free_lists;

struct FreeListsEnd {
  ~FreeListsEnd() {
    free_lists.closed = true;
    for (auto*& first : free_lists.first)
      while (first != nullptr) {
        auto* const block = first;
        first = block->next;
        std::free(reinterpret_cast<char*>(block) - head_bytes);  // NOLINT(cppcoreguidelines-no-malloc): what nghttp2 stands on
      }
  }
  bool used = false;
};
thread_local FreeListsEnd free_lists_end;

std::size_t& capacity_of(void* block) noexcept { return *reinterpret_cast<std::size_t*>(static_cast<char*>(block) - head_bytes); }
/// The list of blocks of so many bytes, a multiple of the step.
std::size_t list_of(std::size_t capacity) noexcept { return capacity / step - 1; }
}  // namespace

void* take_block(std::size_t bytes) noexcept {
  if (bytes > static_cast<std::size_t>(-1) / 2) return nullptr;
  const auto capacity = (std::max<std::size_t>(bytes, 1) + step - 1) / step * step;
  auto& lists = free_lists;
  if (const auto list = list_of(capacity); list < classes && lists.first[list] != nullptr) {
    auto* const block = lists.first[list];
    lists.first[list] = block->next;
    lists.kept_bytes -= capacity;
    return block;
  }
  auto* const memory = static_cast<char*>(std::malloc(head_bytes + capacity));  // NOLINT(cppcoreguidelines-no-malloc): as above
  if (memory == nullptr) return nullptr;
  void* const block = memory + head_bytes;
  capacity_of(block) = capacity;
  return block;
}

void give_block(void* block) noexcept {
  if (block == nullptr) return;
  const auto capacity = capacity_of(block);
  auto& lists = free_lists;
  if (const auto list = list_of(capacity); list < classes && !lists.closed && lists.kept_bytes + capacity <= kept_bytes_max) {
    free_lists_end.used = true;  // what is never named is never made, nor destroyed
    lists.first[list] = ::new (block) FreeBlock{lists.first[list]};
    lists.kept_bytes += capacity;
    return;
  }
  std::free(static_cast<char*>(block) - head_bytes);  // NOLINT(cppcoreguidelines-no-malloc): as above
}

namespace {
// Under a sanitizer, which wants to see each block come and go, these two are not used.
[[maybe_unused]] void* zeroed(std::size_t count, std::size_t size, void*) {
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) return nullptr;
  void* const block = take_block(bytes);
  if (block != nullptr) std::memset(block, 0, bytes);
  return block;
}

[[maybe_unused]] void* resized(void* block, std::size_t bytes, void*) {
  if (block == nullptr) return take_block(bytes);
  const auto capacity = capacity_of(block);
  if (bytes <= capacity) return block;
  void* const larger = take_block(bytes);
  if (larger == nullptr) return nullptr;
  std::memcpy(larger, block, capacity);
  give_block(block);
  return larger;
}
}  // namespace

nghttp2_mem* session_memory() noexcept {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return nullptr;
#else
  static nghttp2_mem memory{nullptr, [](std::size_t bytes, void*) { return take_block(bytes); }, [](void* block, void*) { give_block(block); },
                            zeroed, resized};
  return &memory;
#endif
}

}  // namespace gatehouse::net::http2

// A bump allocator: what one request needs is taken from it piece by piece and given back whole when the request ends.
// Invariant: memory handed out stays where it is until reset().
#pragma once
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace gatehouse {

class Arena {
 public:
  /// The first block is allocated on first use and kept by reset(); further blocks are given back.
  explicit Arena(std::size_t block_bytes = 4096) noexcept : block_bytes_(block_bytes) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  [[nodiscard]] char* take(std::size_t bytes, std::size_t alignment = 1) {
    const std::size_t start = (at_ + alignment - 1) & ~(alignment - 1);
    if (start > room_ || bytes > room_ - start) [[unlikely]]
      return take_from_new_block(bytes);
    at_ = start + bytes;
    used_ += bytes;
    return memory_ + start;
  }

  /// A copy of `text` that lives as long as the arena's content.
  [[nodiscard]] std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    char* const memory = take(text.size());
    std::memcpy(memory, text.data(), text.size());
    return {memory, text.size()};
  }
  /// The parts one after the other, as one text.
  [[nodiscard]] std::string_view concat(std::initializer_list<std::string_view> parts);

  /// Room for `count` values, default-made. Nothing is destroyed on reset, hence only for trivial types.
  template <class T>
    requires std::is_trivially_destructible_v<T>
  [[nodiscard]] std::span<T> array(std::size_t count) {
    auto* memory = take(count * sizeof(T), alignof(T));
    return {std::uninitialized_value_construct_n(reinterpret_cast<T*>(memory), count) - count, count};
  }

  /// Memory for `count` values: nothing is made there, each must be written before it is read.
  template <class T>
    requires std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>
  [[nodiscard]] std::span<T> room(std::size_t count) {
    return {reinterpret_cast<T*>(take(count * sizeof(T), alignof(T))), count};
  }

  void reset() noexcept;
  /// Bytes handed out since the last reset.
  [[nodiscard]] std::size_t used() const noexcept { return used_; }

 private:
  struct Block {
    std::unique_ptr<char[]> memory;
    std::size_t size = 0;
  };
  [[nodiscard]] char* take_from_new_block(std::size_t bytes);

  std::size_t block_bytes_;
  std::vector<Block> blocks_;
  char* memory_ = nullptr;  // the last block
  std::size_t room_ = 0;    // its size
  std::size_t at_ = 0;      // offset into it
  std::size_t used_ = 0;
};

}  // namespace gatehouse

#include "ground/base/arena.hpp"

#include <algorithm>
#include <cstring>

namespace gatehouse {

char* Arena::take(std::size_t bytes, std::size_t alignment) {
  std::size_t start = (at_ + alignment - 1) & ~(alignment - 1);
  if (blocks_.empty() || start + bytes > blocks_.back().size) {
    const auto size = std::max(block_bytes_, bytes);
    blocks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});  // new[] aligns for every fundamental type
    start = 0;
  }
  at_ = start + bytes;
  used_ += bytes;
  return blocks_.back().memory.get() + start;
}

std::string_view Arena::copy(std::string_view text) {
  if (text.empty()) return {};
  char* const memory = take(text.size());
  std::memcpy(memory, text.data(), text.size());
  return {memory, text.size()};
}

std::string_view Arena::concat(std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (const auto part : parts) size += part.size();
  char* const memory = take(size);
  char* at = memory;
  for (const auto part : parts) at = std::copy(part.begin(), part.end(), at);
  return {memory, size};
}

void Arena::reset() noexcept {
  if (blocks_.size() > 1) {
    blocks_.erase(blocks_.begin() + 1, blocks_.end());
  }
  if (!blocks_.empty() && blocks_.front().size > block_bytes_) blocks_.clear();
  at_ = 0;
  used_ = 0;
}

}  // namespace gatehouse

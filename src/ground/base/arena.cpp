#include "ground/base/arena.hpp"

#include <algorithm>

namespace gatehouse {

char* Arena::take_from_new_block(std::size_t bytes) {
  const auto size = std::max(block_bytes_, bytes);
  blocks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});  // new[] aligns for every fundamental type
  memory_ = blocks_.back().memory.get();
  room_ = size;
  at_ = bytes;
  used_ += bytes;
  return memory_;
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
  if (blocks_.size() > 1) blocks_.erase(blocks_.begin() + 1, blocks_.end());
  if (!blocks_.empty() && blocks_.front().size > block_bytes_) blocks_.clear();
  memory_ = blocks_.empty() ? nullptr : blocks_.front().memory.get();
  room_ = blocks_.empty() ? 0 : blocks_.front().size;
  at_ = 0;
  used_ = 0;
}

}  // namespace gatehouse

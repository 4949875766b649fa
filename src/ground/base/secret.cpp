#include "ground/base/secret.hpp"

#include <cstring>

namespace gatehouse {

void wipe(void* memory, std::size_t size) noexcept { ::explicit_bzero(memory, size); }

void Secret::wipe() noexcept {
  // capacity, not size: a shrunken string keeps its old tail, and the small-string buffer counts too.
  text_.resize(text_.capacity());
  gatehouse::wipe(text_.data(), text_.size());
  text_.clear();
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    text_ = other.text_;
    other.wipe();
  }
  return *this;
}

bool equal_constant_time(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned char>(a[i] ^ b[i]);
    __asm__ volatile("" : "+r"(difference));  // keeps the loop from being cut short by the optimiser
  }
  return difference == 0;
}

}  // namespace gatehouse

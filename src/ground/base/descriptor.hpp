// A file descriptor and its one owner: closed when the owner goes, moved and never copied.
#pragma once
#include <utility>

namespace gatehouse {

class Descriptor {
 public:
  Descriptor() = default;
  /// What open(2), socket(2) and the like return; negative: none.
  explicit Descriptor(int value) noexcept : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      close();
      value_ = std::exchange(other.value_, -1);
    }
    return *this;
  }
  ~Descriptor() { close(); }
  [[nodiscard]] int get() const noexcept { return value_; }
  [[nodiscard]] bool open() const noexcept { return value_ >= 0; }
  /// Leaves errno as it is: an owner may go between a failed call and the text of its error.
  void close() noexcept;

 private:
  int value_ = -1;
};

}  // namespace gatehouse

// For tests: work on the pool that goes on when the test says so.
#pragma once
#include <functional>
#include <latch>
#include <memory>
#include <utility>

namespace gatehouse::gateway {

/// What work on the pool waits for: until the test lets it go, and at the latest until the test ends.
class Hold {
 public:
  Hold() = default;
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  ~Hold() { let_go(); }
  void let_go() {
    if (!std::exchange(gone_, true)) released_->count_down();
  }
  [[nodiscard]] std::function<void()> wait() const {
    return [released = released_] { released->wait(); };
  }

 private:
  std::shared_ptr<std::latch> released_ = std::make_shared<std::latch>(1);
  bool gone_ = false;
};

}  // namespace gatehouse::gateway

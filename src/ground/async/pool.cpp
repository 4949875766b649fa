#include "ground/async/pool.hpp"

#include "ground/base/assert.hpp"

namespace gatehouse::async {

Pool::Pool(std::size_t threads, std::size_t queued_max) : queued_max_(queued_max) {
  GH_ASSERT(threads >= 1);
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

Pool::~Pool() {
  {
    const std::scoped_lock lock(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  threads_.clear();  // joins
}

bool Pool::submit(Task task) {
  {
    const std::scoped_lock lock(mutex_);
    if (closing_ || queue_.size() >= queued_max_) return false;
    queue_.push_back(std::move(task));
  }
  wake_.notify_one();
  return true;
}

std::size_t Pool::queued() const {
  const std::scoped_lock lock(mutex_);
  return queue_.size();
}

void Pool::work() {
  for (;;) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return closing_ || !queue_.empty(); });
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    task();
  }
}

}  // namespace gatehouse::async

// Published<T>: the current immutable snapshot of something (a key ring, a configuration), swapped whole by a writer.
// Readers take no lock while nothing changes: each reading thread keeps a reference of its own and compares one version
// number per look. A snapshot dies when the last reader that began with it has moved on.
//
//   writer: publish(next) --> mutex { current_ = next; ++version_ }
//   reader: version_ == mine ?  yes: the cached pointer;  no: mutex { copy current_ }
//
// Invariant: once publish() has returned, every later current() of every reader gives that snapshot or a newer one.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "ground/base/assert.hpp"

namespace gatehouse {

template <class T>
class Published {
 public:
  using Snapshot = std::shared_ptr<const T>;

  /// There is always a snapshot: `first` must not be null.
  explicit Published(Snapshot first) : current_(std::move(first)) { GH_ASSERT(current_ != nullptr); }
  Published(const Published&) = delete;
  Published& operator=(const Published&) = delete;

  /// From any thread. Returns what was published before, so that the writer, not a reader, may pay for its release.
  Snapshot publish(Snapshot next) {
    GH_ASSERT(next != nullptr);
    const std::lock_guard lock(mutex_);
    current_.swap(next);
    version_.fetch_add(1, std::memory_order_release);
    return next;
  }

  /// From any thread, with a lock: for rare looks. On the way of a request use a Reader.
  [[nodiscard]] Snapshot get() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }

  [[nodiscard]] std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }

  /// The view of one thread. It must not outlive the Published and is not shared by threads.
  class Reader {
   public:
    explicit Reader(const Published& source) : source_(&source) { refresh(); }

    /// The current snapshot. The reference holds until the next call; who needs the snapshot longer copies the pointer.
    [[nodiscard]] const Snapshot& current() {
      if (source_->version_.load(std::memory_order_acquire) != version_) [[unlikely]]
        refresh();
      return held_;
    }

   private:
    void refresh() {
      const std::lock_guard lock(source_->mutex_);
      held_ = source_->current_;
      version_ = source_->version_.load(std::memory_order_relaxed);
    }
    const Published* source_;
    Snapshot held_;
    std::uint64_t version_ = 0;
  };

 private:
  mutable std::mutex mutex_;
  Snapshot current_;                       // guarded by mutex_
  std::atomic<std::uint64_t> version_{1};  // written under mutex_, read freely
};

}  // namespace gatehouse

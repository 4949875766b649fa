#include "ground/async/loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>

#include "ground/base/assert.hpp"

namespace gatehouse::async {

Loop::Loop(const Clock& clock) : clock_(clock), ticks_(clock.ticks()), now_(clock.now()), wheel_(ticks_) {}

Loop::~Loop() {
  disposed_.clear();
  if (wake_ >= 0) ::close(wake_);
  if (epoll_ >= 0) ::close(epoll_);
}

Result<std::unique_ptr<Loop>> Loop::create(const Clock& clock) {
  auto loop = std::unique_ptr<Loop>(new Loop(clock));
  CHECK_OK(loop->open());
  return loop;
}

Result<> Loop::open() {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) return fail(Fault::unavailable, "epoll_create1: " + system_text(errno));
  wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_ < 0) return fail(Fault::unavailable, "eventfd: " + system_text(errno));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;  // no watcher: the eventfd itself
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) != 0) return fail(Fault::unavailable, "epoll_ctl: " + system_text(errno));
  return {};
}

Result<> Loop::watch(int descriptor, Watcher& watcher) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &watcher;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) return fail(Fault::exhausted, "epoll_ctl: " + system_text(errno));
  return {};
}

Result<> Loop::watch_listener(int descriptor, Watcher& watcher) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &watcher;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) return fail(Fault::exhausted, "epoll_ctl: " + system_text(errno));
  return {};
}

void Loop::unwatch(int descriptor) noexcept { ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr); }

void Loop::forget(const Watcher& watcher) noexcept {
  std::erase_if(again_, [&](const Again& entry) { return entry.watcher == &watcher; });
  for (auto& entry : repeating_)
    if (entry.watcher == &watcher) entry.watcher = nullptr;
}

void Loop::post(Task task) {
  bool first = false;
  {
    const std::scoped_lock lock(mutex_);
    first = posted_.empty();
    posted_.push_back(std::move(task));
  }
  if (!first) return;  // whoever posted first has rung
  const std::uint64_t one = 1;
  const auto written = ::write(wake_, &one, sizeof one);
  GH_ASSERT(written == sizeof one || errno == EAGAIN);
}

void Loop::stop() {
  post([this] { stopping_ = true; });
}

void Loop::run_posted() {
  std::uint64_t count = 0;
  while (::read(wake_, &count, sizeof count) > 0) {
  }
  std::vector<Task> tasks;
  {
    const std::scoped_lock lock(mutex_);
    tasks.swap(posted_);
  }
  for (auto& task : tasks) task();
}

void Loop::read_clock() noexcept {
  ticks_ = clock_.ticks();
  now_ = clock_.now();
}

void Loop::turn(Duration longest) {
  std::array<epoll_event, 256> events;
  const auto sleep = again_.empty() ? std::min(longest, wheel_.sleep(ticks_)) : Duration::zero();
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(sleep).count();
  const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), static_cast<int>(milliseconds));
  GH_ASSERT(count >= 0 || errno == EINTR);
  read_clock();
  ++turns_;

  repeating_.swap(again_);
  for (std::size_t i = 0; i < repeating_.size(); ++i)  // forget() may blank entries meanwhile
    if (++steps_; repeating_[i].watcher != nullptr) repeating_[i].watcher->ready(repeating_[i].events);
  repeating_.clear();

  for (int i = 0; i < count; ++i) {
    ++steps_;
    if (events[static_cast<std::size_t>(i)].data.ptr == nullptr) run_posted();
    else static_cast<Watcher*>(events[static_cast<std::size_t>(i)].data.ptr)->ready(events[static_cast<std::size_t>(i)].events);
  }
  ++steps_;
  wheel_.turn(ticks_);
  while (!deferred_.empty()) {
    auto tasks = std::exchange(deferred_, {});
    for (auto& task : tasks) {
      ++steps_;
      task();
    }
  }
  while (!disposed_.empty()) {
    auto things = std::exchange(disposed_, {});  // a destructor may dispose of more
    things.clear();
  }
}

void Loop::run() {
  while (!stopping_) turn(1s);
}

}  // namespace gatehouse::async

#include "app/main/command/progress.hpp"

#include <fmt/format.h>

#include <chrono>

namespace gatehouse::main {

void Progress::show(long long seconds) const {
  const auto line = fmt::format("\r{}: {} s\x1b[K", doing_, seconds);
  static_cast<void>(std::fwrite(line.data(), 1, line.size(), stream_));
  std::fflush(stream_);
}

void Progress::run() {
  const auto began = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  for (long long seconds = 1; !ended_.wait_until(lock, began + std::chrono::seconds(seconds), [&] { return ending_; }); ++seconds) show(seconds);
}

void Progress::begin() {
  if (stream_ == nullptr || thread_.joinable()) return;
  show(0);
  thread_ = std::thread(&Progress::run, this);
}

void Progress::end() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ended_.notify_one();
  thread_.join();
  ending_ = false;
  std::fputs("\r\x1b[K", stream_);
  std::fflush(stream_);
}

}  // namespace gatehouse::main

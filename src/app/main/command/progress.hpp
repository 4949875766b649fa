// A line on standard error that tells somebody who waits what is being done, and for how long: rewritten each second, wiped away at the end. Only on a
// terminal that can do so; to a file or a pipe nothing is written.
#pragma once
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <string>
#include <thread>

namespace gatehouse::main {

class Progress {
 public:
  /// `stream` null: nothing is shown (Terminal::for_progress). `doing` as in "importing keys.txt".
  Progress(std::FILE* stream, std::string doing) : stream_(stream), doing_(std::move(doing)) {}
  ~Progress() { end(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// The first line, at once. It has a thread of its own: not before rights are given up, which are those of each thread.
  void begin();
  /// Nothing is left of the line. Nothing happens where none was begun.
  void end();

 private:
  void show(long long seconds) const;
  void run();
  std::FILE* stream_;
  std::string doing_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool ending_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace gatehouse::main

// For tests only: a folder that goes with the test, and a child process that can be killed at any instant.
#pragma once
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "ground/base/assert.hpp"

namespace gatehouse::testing {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "gatehouse-test-XXXXXX").string();
    GH_ASSERT(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// A program within the test program, to be run by Child and never as a test:
///     const ChildProgram writer("writer", [](const std::string& folder, int pipe) { ... });
class ChildProgram {
 public:
  /// `run` gets the folder to work in and the pipe to report on.
  ChildProgram(const char* name, void (*run)(const std::string& folder, int pipe)) noexcept
      : name_(name), run_(run), next_(std::exchange(first(), this)) {}
  ChildProgram(const ChildProgram&) = delete;
  ChildProgram& operator=(const ChildProgram&) = delete;
  [[nodiscard]] const char* name() const noexcept { return name_; }

  /// For main(): runs the program that the command line asks for, if it asks for one.
  [[nodiscard]] static bool run_if_asked(int count, char** arguments) {
    if (count != 5 || std::string_view(arguments[1]) != "--child") return false;
    for (const auto* program = first(); program != nullptr; program = program->next_)
      if (std::string_view(program->name_) == arguments[2]) program->run_(arguments[3], std::atoi(arguments[4]));
    return true;
  }

 private:
  static ChildProgram*& first() noexcept {
    static ChildProgram* head = nullptr;
    return head;
  }
  const char* name_;
  void (*run_)(const std::string& folder, int pipe);
  ChildProgram* next_;
};

/// This test program started anew (fork and exec: no thread, no lock of the parent is carried over), running one ChildProgram.
class Child {
 public:
  Child(const ChildProgram& program, const std::string& folder) {
    int ends[2];
    GH_ASSERT(::pipe(ends) == 0);
    const std::string report = std::to_string(ends[1]);
    const char* const words[] = {"child", "--child", program.name(), folder.c_str(), report.c_str(), nullptr};
    process_ = ::fork();
    GH_ASSERT(process_ >= 0);
    if (process_ == 0) {
      ::close(ends[0]);
      ::execv("/proc/self/exe", const_cast<char* const*>(words));
      ::_exit(127);
    }
    ::close(ends[1]);
    pipe_ = ends[0];
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    kill();
    ::close(pipe_);
  }

  /// What it has reported, up to `size` bytes; waits for the first. Empty: it has ended.
  [[nodiscard]] std::string receive(std::size_t size) const {
    std::string bytes(size, '\0');
    ssize_t got = 0;
    do got = ::read(pipe_, bytes.data(), size);
    while (got < 0 && errno == EINTR);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
  }
  /// kill -9, and waits until it is gone; what it has reported can still be received.
  void kill() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = -1;
  }

 private:
  pid_t process_ = -1;
  int pipe_ = -1;
};

}  // namespace gatehouse::testing

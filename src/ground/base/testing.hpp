// For tests only: a folder that goes with the test, and a child process that can be killed at any instant.
#pragma once
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

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

/// This test program started anew (fork and exec: no thread, no lock of the parent is carried over), running the one test case `name`,
/// which is written beside the test, marked doctest::skip(), has no comma in its name (doctest would take two), and finds in child_folder() where to work and in child_pipe() where to report.
class Child {
 public:
  Child(const std::string& name, const std::string& folder) {
    int ends[2];
    GH_ASSERT(::pipe(ends) == 0);
    const std::string only = "--test-case=" + name, where = "GATEHOUSE_CHILD_FOLDER=" + folder;
    const std::string report = "GATEHOUSE_CHILD_PIPE=" + std::to_string(ends[1]);
    std::vector<const char*> words{"child", "--no-skip", "--minimal", only.c_str(), nullptr};
    std::vector<const char*> environment{where.c_str(), report.c_str()};
    for (char** each = environ; *each != nullptr; ++each) environment.push_back(*each);
    environment.push_back(nullptr);
    process_ = ::fork();
    GH_ASSERT(process_ >= 0);
    if (process_ == 0) {
      ::close(ends[0]);
      ::execve("/proc/self/exe", const_cast<char* const*>(words.data()), const_cast<char* const*>(environment.data()));
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

/// In the child's test case: empty if it was not started by a Child.
[[nodiscard]] inline std::string child_folder() {
  const char* folder = std::getenv("GATEHOUSE_CHILD_FOLDER");
  return folder == nullptr ? "" : folder;
}
[[nodiscard]] inline int child_pipe() {
  const char* number = std::getenv("GATEHOUSE_CHILD_PIPE");
  return number == nullptr ? -1 : std::atoi(number);
}

}  // namespace gatehouse::testing

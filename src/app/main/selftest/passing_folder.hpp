// A folder for the length of a test.
#pragma once
#include <string>
#include <utility>

#include "app/main/place/file.hpp"

namespace gatehouse::main {

/// Goes away again, with what was left in it by a run that was killed.
class PassingFolder {
 public:
  [[nodiscard]] static Result<PassingFolder> make(const std::string& path);
  PassingFolder(PassingFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  PassingFolder& operator=(PassingFolder&&) = delete;
  ~PassingFolder();

 private:
  explicit PassingFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace gatehouse::main

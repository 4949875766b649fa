#include "app/main/selftest/passing_folder.hpp"

#include <sys/stat.h>

#include <filesystem>

namespace gatehouse::main {

Result<PassingFolder> PassingFolder::make(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
  if (::mkdir(path.c_str(), 0700) != 0) return system_error(path);
  return PassingFolder(path);
}

PassingFolder::~PassingFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace gatehouse::main

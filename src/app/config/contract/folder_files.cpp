#include "app/config/contract/folder_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <cerrno>
#include <filesystem>

#include "engines/contract/sources.hpp"
#include "ground/base/descriptor.hpp"
#include "ground/base/file.hpp"

namespace gatehouse::config {

Result<std::string> FolderFiles::read(std::string_view path) {
  std::error_code error;
  const auto folder = std::filesystem::canonical(folder_.empty() ? "." : folder_, error);
  const auto file = error ? std::filesystem::path() : std::filesystem::canonical(folder / path, error);
  if (error) return refuse(Fault::not_found, "cannot be opened: " + error.message());
  const auto [end, rest] = std::ranges::mismatch(folder, file);
  if (end != folder.end()) return refuse(Fault::forbidden, "is a link that leads out of the folder of the contract");
  const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  struct stat info{};
  if (!opened.open() || ::fstat(opened.get(), &info) != 0) return refuse(Fault::unavailable, "cannot be opened: " + system_text(errno));
  if (!S_ISREG(info.st_mode)) return refuse(Fault::invalid, "is no ordinary file");
  const contract::LoadLimits limits;
  return read_descriptor(opened.get(), limits.file_bytes);
}

}  // namespace gatehouse::config

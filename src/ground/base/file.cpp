#include "ground/base/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "ground/base/descriptor.hpp"
#include "ground/base/secret.hpp"

namespace gatehouse {

namespace {

/// "64KiB", and plain bytes where no unit fits.
std::string size_text(std::size_t bytes) {
  constexpr std::array units{" bytes", "KiB", "MiB", "GiB"};
  std::size_t unit = 0;
  while (bytes != 0 && bytes % 1024 == 0 && unit + 1 < units.size()) bytes /= 1024, ++unit;
  return std::to_string(bytes) + units[unit];
}

}  // namespace

Fault fault_of_system(int error) noexcept {
  switch (error) {
    case ENOENT: return Fault::not_found;
    case EACCES:
    case EPERM: return Fault::forbidden;
    case EEXIST: return Fault::conflict;
    case EISDIR:
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG: return Fault::invalid;
    default: return Fault::unavailable;
  }
}

Result<std::string> read_descriptor(int descriptor, std::size_t bytes_max) {
  constexpr std::size_t block = 16 * 1024;
  struct stat info{};
  const bool sized = ::fstat(descriptor, &info) == 0 && info.st_size > 0;
  std::string content;
  // As much as there should be, so that nothing is copied on the way, which may be a private key; what grows meanwhile is read all the same.
  std::size_t room = std::min(bytes_max, sized ? static_cast<std::size_t>(info.st_size) : block) + 1;
  for (std::size_t size = 0;;) {
    content.resize(room);
    const auto got = ::read(descriptor, content.data() + size, room - size);
    if (got < 0 && errno == EINTR) continue;
    if (got >= 0) size += static_cast<std::size_t>(got);
    if (got < 0 || size > bytes_max) {
      auto error = got < 0 ? fail(Fault::unavailable, "cannot be read: " + system_text(errno))
                           : fail(Fault::exhausted, "is larger than " + size_text(bytes_max));
      wipe(content.data(), content.size());
      return error;
    }
    if (got == 0) {
      content.resize(size);
      return content;
    }
    if (size == room) room = std::min(bytes_max, room + std::max(room, block)) + 1;
  }
}

Result<std::string> read_file(const std::string& path, std::size_t bytes_max, std::string_view advice) {
  const auto failed = [&path](int error) { return fail(fault_of_system(error), "cannot read " + path + ": " + system_text(error)); };
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));  // a pipe in the place must not hang us
  if (!file.open()) return failed(errno);
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) return failed(errno);
  if (!S_ISREG(info.st_mode)) return fail(Fault::invalid, path + " is no ordinary file");
  auto content = read_descriptor(file.get(), bytes_max);
  if (content) return content;
  const bool larger = content.error().fault == Fault::exhausted;
  return fail(larger ? Fault::invalid : content.error().fault, path + " " + content.error().detail + std::string(larger ? advice : ""));
}

}  // namespace gatehouse

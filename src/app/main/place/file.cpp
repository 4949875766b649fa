#include "app/main/place/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace gatehouse::main {
namespace {

Result<> write_all(int descriptor, std::string_view content, std::string_view path) {
  while (!content.empty()) {
    const auto wrote = ::write(descriptor, content.data(), content.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return system_error(fmt::format("cannot write {}", path));
    content.remove_prefix(static_cast<std::size_t>(wrote));
  }
  if (::fsync(descriptor) != 0 && errno != EINVAL) return system_error(fmt::format("cannot write {}", path));
  return {};
}

}  // namespace

Error system_error(std::string_view what) {
  const int error = errno;
  return refuse(fault_of_system(error), fmt::format("{}: {}", what, std::generic_category().message(error)));
}

Result<> write_file(const std::string& path, std::string_view content, unsigned mode, Replace replace) {
  const auto beside = fmt::format("{}.{}.new", path, ::getpid());
  {
    const Descriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!file.open()) return system_error(fmt::format("cannot write {}", path));
    auto written = write_all(file.get(), content, path);
    if (!written) {
      ::unlink(beside.c_str());
      return written;
    }
  }
  // link() refuses an existing name, rename() replaces it: both in one step.
  const bool moved = replace == Replace::yes ? ::rename(beside.c_str(), path.c_str()) == 0 : ::link(beside.c_str(), path.c_str()) == 0;
  if (!moved) {
    const auto error = system_error(fmt::format("cannot write {}", path));
    ::unlink(beside.c_str());
    return error;
  }
  if (replace == Replace::no) ::unlink(beside.c_str());
  return {};
}

}  // namespace gatehouse::main

#include "app/main/place/data_directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace gatehouse::main {
namespace {

Result<> check_owner(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return system_error(fmt::format("data directory {}", path));
  if (!S_ISDIR(info.st_mode)) return refuse(Fault::invalid, fmt::format("data directory {}: it is no directory", path));
  return check_data_owner(path, info.st_uid, info.st_mode, ::geteuid());
}

}  // namespace

Result<> check_data_owner(std::string_view path, unsigned owner, unsigned mode, unsigned user) {
  if (owner != user && owner != 0) {
    const auto to = user == 0
                        ? std::string("run gatehouse as that user, or give root the directory with all that is in it, once you have looked at it")
                        : std::string("run gatehouse as that user, or have root give the directory away");
    return refuse(Fault::forbidden,
                  fmt::format("data directory {}: it belongs to another user (uid {}), who could put keys and certificates of his own into it; "
                              "{}: chown -R {} {}",
                              path, owner, to, user, path));
  }
  if ((mode & 077U) != 0) {
    if ((mode & 01000U) != 0)  // shared by all, as /tmp is: it is not to be closed to them
      return refuse(Fault::forbidden, fmt::format("data directory {}: it is shared by many, as /tmp is; name a directory of its own in it", path));
    return refuse(Fault::forbidden, fmt::format("data directory {}: other users can read or write it; chmod 700 {}", path, path));
  }
  return {};
}

Result<DataDirectory> DataDirectory::hold(std::string path) {
  const bool fresh = ::mkdir(path.c_str(), 0700) == 0;
  if (!fresh && errno != EEXIST) return system_error(fmt::format("cannot make the data directory {}", path));
  auto held = hold_existing(std::move(path));
  if (held) held->fresh_ = fresh;
  return held;
}

Result<DataDirectory> DataDirectory::hold_existing(std::string path) {
  CHECK_OK(check_owner(path));
  Descriptor lock(::open((path + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock.open()) return system_error(fmt::format("cannot lock the data directory {}", path));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_error(fmt::format("cannot lock the data directory {}", path));
    return refuse(Fault::unavailable, fmt::format("data directory {}: another gatehouse holds it", path));
  }
  return DataDirectory(std::move(path), std::move(lock), false);
}

std::string DataDirectory::file(std::string_view name) const { return fmt::format("{}/{}", path_, name); }

}  // namespace gatehouse::main

#include "app/main/place/data_directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

namespace gatehouse::main {
namespace {

bool has_files_of_ours(const std::string& path) {
  return std::ranges::any_of(std::array{"lock", "store.sqlite", "admin.digest"}, [&](const char* name) {
    struct stat info{};
    return ::lstat((path + '/' + name).c_str(), &info) == 0 && S_ISREG(info.st_mode);  // /var/lock is none of ours
  });
}

bool holds_anything(const std::string& path) {
  std::error_code unreadable;
  for (const auto& entry : std::filesystem::directory_iterator(path, unreadable))
    if (entry.path().filename() != "lost+found") return true;  // of a file system of its own
  return false;
}

}  // namespace

Result<> check_data_directory(const std::string& path, std::optional<unsigned> user) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return system_error(fmt::format("data directory {}", path));
  if (!S_ISDIR(info.st_mode)) return refuse(Fault::invalid, fmt::format("data directory {}: it is no directory", path));
  // What others read is not ours to close to them.
  if ((info.st_mode & 077U) != 0 && (info.st_mode & S_ISVTX) == 0 && !has_files_of_ours(path) && holds_anything(path))
    return refuse(Fault::invalid,
                  fmt::format("data directory {}: it holds files of others and nothing of Gatehouse's; name a directory of its own, such as {}", path,
                              (std::filesystem::path(path) / "gatehouse-data").lexically_normal().string()));
  return check_data_owner(path, info.st_uid, info.st_mode, user.value_or(info.st_uid));
}

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
  CHECK_OK(check_data_directory(path, ::geteuid()));
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

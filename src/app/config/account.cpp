#include "app/config/account.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "ground/base/error.hpp"

namespace gatehouse::config {

namespace account {
namespace {

constexpr std::size_t entry_bytes_max = 1024 * 1024;
constexpr int groups_max = 65536;  // NGROUPS_MAX of Linux

/// Calls getpwnam_r(3) or getgrnam_r(3) with as much room as it wants, and takes of the entry what is needed.
template <typename Entry, typename Ask, typename Take>
auto look_up(const std::string& name, const std::string& kind, Ask ask, Take take) -> Result<decltype(take(std::declval<const Entry&>()))> {
  const auto about = [&](const char* before, const char* after) {
    return std::string(before).append(kind).append(" '").append(name).append("' ").append(after);
  };
  for (std::size_t bytes = 1024; bytes <= entry_bytes_max; bytes *= 2) {
    std::string room(bytes, '\0');
    Entry entry{};
    Entry* found = nullptr;
    const int error = ask(name.c_str(), &entry, room.data(), room.size(), &found);
    if (error == ERANGE) continue;
    if (found != nullptr) return take(*found);
    if (error == 0 || error == ENOENT || error == ESRCH) return refuse(Fault::not_found, about("there is no ", "on this machine"));
    return refuse(Fault::unavailable, about("the ", "cannot be looked up: ") + system_text(error));
  }
  return refuse(Fault::invalid, about("the entry of the ", "is too long"));
}

Result<std::vector<::gid_t>> groups_of(const std::string& user, ::gid_t group) {
  int count = 64;
  std::vector<::gid_t> groups(static_cast<std::size_t>(count));
  while (::getgrouplist(user.c_str(), group, groups.data(), &count) < 0) {
    count = std::max(count, static_cast<int>(groups.size()) * 2);
    if (count > groups_max) return refuse(Fault::invalid, "the user '" + user + "' is in too many groups");
    groups.resize(static_cast<std::size_t>(count));
  }
  groups.resize(static_cast<std::size_t>(count));
  return groups;
}

}  // namespace
}  // namespace account

Result<Account> find_account(const ProcessOptions& options) {
  using namespace account;
  Account found;
  found.name = options.user;
  const auto ids =
      TRY((look_up<::passwd>(options.user, "user", ::getpwnam_r, [](const ::passwd& entry) { return std::pair(entry.pw_uid, entry.pw_gid); })));
  found.user = ids.first;
  found.group = ids.second;
  if (!options.group.empty())
    found.group = TRY((look_up<::group>(options.group, "group", ::getgrnam_r, [](const ::group& entry) { return entry.gr_gid; })));
  found.groups = TRY(groups_of(options.user, found.group));
  if (found.user == 0 || std::ranges::find(found.groups, ::gid_t{0}) != found.groups.end())
    return refuse(Fault::invalid, "'" + options.user + "' is root or in root's group, whose rights are to be given up: name another user");
  return found;
}

// The system calls themselves: the library's setgroups() would change every thread.
FilesAs::FilesAs(const Account& account) noexcept {
  const int count = ::getgroups(0, nullptr);
  if (count < 0) return;
  groups_before_.resize(static_cast<std::size_t>(count));
  if (::getgroups(count, groups_before_.data()) != count) return;
  if (::syscall(SYS_setgroups, account.groups.size(), account.groups.data()) != 0) return;
  active_ = true;
  group_before_ = static_cast<::gid_t>(::setfsgid(account.group));
  user_before_ = static_cast<::uid_t>(::setfsuid(account.user));
  // Neither says whether it worked; asking for nobody changes nothing and tells who it is.
  const bool as_wanted = static_cast<::uid_t>(::setfsuid(static_cast<::uid_t>(-1))) == account.user &&
                         static_cast<::gid_t>(::setfsgid(static_cast<::gid_t>(-1))) == account.group;
  if (as_wanted) return;
  restore();
}

FilesAs::~FilesAs() { restore(); }

void FilesAs::restore() noexcept {
  if (!std::exchange(active_, false)) return;
  ::setfsuid(user_before_);  // first: it brings back the right to the others
  ::setfsgid(group_before_);
  ::syscall(SYS_setgroups, groups_before_.size(), groups_before_.data());
}

std::string wrong_with_data(const std::string& folder, const Account& account) {
  struct stat info{};
  if (::lstat(folder.c_str(), &info) != 0) return {};  // what else is wrong with it is found when it is opened
  const auto remedy = "; once you have looked at it: chown -R " + account.name + " " + folder;
  const auto is_foreign = [&](const std::string& path) { return ::lstat(path.c_str(), &info) == 0 && info.st_uid != account.user; };
  const auto foreign = [&](const std::string& path) {
    return std::string(path)
        .append(" is not ")
        .append(account.name)
        .append("'s own (uid ")
        .append(std::to_string(info.st_uid))
        .append(" has it)")
        .append(remedy);
  };
  if (is_foreign(folder)) return foreign(folder);
  std::error_code unreadable;
  std::filesystem::recursive_directory_iterator entries(folder, unreadable);
  // Files of an earlier run as root. Few lie here; audit files are the most.
  constexpr int entries_max = 100'000;
  for (int i = 0; i < entries_max && !unreadable && entries != std::filesystem::recursive_directory_iterator(); ++i) {
    const auto path = entries->path().string();
    if (is_foreign(path)) return foreign(path);
    entries.increment(unreadable);
  }
  return {};
}

}  // namespace gatehouse::config

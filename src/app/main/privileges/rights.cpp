#include "app/main/privileges/rights.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "app/main/place/file.hpp"
#include "app/main/privileges/hardening.hpp"

namespace gatehouse::main {
namespace {

bool is_now(const config::Account& account) noexcept {
  ::uid_t real = 0, effective = 0, saved = 0;
  ::gid_t real_group = 0, effective_group = 0, saved_group = 0;
  if (::getresuid(&real, &effective, &saved) != 0 || ::getresgid(&real_group, &effective_group, &saved_group) != 0) return false;
  return real == account.user && effective == account.user && saved == account.user && real_group == account.group &&
         effective_group == account.group && saved_group == account.group;
}

/// Whether the process is in no group that the account is not in.
bool has_groups_of(const config::Account& account) {
  const int count = ::getgroups(0, nullptr);
  if (count < 0) return false;
  std::vector<::gid_t> groups(static_cast<std::size_t>(count));
  if (::getgroups(count, groups.data()) != count) return false;
  return std::ranges::all_of(groups, [&](::gid_t group) { return std::ranges::find(account.groups, group) != account.groups.end(); });
}

/// Each of these must fail: one that succeeds has shown a way back.
bool can_return() noexcept {
  return ::setuid(0) == 0 || ::seteuid(0) == 0 || ::setresuid(0, 0, 0) == 0 || ::setgid(0) == 0 || ::setegid(0) == 0 || ::setresgid(0, 0, 0) == 0;
}

/// Below /var/lib, say, where the user itself could not make it. In a folder that others can write to it is left to the user.
Result<> make_data_directory(const std::string& path, const config::Account& account) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) == 0) return {};
  const auto above = std::filesystem::path(path).parent_path().string();
  if (::stat(above.c_str(), &info) != 0 || info.st_uid != 0 || (info.st_mode & (S_IWGRP | S_IWOTH)) != 0) return {};
  if (::mkdir(path.c_str(), 0700) != 0) return system_error(fmt::format("cannot make the data directory {}", path));
  const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.open() || ::fchown(folder.get(), account.user, account.group) != 0)
    return system_error(fmt::format("cannot give the data directory {} to {}", path, account.name));
  return {};
}

}  // namespace

Result<> become(const config::Account& account) {
  if (is_now(account)) return {};
  if (::geteuid() != 0)
    return refuse(Fault::forbidden,
                  fmt::format("process.user: only root can become {}; start as root or as {} with its own group, or leave the setting out",
                              account.name, account.name));
  const auto failed = [&] { return system_error(fmt::format("process.user: cannot become {}", account.name)); };
  if (::setgroups(account.groups.size(), account.groups.data()) != 0) return failed();
  if (::setresgid(account.group, account.group, account.group) != 0) return failed();
  if (::setresuid(account.user, account.user, account.user) != 0) return failed();
  if (can_return() || !is_now(account) || !has_groups_of(account))
    return refuse(Fault::forbidden, fmt::format("process.user: the process became {}, but not for good", account.name));
  return forbid_dumps();  // a change of user allows them anew (prctl(2))
}

Result<> give_up_rights(const config::Configuration& configuration) {
  if (!configuration.process.user.empty()) {
    const auto account = config::find_account(configuration.process);
    if (!account) return refuse(account.error().fault, fmt::format("process.user: {}", to_text(account.error())));
    if (::geteuid() == 0) CHECK_OK(make_data_directory(configuration.data, *account));
    CHECK_OK(become(*account));
  }
  return drop_capabilities();
}

bool stays_root(const config::Configuration& configuration) noexcept { return ::geteuid() == 0 && configuration.process.user.empty(); }

}  // namespace gatehouse::main

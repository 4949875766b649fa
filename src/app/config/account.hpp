// The user that the process is to become, looked up on this machine, and the world of files as that user sees it.
#pragma once
#include <sys/types.h>

#include <vector>

#include "app/config/process_options.hpp"
#include "ground/base/result.hpp"

namespace gatehouse::config {

struct Account {
  std::string name;
  ::uid_t user = 0;
  ::gid_t group = 0;
  std::vector<::gid_t> groups;  ///< all that count, `group` among them
};

/// The account that `options` name. not_found: there is no such user or group here; invalid: it has root's rights, which are what is to be given up.
[[nodiscard]] Result<Account> find_account(const ProcessOptions& options);

/// While it lives, this thread of a root process opens files with the rights of `account` (setfsuid(2)); everything else stays as it was.
class FilesAs {
 public:
  explicit FilesAs(const Account& account) noexcept;
  FilesAs(const FilesAs&) = delete;
  FilesAs& operator=(const FilesAs&) = delete;
  ~FilesAs();
  /// False: the kernel did not allow it, and files are opened as before.
  [[nodiscard]] bool active() const noexcept { return active_; }

 private:
  void restore() noexcept;
  std::vector<::gid_t> groups_before_;
  ::uid_t user_before_ = 0;
  ::gid_t group_before_ = 0;
  bool active_ = false;
};

/// What keeps the process from serving as that user from this data directory, with the remedy; empty: nothing, or the directory does not exist yet.
[[nodiscard]] std::string wrong_with_data(const std::string& folder, const Account& account);

}  // namespace gatehouse::config

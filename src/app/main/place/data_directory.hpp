// The data directory: everything that must outlive the process. One process holds it at a time; who wants something of it
// meanwhile speaks to that process over the socket beside the lock.
//
//   gatehouse-data/        mode 0700
//     lock                 held (flock) by the process that uses the store
//     admin.sock           where that process answers, mode 0600
//     store.sqlite ...     keys, usage
//     tls/                 local CA and certificate
//     admin.digest         SHA-256 of the admin credential
#pragma once
#include <optional>
#include <string>

#include "app/main/place/file.hpp"

namespace gatehouse::main {

/// Whether the directory is `user`'s alone. Whoever owns it, or can write into it, could put a key store or a certificate authority of his own in
/// the place of ours, so root trusts nobody's but root's. `mode`: as stat(2) gives it. forbidden: with what to do about it.
[[nodiscard]] Result<> check_data_owner(std::string_view path, unsigned owner, unsigned mode, unsigned user);

/// Whether the directory that is there may be our data directory: `user`'s alone (nothing: whose it is is not asked). One that others can read is to be closed to them, but not if
/// it holds their files and nothing of ours. not_found: there is none; invalid: it is no directory, or holds other things; forbidden: check_data_owner().
[[nodiscard]] Result<> check_data_directory(const std::string& path, std::optional<unsigned> user);

class DataDirectory {
 public:
  /// Makes the directory (0700) if absent and takes its lock. check_data_directory(); unavailable: another process holds it.
  [[nodiscard]] static Result<DataDirectory> hold(std::string path);
  /// As hold(), but a directory that does not exist is not_found.
  [[nodiscard]] static Result<DataDirectory> hold_existing(std::string path);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// The path of a file in it.
  [[nodiscard]] std::string file(std::string_view name) const;
  [[nodiscard]] std::string socket() const { return file("admin.sock"); }
  /// It was made by hold() just now.
  [[nodiscard]] bool fresh() const noexcept { return fresh_; }

 private:
  DataDirectory(std::string path, Descriptor lock, bool fresh) noexcept : path_(std::move(path)), lock_(std::move(lock)), fresh_(fresh) {}
  std::string path_;
  Descriptor lock_;
  bool fresh_;
};

}  // namespace gatehouse::main

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "app/config/account.hpp"
#include "ground/base/testing.hpp"

using namespace gatehouse;
using namespace gatehouse::config;

namespace {
bool can_be_read(const std::string& path) { return std::ifstream(path).good(); }
}  // namespace

TEST_CASE("a user is found with its groups; root, root's group and strangers are refused") {
  const auto found = find_account({.user = "www-data", .group = {}});
  REQUIRE(found.has_value());
  CHECK(found->user != 0);
  CHECK(std::ranges::find(found->groups, found->group) != found->groups.end());
  const auto with_group = find_account({.user = "www-data", .group = "daemon"}).value();
  CHECK(with_group.group != found->group);
  CHECK(std::ranges::find(with_group.groups, with_group.group) != with_group.groups.end());
  CHECK(find_account({.user = "root", .group = {}}).error().fault == Fault::invalid);
  CHECK(find_account({.user = "www-data", .group = "root"}).error().fault == Fault::invalid);
  CHECK(find_account({.user = "no-such-user-here", .group = {}}).error().fault == Fault::not_found);
  CHECK(find_account({.user = "www-data", .group = "no-such-group-here"}).error().fault == Fault::not_found);
}

TEST_CASE("files are opened with the rights of another user, and with one's own again afterwards") {
  const gatehouse::testing::TemporaryFolder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  const auto own = folder.file("own"), open = folder.file("open");
  for (const auto& path : {own, open}) std::ofstream(path) << "text";
  ::chmod(own.c_str(), 0600);
  ::chmod(open.c_str(), 0644);
  {
    const FilesAs nobody(find_account({.user = "nobody", .group = {}}).value());
    CHECK(nobody.active() == (::geteuid() == 0));  // only root can
    CHECK(can_be_read(own) == !nobody.active());
    CHECK(can_be_read(open));
    CHECK(::geteuid() == ::getuid());
  }
  CHECK(can_be_read(own));
}

TEST_CASE("a data directory must be the user's own with all that is in it, and the remedy is said") {
  const gatehouse::testing::TemporaryFolder folder;
  const Account self{.name = "me", .user = ::geteuid(), .group = ::getegid(), .groups = {}};
  const Account other{.name = "gate", .user = ::geteuid() + 1, .group = ::getegid(), .groups = {}};
  std::filesystem::create_directory(folder.file("tls"));
  std::ofstream(folder.file("tls/key.pem")) << "text";
  CHECK(wrong_with_data(folder.path(), self).empty());
  CHECK(wrong_with_data(folder.path(), other).ends_with("chown -R gate " + folder.path()));
  CHECK(wrong_with_data(folder.file("absent"), other).empty());
  if (::geteuid() != 0) return;  // only root can give a file away
  REQUIRE(::chown(folder.file("tls/key.pem").c_str(), other.user, static_cast<gid_t>(-1)) == 0);
  const auto wrong = wrong_with_data(folder.path(), self);
  CHECK(wrong.starts_with(folder.file("tls/key.pem")));
  CHECK(wrong.ends_with("chown -R me " + folder.path()));
}

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "app/main/command/arguments.hpp"
#include "app/main/command/word.hpp"
#include "app/main/place/admin_credential.hpp"
#include "app/main/place/local_authority.hpp"
#include "app/main/place/place.hpp"
#include "app/main/words/time_text.hpp"
#include "ground/base/encoding.hpp"
#include "ground/base/testing.hpp"
#include "ground/crypto/certificate.hpp"

using namespace gatehouse;
using namespace gatehouse::main;

namespace {

/// A data directory that goes with the test.
struct HeldFolder : gatehouse::testing::TemporaryFolder {
  std::optional<DataDirectory> data = DataDirectory::hold(file("data")).value();
};

std::string content(const std::string& path) { return read_file(path, 1U << 20U).value(); }

}  // namespace

TEST_CASE("the local certificate is made once, kept, and renewed by the same authority before it ends") {
  HeldFolder folder;
  ManualClock clock;
  SystemRandom random;
  const auto first = local_certificate(*folder.data, local_names(), clock, random).value();
  CHECK(first.made_authority);
  const auto ca = content(first.ca_file), certificate = content(first.certificate_file);
  clock.advance(24h * 300);
  CHECK_FALSE(local_certificate(*folder.data, local_names(), clock, random).value().made_authority);
  CHECK(content(first.certificate_file) == certificate);
  clock.advance(24h * 80);  // less than a month is left
  CHECK_FALSE(local_certificate(*folder.data, local_names(), clock, random).value().made_authority);
  CHECK(content(first.certificate_file) != certificate);
  CHECK(content(first.ca_file) == ca);
}

TEST_CASE("other names need another authority, because the old one may not sign for them") {
  HeldFolder folder;
  ManualClock clock;
  SystemRandom random;
  std::ignore = local_certificate(*folder.data, local_names(), clock, random).value();
  auto names = local_names();
  names.emplace_back("10.1.2.3");
  const auto local = local_certificate(*folder.data, names, clock, random).value();
  CHECK(local.made_authority);
  CHECK(crypto::read_certificate(content(local.certificate_file)).value().names.size() == names.size());
  CHECK_FALSE(local_certificate(*folder.data, names, clock, random).value().made_authority);
}

TEST_CASE("a name that is no longer served is in no certificate, and nobody has to trust another authority for that") {
  HeldFolder folder;
  ManualClock clock;
  SystemRandom random;
  auto names = local_names();
  names.emplace_back("api.internal");
  const auto before = local_certificate(*folder.data, names, clock, random).value();
  const auto ca = content(before.ca_file);
  names.pop_back();
  const auto local = local_certificate(*folder.data, names, clock, random).value();
  CHECK_FALSE(local.made_authority);
  CHECK(content(local.ca_file) == ca);
  CHECK(crypto::read_certificate(content(local.certificate_file)).value().names == names);
}

TEST_CASE("private keys are for their owner alone, and a file that is no key is not replaced") {
  HeldFolder folder;
  ManualClock clock;
  SystemRandom random;
  const auto local = local_certificate(*folder.data, local_names(), clock, random).value();
  struct stat info{};
  REQUIRE(::stat(local.key_file.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0600U);
  REQUIRE(write_file(local.key_file, "something else", 0600, Replace::yes));
  CHECK_FALSE(local_certificate(*folder.data, local_names(), clock, random));
  CHECK(content(local.key_file) == "something else");
}

TEST_CASE("a data directory is taken if it is root's or one's own, and closed to everybody else") {
  constexpr unsigned root = 0, gate = 900, other = 1000;
  CHECK(check_data_owner("d", gate, 040700, gate));
  CHECK(check_data_owner("d", root, 040700, root));
  CHECK(check_data_owner("d", root, 040700, gate));
  for (const unsigned user : {root, gate}) {  // root is no exception: the owner could swap what root then believes
    const auto refused = check_data_owner("d", other, 040700, user);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().fault == Fault::forbidden);
    CHECK(refused.error().told.contains("belongs to another user (uid 1000)"));
    CHECK(refused.error().told.ends_with("chown -R " + std::to_string(user) + " d"));
  }
  for (const unsigned mode : {040770U, 040707U, 040720U, 040702U, 040750U, 040705U}) {
    const auto refused = check_data_owner("d", gate, mode, gate);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().told.contains("chmod 700 d"));
  }
  const auto shared = check_data_owner("/tmp", root, 041777, root);
  REQUIRE_FALSE(shared);
  CHECK_FALSE(shared.error().told.contains("chmod"));  // that would close it to everybody else
}

TEST_CASE("a directory that others read and that holds their files is no data directory, nor to be closed to them: one of its own is named") {
  HeldFolder folder;
  const auto foreign = folder.file("foreign");
  std::filesystem::create_directory(foreign);
  for (const auto mode : {0755U, 0750U}) {
    std::filesystem::permissions(foreign, static_cast<std::filesystem::perms>(mode));
    std::filesystem::create_directory(foreign + "/nginx");
    std::filesystem::create_directory_symlink("/tmp", foreign + "/lock");  // as /var has one
    for (const auto& refused : {DataDirectory::hold(foreign).error(), check_data_directory(foreign, std::nullopt).error()}) {
      CHECK(refused.fault == Fault::invalid);
      CHECK(refused.told == "data directory " + foreign +
                                ": it holds files of others and nothing of Gatehouse's; name a directory of its own, such as " + foreign +
                                "/gatehouse-data");
    }
    CHECK_FALSE(std::filesystem::is_regular_file(foreign + "/lock"));
    std::filesystem::remove(foreign + "/lock");
    std::filesystem::remove(foreign + "/nginx");
  }
  CHECK(check_data_directory(foreign, std::nullopt).error().told.ends_with("chmod 700 " + foreign));  // it is empty
  std::filesystem::permissions(foreign, std::filesystem::perms::owner_all);
  std::filesystem::create_directory(foreign + "/issuer");  // put there for us
  CHECK(DataDirectory::hold(foreign));
  std::filesystem::create_directory(foreign + "/beside");
  CHECK(DataDirectory::hold(foreign));  // by now it is ours
}

TEST_CASE("a data directory that others can write to is not held") {
  HeldFolder folder;
  const auto inner = folder.file("inner");
  REQUIRE(DataDirectory::hold(inner));
  std::filesystem::permissions(inner, std::filesystem::perms::group_write, std::filesystem::perm_options::add);
  CHECK(DataDirectory::hold(inner).error().fault == Fault::forbidden);
  std::filesystem::permissions(inner, std::filesystem::perms::owner_all);
  CHECK(DataDirectory::hold(inner));
  if (::geteuid() != 0) return;  // only root can give a directory away
  REQUIRE(::chown(inner.c_str(), 65534, static_cast<gid_t>(-1)) == 0);
  CHECK(DataDirectory::hold(inner).error().fault == Fault::forbidden);
  CHECK(DataDirectory::hold_existing(inner).error().fault == Fault::forbidden);
}

TEST_CASE("the admin credential is shown once, kept as a digest, and carries a checksum") {
  HeldFolder folder;
  SystemRandom random;
  const auto made = admin_credential(*folder.data, random).value();
  REQUIRE(made.secret);
  const auto text = std::string(made.secret->reveal());
  CHECK(text.size() == 4 + 43 + 6);
  CHECK(text.ends_with(encoding::to_base62(std::uint64_t{encoding::crc32(text.substr(0, 47))}, 6)));
  const auto another = admin_credential(*folder.data, random).value();  // nobody has kept, hence nobody seen the first
  REQUIRE(another.secret);
  CHECK(another.digest != made.digest);
  REQUIRE(keep_admin_credential(*folder.data, made));
  CHECK(keep_admin_credential(*folder.data, another).error().fault == Fault::conflict);
  const auto kept = admin_credential(*folder.data, random).value();
  CHECK_FALSE(kept.secret);
  CHECK(kept.digest == made.digest);
  CHECK_FALSE(content(folder.data->file("admin.digest")).contains(text));
  REQUIRE(write_file(folder.data->file("admin.digest"), "rubbish\n", 0600, Replace::yes));
  CHECK(admin_credential(*folder.data, random).error().fault == Fault::invalid);
}

TEST_CASE("times are read as days, instants and spans, and nothing else is a time") {
  const auto now = Instant(std::chrono::seconds(1'800'000'000));
  CHECK(to_text(now) == "2027-01-15T08:00:00Z");
  CHECK(parse_when("2027-01-15T08:00:00Z", now) == now);
  CHECK(parse_when("2027-01-15", now) == now - 8h);
  CHECK(parse_when("90d", now) == now + 24h * 90);
  CHECK(parse_when("45s", now) == now + 45s);
  for (const auto* text : {"", "d", "-1d", "1w", "2027-02-29", "2027-13-01", "2027-01-15T24:00:00Z", "2027-01-15T08:00:00", "2027-1-15",
                           "99999999999999999999d", "400000d"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_when(text, now));
  }
}

TEST_CASE("who owns the data directory may answer where the operator says which gate it is, and not where he happens to stand") {
  const gatehouse::testing::TemporaryFolder folder;
  const auto data = folder.file("data"), file = folder.file("gatehouse.yaml");
  for (const auto* const name : {"data", "gatehouse-data"}) REQUIRE(::mkdir(folder.file(name).c_str(), 0700) == 0);
  REQUIRE(write_file(file, "data: data\n", 0600, Replace::no));
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  const auto server_of = [](std::vector<std::string_view> words) {
    const auto line = CommandLine::parse(words, all_words(), common_options()).value();
    return find_place(line.arguments()).value().server;
  };
  CHECK(server_of({"status", "-d", "data"}) == ::geteuid());
  CHECK(server_of({"status", "-d", "absent"}) == std::nullopt);
  CHECK(server_of({"status", "-c", "gatehouse.yaml"}) == ::geteuid());
  CHECK(server_of({"status"}) == ::geteuid());  // by a file that nobody else can have written
  REQUIRE(::chmod(file.c_str(), 0666) == 0);
  CHECK(server_of({"status"}) == std::nullopt);
  CHECK(server_of({"status", "-c", "gatehouse.yaml"}) == ::geteuid());
  std::filesystem::remove(file);
  CHECK(server_of({"status"}) == std::nullopt);  // ./gatehouse-data, whoever made it
  std::filesystem::current_path(before);
}

#include "ground/base/file.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "ground/base/descriptor.hpp"
#include "ground/base/testing.hpp"

using namespace gatehouse;

namespace {

std::string file_with(const gatehouse::testing::TemporaryFolder& folder, const std::string& content) {
  auto path = folder.file("file");
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

}  // namespace

TEST_CASE("a file is read whole, whatever its size up to the bound, and every byte is itself") {
  const gatehouse::testing::TemporaryFolder folder;
  for (const std::size_t size : {0, 1, 4095, 16 * 1024, 16 * 1024 + 1, 300'000}) {
    std::string content(size, '\0');
    for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<char>(i * 7);
    const auto path = file_with(folder, content);
    CHECK(read_file(path, 300'000).value() == content);
    CHECK(read_file(path, size).value() == content);
  }
}

TEST_CASE("a file with one byte too many is refused, by its name and the bound, with what to do") {
  const gatehouse::testing::TemporaryFolder folder;
  const auto path = file_with(folder, std::string(64 * 1024 + 1, 'x'));
  CHECK(read_file(path, 64 * 1024 + 1));
  const auto larger = read_file(path, 64 * 1024, "; split it");
  REQUIRE_FALSE(larger);
  CHECK(larger.error().fault == Fault::invalid);
  CHECK(larger.error().detail == path + " is larger than 64KiB; split it");
  CHECK(read_file(path, 1000).error().detail == path + " is larger than 1000 bytes");
  CHECK(read_file(path, 0).error().detail == path + " is larger than 0 bytes");
}

TEST_CASE("what is no ordinary file is refused at once: a folder, a device without end, a pipe that nobody writes to") {
  const gatehouse::testing::TemporaryFolder folder;
  const auto pipe = folder.file("pipe");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  for (const auto& path : {folder.path(), std::string("/dev/zero"), pipe}) {
    const auto refused = read_file(path, 100);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().fault == Fault::invalid);
    CHECK(refused.error().detail == path + " is no ordinary file");
  }
}

TEST_CASE("a file that is not there, or in no folder, is told with its name and the system's reason") {
  const gatehouse::testing::TemporaryFolder folder;
  const auto missing = read_file(folder.file("missing"), 100);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().fault == Fault::not_found);
  CHECK(missing.error().detail == "cannot read " + folder.file("missing") + ": No such file or directory");
  CHECK(missing.error().told.empty());  // no path reaches a caller of the API
  const auto path = file_with(folder, "x");
  CHECK(read_file(path + "/below", 100).error().fault == Fault::invalid);
  if (::geteuid() != 0) {
    REQUIRE(::chmod(path.c_str(), 0000) == 0);
    CHECK(read_file(path, 100).error().fault == Fault::forbidden);
  }
}

TEST_CASE("files that do not say how large they are are read to their end, and no further than the bound") {
  CHECK(read_file("/proc/self/status", 64 * 1024).value().starts_with("Name:"));
  CHECK(read_file("/proc/self/status", 10).error().detail == "/proc/self/status is larger than 10 bytes");
}

TEST_CASE("who opened a file reads what is left of it and words the error himself") {
  const gatehouse::testing::TemporaryFolder folder;
  const auto path = file_with(folder, "0123456789");
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  REQUIRE(::lseek(file.get(), 4, SEEK_SET) == 4);
  CHECK(read_descriptor(file.get(), 6).value() == "456789");
  REQUIRE(::lseek(file.get(), 0, SEEK_SET) == 0);
  const auto larger = read_descriptor(file.get(), 9);
  REQUIRE_FALSE(larger);
  CHECK(larger.error().fault == Fault::exhausted);
  CHECK(larger.error().detail == "is larger than 9 bytes");
  CHECK(read_descriptor(-1, 9).error().detail == "cannot be read: Bad file descriptor");
}

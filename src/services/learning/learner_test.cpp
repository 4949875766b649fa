// The learner between the loop threads and its file.
#include <doctest/doctest.h>

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "engines/inference/endpoints.hpp"
#include "ground/base/testing.hpp"
#include "services/learning/learner.hpp"

using namespace gatehouse;
using namespace gatehouse::learning;

namespace {
inference::Sighting learner_sighting(const std::string& path, std::size_t bytes = 0) {
  inference::Sighting sighting;
  sighting.time = Instant{1'760'000'000s};
  sighting.method = "GET";
  sighting.path = path;
  sighting.status = 200;
  if (bytes > 0) sighting.answer = {inference::Content::Body::whole, "text/plain", std::string(bytes, 'x')};
  return sighting;
}
}  // namespace

TEST_CASE("what was learned is in the file, for its owner alone, and there after a restart") {
  const gatehouse::testing::TemporaryFolder folder;
  const auto file = folder.file("learned.json");
  {
    Learner learner(file);
    CHECK(learner.trouble().empty());
    learner.take(learner_sighting("/patients/1"));
    CHECK(learner.learned().count(inference::Taken::taken) == 1);
    REQUIRE(learner.keep());
    struct stat about{};
    REQUIRE(::stat(file.c_str(), &about) == 0);
    CHECK((about.st_mode & 0777U) == 0600);
    learner.take(learner_sighting("/patients/2"));
  }
  Learner again(file);
  CHECK(again.trouble().empty());
  const auto endpoints = inference::endpoints_of(again.learned());
  REQUIRE(endpoints.size() == 1);
  CHECK(endpoints[0].seen.seen == 2);
  REQUIRE(again.forget());
  CHECK_FALSE(std::filesystem::exists(file));
  CHECK(again.learned().count(inference::Taken::taken) == 0);
}

TEST_CASE("a file that is none is put aside and told, and learning begins anew") {
  const gatehouse::testing::TemporaryFolder folder;
  const auto file = folder.file("learned.json");
  std::ofstream(file) << "not what it was";
  Learner learner(file);
  CHECK(learner.trouble().contains("learned.json.bad"));
  CHECK(std::filesystem::exists(file + ".bad"));
  learner.take(learner_sighting("/x"));
  CHECK(learner.keep());
}

TEST_CASE("a file that is a link is not followed") {
  const gatehouse::testing::TemporaryFolder folder;
  const auto file = folder.file("learned.json");
  std::ofstream(folder.file("other")) << "precious";
  std::filesystem::create_symlink(folder.file("other"), file);
  Learner learner(file);
  CHECK_FALSE(learner.trouble().empty());
  learner.take(learner_sighting("/x"));
  (void)learner.learned();
  CHECK(learner.keep());
  std::string kept;
  std::getline(std::ifstream(folder.file("other")), kept);
  CHECK(kept == "precious");
}

TEST_CASE("what waits is bounded by number and by bytes; what does not fit is dropped and counted") {
  const gatehouse::testing::TemporaryFolder folder;
  Learner learner(folder.file("learned.json"));
  for (std::size_t i = 0; i < Learner::waiting_max + 10; ++i) learner.take(learner_sighting("/x"));
  CHECK(learner.dropped() == 10);
  CHECK(learner.learned().count(inference::Taken::taken) == Learner::waiting_max);
  CHECK(learner.has_room());
  for (std::size_t i = 0; i < 10; ++i) learner.take(learner_sighting("/x", 1024 * 1024));
  CHECK(learner.dropped() == 12);
  CHECK_FALSE(learner.has_room());
  learner.catch_up();
  CHECK(learner.has_room());
}

TEST_CASE("a started learner learns by itself, and ends with all that it was told") {
  const gatehouse::testing::TemporaryFolder folder;
  const auto file = folder.file("learned.json");
  {
    Learner learner(file);
    learner.start();
    learner.start();
    for (int i = 0; i < 100; ++i) learner.take(learner_sighting("/x/" + std::to_string(i)));
  }
  CHECK(Learner(file).count(inference::Taken::taken) == 100);
}

TEST_CASE("only so many sightings are in the making at a time, and each gives its place back when it goes") {
  const gatehouse::testing::TemporaryFolder folder;
  Learner learner(folder.file("learned.json"));
  std::vector<std::unique_ptr<Pending>> all;
  for (std::size_t i = 0; i < Learner::pending_max; ++i) all.push_back(learner.begin());
  CHECK(std::ranges::none_of(all, [](const auto& each) { return each == nullptr; }));
  CHECK(learner.begin() == nullptr);
  CHECK(learner.dropped() == 1);
  all.pop_back();
  CHECK(learner.begin() != nullptr);
  CHECK(learner.dropped() == 1);
}

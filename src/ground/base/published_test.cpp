#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "ground/base/published.hpp"

using namespace gatehouse;

namespace {
/// A snapshot whose parts must all be of one generation, and which counts how many of its kind live.
struct Generation {
  explicit Generation(int number, std::atomic<int>& alive_count) : alive(alive_count) {
    parts.fill(number);
    ++alive;
  }
  ~Generation() { --alive; }
  std::array<int, 16> parts{};
  std::atomic<int>& alive;
};
}  // namespace

TEST_CASE("a reader sees what was published before it looked") {
  Published<int> number(std::make_shared<const int>(1));
  Published<int>::Reader reader(number);
  CHECK(*reader.current() == 1);
  const auto before = number.version();
  CHECK(*number.publish(std::make_shared<const int>(2)) == 1);
  CHECK(number.version() != before);
  CHECK(*reader.current() == 2);
  CHECK(*number.get() == 2);
}

TEST_CASE("a snapshot lives as long as a reader holds it and no longer") {
  std::atomic<int> alive{0};
  Published<Generation> published(std::make_shared<const Generation>(0, alive));
  Published<Generation>::Reader reader(published);
  auto kept = reader.current();
  published.publish(std::make_shared<const Generation>(1, alive));
  CHECK(alive == 2);
  CHECK(reader.current()->parts[0] == 1);
  CHECK(kept->parts[0] == 0);
  kept.reset();
  CHECK(alive == 1);
}

TEST_CASE("readers on several threads see whole snapshots, never an older one after a newer one") {
  std::atomic<int> alive{0};
  std::atomic<bool> torn{false}, back{false};
  constexpr int last = 2000;
  {
    Published<Generation> published(std::make_shared<const Generation>(0, alive));
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i)
      readers.emplace_back([&] {
        Published<Generation>::Reader reader(published);
        for (int seen = 0; seen != last;) {
          const auto& now = *reader.current();
          for (const int part : now.parts)
            if (part != now.parts[0]) torn = true;
          if (now.parts[0] < seen) back = true;
          seen = now.parts[0];
        }
      });
    for (int i = 1; i <= last; ++i) published.publish(std::make_shared<const Generation>(i, alive));
    for (auto& thread : readers) thread.join();
    CHECK(alive == 1);
  }
  CHECK_FALSE(torn);
  CHECK_FALSE(back);
  CHECK(alive == 0);
}
